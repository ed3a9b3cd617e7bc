"""Lightning's checkpoints of a finished run, without the optimiser's state."""

from pathlib import Path

_ONLY_TO_CONTINUE = ("optimizer_states", "lr_schedulers", "callbacks", "loops")


def slim(folder: Path) -> int:
    """Drop from each checkpoint what only continuing needs; returns the bytes saved.

    Args:
        folder: holds the checkpoints; nothing is done where it does not exist.
    """
    saved = 0
    for path in sorted(folder.glob("*.ckpt")) if folder.is_dir() else ():
        before = path.stat().st_size
        _slim(path)
        saved += before - path.stat().st_size
    return saved


def _slim(path: Path) -> None:
    import torch

    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    for key in _ONLY_TO_CONTINUE:
        if key in checkpoint:
            checkpoint[key] = [] if isinstance(checkpoint[key], list) else {}
    partial = path.with_suffix(".partial")
    torch.save(checkpoint, partial)
    partial.replace(path)

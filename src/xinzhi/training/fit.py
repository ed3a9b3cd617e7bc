"""How anything is fitted: a Trainer, its endings told truly, and the best weights at the end."""

import warnings
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import lightning as L
from lightning.pytorch.callbacks import ModelCheckpoint

from xinzhi.errors import ConfigError
from xinzhi.training.curves import Curves

if TYPE_CHECKING:
    from collections.abc import Iterator

TERMINATED = 143  # 128 + SIGTERM, as shells count


class Fitted(NamedTuple):
    """What a fit gave: metrics of the best weights, its steps, and how fast it went."""

    metrics: dict[str, float]
    steps: int
    examples_per_second: float
    best: Path | None


def fit(
    trainer: L.Trainer,
    module: L.LightningModule,
    datamodule: L.LightningDataModule,
    *,
    ckpt_path: str | None = None,
) -> Fitted:
    """Fits a module, then judges its best weights on the validation and test data.

    Raises:
        KeyboardInterrupt: Ctrl-C; Lightning would exit with 1.
        SystemExit: 143 after SIGTERM; Lightning would exit with 0.
        ConfigError: ckpt_path names no file.
    """
    if ckpt_path is not None and ckpt_path != "last" and not Path(ckpt_path).is_file():
        msg = f"ckpt_path must name a checkpoint file, {ckpt_path} is none"
        raise ConfigError(msg)
    _quiet()
    with _true_endings(trainer):
        trainer.fit(module, datamodule=datamodule, ckpt_path=ckpt_path, weights_only=True)
        steps = trainer.global_step
        best = _load_best(trainer, module)
        metrics: dict[str, float] = {}
        for judge, loader in (
            (trainer.validate, "val_dataloader"),
            (trainer.test, "test_dataloader"),
        ):
            if _has(datamodule, loader):
                judge(module, datamodule=datamodule, verbose=False)
                metrics |= {name: float(v) for name, v in trainer.callback_metrics.items()}
    return Fitted(metrics, steps, _speed(trainer.callbacks), best)  # type: ignore[attr-defined]


@contextmanager
def _true_endings(trainer: L.Trainer) -> "Iterator[None]":
    try:
        yield
    except SystemExit as ending:  # Lightning's answer to Ctrl-C (1) and SIGTERM (None, so 0)
        if trainer.received_sigterm:
            raise SystemExit(TERMINATED) from ending
        if trainer.interrupted:
            raise KeyboardInterrupt from ending
        raise


def _load_best(trainer: L.Trainer, module: L.LightningModule) -> Path | None:
    """Loads the weights that validation liked best, if a callback kept them."""
    import torch

    for callback in trainer.checkpoint_callbacks:
        if isinstance(callback, ModelCheckpoint) and callback.monitor and callback.best_model_path:
            path = Path(callback.best_model_path)
            kept = torch.load(path, map_location="cpu", weights_only=True)
            module.load_state_dict(kept["state_dict"])
            return path
    return None


def strip_checkpoints(folder: Path) -> None:
    """Takes optimiser state out of a finished run's checkpoints; weights stay."""
    import torch

    for path in folder.glob("*.ckpt"):
        kept = torch.load(path, map_location="cpu", weights_only=True)
        if kept.pop("optimizer_states", None):
            kept["lr_schedulers"] = []
            unfinished = path.with_suffix(".tmp")
            torch.save(kept, unfinished)
            unfinished.replace(path)


def _has(datamodule: L.LightningDataModule, loader: str) -> bool:
    return getattr(type(datamodule), loader) is not getattr(L.LightningDataModule, loader)


def _speed(callbacks: Sequence[L.Callback]) -> float:
    for callback in callbacks:
        if isinstance(callback, Curves) and callback.seconds:
            return callback.examples / callback.seconds
    return float("nan")


def _quiet() -> None:
    """Silences advice that does not fit: batches are assembled without worker processes."""
    import logging

    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    with suppress(Exception):
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*Checkpoint directory .* exists.*")
        warnings.filterwarnings("ignore", message=".*`training_step`.*batch_size.*")

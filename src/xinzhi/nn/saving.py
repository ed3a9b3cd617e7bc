"""A model as a folder of safetensors and JSON: nothing in it is run when it is opened."""

import inspect
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from safetensors.torch import load_file, save_file
from torch import nn

from xinzhi.config.targets import load_class

FORMAT = 1
_WEIGHTS = "model.safetensors"


class Saved(Protocol):
    """What lies in a bundle beside the weights: a tokenizer, or the features of a table."""

    def save(self, folder: Path) -> None:
        """Writes its files into a folder."""


def save_bundle(
    folder: Path,
    *,
    inference: type,
    model: nn.Module,
    architecture: Mapping[str, Any],
    settings: Mapping[str, Any],
    beside: Sequence[Saved] = (),
) -> None:
    """Writes a model so that its inference's `load(folder)` answers as it does.

    Files that are written otherwise must be there before.

    Args:
        folder: an existing folder.
        inference: the class whose `load(folder)` answers.
        model: whose weights; its `portable()`, if it has one, gives weights and arguments.
        architecture: `target` and `arguments` that the model was built from.
        settings: what the inference needs beside them, as JSON knows it.
        beside: what writes its own files into the folder.
    """
    for part in beside:
        part.save(folder)
    arguments = dict(architecture["arguments"])
    state = model.state_dict()
    portable: Any = getattr(model, "portable", None)
    if portable is not None:
        state, replaced = portable()
        arguments |= replaced
    tensors = {name: value.detach().cpu().contiguous().clone() for name, value in state.items()}
    save_file(tensors, str(folder / _WEIGHTS))
    manifest = {
        "format": FORMAT,
        "inference": f"{inference.__module__}.{inference.__qualname__}",
        "architecture": {"target": architecture["target"], "arguments": arguments},
        "settings": dict(settings),
    }
    # written last, so its existence means the bundle is complete
    (folder / "bundle.json").write_text(
        json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8"
    )


def read_bundle(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Reads the architecture and the settings that `save_bundle` wrote."""
    manifest = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    return manifest["architecture"], manifest["settings"]


def build(architecture: Mapping[str, Any], **offered: Any) -> nn.Module:  # noqa: ANN401
    """Builds a model without its weights.

    Args:
        architecture: `target`, which must be on the allow-list, and `arguments`.
        **offered: further arguments, each handed over only where the constructor takes it.
    """
    target: Any = load_class(architecture["target"])
    taken = inspect.signature(target).parameters
    fitting = {name: value for name, value in offered.items() if name in taken}
    model: nn.Module = target(**{**architecture["arguments"], **fitting})
    return model


def rebuild(architecture: Mapping[str, Any], folder: Path, **offered: Any) -> nn.Module:  # noqa: ANN401
    """Builds a model again with its weights, ready to answer.

    Args:
        architecture: as `read_bundle` gives it.
        folder: holds the weights.
        **offered: further arguments, each handed over only where the constructor takes it.
    """
    model = build(architecture, **offered)
    model.load_state_dict(load_file(str(folder / _WEIGHTS)))
    return model.eval()

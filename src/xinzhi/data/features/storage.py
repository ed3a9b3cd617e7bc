"""Frozen dataclasses as files: arrays in safetensors, the rest in JSON; nothing in them runs."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from xinzhi.data.replacing import replacing
from xinzhi.errors import DataError

FORMAT = 1
WORDS, ARRAYS = "features.json", "features.safetensors"

Arrays = dict[str, npt.NDArray[Any]]


def save(prepared: object, folder: Path) -> None:
    """Writes a dataclass of dataclasses, tuples, arrays and plain values.

    Args:
        prepared: what was fitted.
        folder: made where it is not there.

    Raises:
        DataError: the folder cannot be written.
    """
    from safetensors.numpy import save_file

    arrays: Arrays = {}
    content = {"format": FORMAT, "prepared": _plain(prepared, "", arrays)}
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / WORDS).unlink(missing_ok=True)
        save_file(arrays, folder / ARRAYS)
        # written last, so its existence means that both are complete
        with replacing(folder / WORDS) as fresh:
            fresh.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"the features must be written to {folder}, which failed: {error}"
        ) from error


def load(folder: Path, forms: Iterable[type]) -> object:
    """Reads what save wrote.

    Args:
        folder: where it lies.
        forms: the dataclasses that may come of it, and no others.

    Raises:
        DataError: a file is missing, broken, or of another format.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    known = {form.__name__: form for form in forms}
    try:
        content = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        arrays = load_file(folder / ARRAYS)
        if content["format"] == FORMAT:
            return _formed(content["prepared"], arrays, known)
    except OSError as error:
        raise DataError(f"{folder} must hold {WORDS} and {ARRAYS}: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise DataError(f"{folder} must hold features as they were saved: {error!r}") from error
    raise DataError(f"{folder / WORDS} must have format {FORMAT}, was {content['format']}")


def _plain(value: object, path: str, arrays: Arrays) -> object:
    """Writes a value as JSON; arrays go beside, under the path to them."""
    if isinstance(value, np.ndarray):
        # safetensors writes the memory as it lies there
        arrays[path] = np.ascontiguousarray(value)
        return {"array": path}
    if isinstance(value, tuple):
        return [_plain(part, f"{path}.{place}", arrays) for place, part in enumerate(value)]
    if is_dataclass(value):
        held = {
            field.name: _plain(getattr(value, field.name), f"{path}.{field.name}", arrays)
            for field in fields(value)
        }
        return {"is": type(value).__name__, **held}
    return value


def _formed(value: Any, arrays: Arrays, known: Mapping[str, type]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return tuple(_formed(part, arrays, known) for part in value)
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    held = {name: _formed(part, arrays, known) for name, part in value.items() if name != "is"}
    return known[value["is"]](**held)

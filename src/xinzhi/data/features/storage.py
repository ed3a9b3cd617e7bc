"""Fitted preparation as files: arrays in safetensors, the rest in JSON; nothing in them runs."""

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from xinzhi.data.features.categories import Categories
from xinzhi.data.features.columns import Column, LeftOut
from xinzhi.data.features.dates import Dates
from xinzhi.data.features.embedded import Vectors
from xinzhi.data.features.numeric import Numbers, Scale
from xinzhi.data.features.prepared import Prepared
from xinzhi.data.features.projection import Projection
from xinzhi.data.features.texts import Texts
from xinzhi.errors import DataError

FORMAT = 1
WORDS, ARRAYS = "features.json", "features.safetensors"
_FORMS: dict[str, Any] = {
    form.__name__: form
    for form in (
        Prepared, Column, LeftOut, Projection, Scale, Numbers, Categories, Dates, Texts, Vectors,
    )
}  # fmt: skip


def save(prepared: Prepared, folder: Path) -> None:
    """Writes a preparation.

    Args:
        prepared: what was fitted.
        folder: made where it is not there.

    Raises:
        DataError: the folder cannot be written.
    """
    from safetensors.numpy import save_file

    arrays: dict[str, npt.NDArray[Any]] = {}
    content = {"format": FORMAT, "prepared": _plain(prepared, "", arrays)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / WORDS).unlink(missing_ok=True)
        save_file(arrays, folder / ARRAYS)
        # written last, so its existence means that both are complete
        text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
        fresh = folder / f".{WORDS}"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(folder / WORDS)
    except OSError as error:
        raise DataError(
            f"the features must be written to {folder}, which failed: {error}"
        ) from error


def load(folder: Path) -> Prepared:
    """Reads a preparation.

    Args:
        folder: where save wrote it.

    Raises:
        DataError: a file is missing, broken, or of another format.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        content = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        arrays = load_file(folder / ARRAYS)
        if content["format"] == FORMAT:
            return _checked(_formed(content["prepared"], arrays))
    except OSError as error:
        raise DataError(f"{folder} must hold {WORDS} and {ARRAYS}: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise DataError(f"{folder} must hold features as they were saved: {error!r}") from error
    raise DataError(f"{folder / WORDS} must have format {FORMAT}, was {content['format']}")


def _plain(value: object, path: str, arrays: dict[str, npt.NDArray[Any]]) -> object:
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


def _formed(value: Any, arrays: dict[str, npt.NDArray[Any]]) -> Any:  # noqa: ANN401 - JSON
    """Reads what `_plain` wrote; only the forms of this package can come of it."""
    if isinstance(value, list):
        return tuple(_formed(part, arrays) for part in value)
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    form = _FORMS[value["is"]]
    return form(**{name: _formed(part, arrays) for name, part in value.items() if name != "is"})


def _checked(prepared: object) -> Prepared:
    """Refuses files whose parts do not fit each other, before a row is encoded wrongly.

    Raises:
        TypeError: it is another thing.
        ValueError: parts do not fit.
    """
    if not isinstance(prepared, Prepared):
        raise TypeError("no preparation")
    for column in prepared.columns:
        encoder = column.encoder
        if isinstance(encoder, Texts):
            words = len(encoder.vocabulary)
            if encoder.idf.shape != (words,) or len(encoder.components) != words:
                raise ValueError(f"{column.name}: {words} words, other weights")
        if isinstance(encoder, Vectors) and encoder.mean.shape != encoder.deviation.shape:
            raise ValueError(f"{column.name}: means and deviations differ in number")
    width = sum(len(column.encoder.outputs) for column in prepared.columns)
    if prepared.kept is not None and not np.all((prepared.kept >= 0) & (prepared.kept < width)):
        raise ValueError("kept outputs that are not there")
    projection = prepared.projection
    if projection is not None and len(projection.axes) != len(prepared.encoded):
        raise ValueError("a projection of other outputs")
    return prepared

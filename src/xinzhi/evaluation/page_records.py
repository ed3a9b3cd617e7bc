"""Records as a page shows them: text, cells, a small picture, the course of a series."""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.data.attachments import FILES
from xinzhi.data.legible import shown
from xinzhi.data.spelling import cell
from xinzhi.evaluation.canvas import shortened

if TYPE_CHECKING:
    import pyarrow as pa
    from PIL.Image import Image

_LONGEST_TEXT, _LONGEST_CELL = 400, 80  # characters
_CELLS = 40
_SIDE = 72  # pixels of a picture
_STEPS = 60  # of a series' course
_CHANNELS = 6
_NOT_SHOWN = {"row", "key", "label", "sha256", "array", "place", "tags"}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A record as a person sees it.

    Attributes:
        text: of it, cut where it is long.
        cells: its other columns: name and value.
        picture: PNG in base64.
        courses: numbers of each channel, few enough to draw.
    """

    text: str | None = None
    cells: tuple[tuple[str, str], ...] = ()
    picture: str | None = None
    courses: tuple[tuple[float, ...], ...] = ()


def record_shown(record: "pa.Table", place: int, folder: Path | None = None) -> Shown:
    """Makes one record fit to be seen.

    Args:
        record: rows of a snapshot.
        place: of the row.
        folder: of the snapshot, where its files lie.
    """
    row = record.slice(place, 1).to_pylist()[0]
    text = row.pop("text", None)
    if text is None and isinstance(row.get("tokens"), list):
        text = _joined([str(token) for token in row.pop("tokens")])
    courses = [name for name, value in row.items() if _is_course(value)]
    cells = [
        (name, shortened(shown(_written(value)), _LONGEST_CELL))
        for name, value in row.items()
        if name not in _NOT_SHOWN and name not in courses and value is not None
    ]
    return Shown(
        text=None if text is None else shown(str(text), _LONGEST_TEXT),
        cells=tuple(cells[:_CELLS]),
        picture=_picture(row, folder),
        courses=tuple(_course(row[name]) for name in courses[:_CHANNELS]),
    )


def _written(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    written = cell(value)
    return " ".join(written) if isinstance(written, list) else written or ""


def _joined(tokens: list[str]) -> str:
    """Writes tokens as text: characters of Chinese stand without spaces.

    >>> _joined(["北", "京"]), _joined(["New", "York"])
    ('北京', 'New York')
    """
    single = sum(len(token) == 1 and not token.isascii() for token in tokens)
    return ("" if 2 * single > len(tokens) else " ").join(tokens)


def _is_course(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 1
        and all(isinstance(one, int | float) for one in value[:8])
    )


def _course(values: list[float | None]) -> tuple[float, ...]:
    numbers = np.array([np.nan if value is None else value for value in values], dtype=float)
    parts = np.array_split(numbers[np.isfinite(numbers)], min(_STEPS, len(numbers)))
    return tuple(float(part.mean()) for part in parts if len(part))


def _picture(row: Mapping[str, Any], folder: Path | None) -> str | None:
    """Draws the image that a row names, if it is one and is there."""
    from PIL import Image

    try:
        image = _image(row, folder)
        if image is None:
            return None
        small = image.convert("RGB")
        small.thumbnail((_SIDE, _SIDE))
        if max(small.size) < _SIDE // 2:  # a digit of eight pixels can be looked at, enlarged
            times = _SIDE // max(small.size)
            small = small.resize(
                (small.width * times, small.height * times), Image.Resampling.NEAREST
            )
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, TypeError, KeyError):
        return None  # the page says of the record what else is known
    drawn = io.BytesIO()
    small.save(drawn, "PNG", optimize=True)
    return base64.b64encode(drawn.getvalue()).decode()


def _image(row: Mapping[str, Any], folder: Path | None) -> "Image | None":
    from PIL import Image

    if folder is not None and row.get("array") and row.get("place") is not None:
        images = np.load(_kept(folder, row["array"]), mmap_mode="r", allow_pickle=False)
        return Image.fromarray(_grey(np.asarray(images[row["place"]])))
    if folder is not None and row.get("sha256") and _kept(folder, row["sha256"]).is_file():
        return Image.open(_kept(folder, row["sha256"]))
    return None


def _kept(folder: Path, name: str) -> Path:
    return folder / FILES / Path(name).name  # no way out of the folder


def _grey(pixels: np.ndarray) -> np.ndarray:
    """Scales few levels of grey to all of them: those of a digit are 16."""
    most = int(pixels.max(initial=1))
    return (
        pixels if most > 127 or pixels.ndim == 3 else (pixels * (255 // max(most, 1))).astype("u1")
    )

"""Cells of an Arrow column as plain arrays: numbers, strings, instants, vectors."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xinzhi.data.features.cell_types import (
    decoded,
    is_boolean,
    is_date,
    is_list,
    is_number,
    is_text,
)
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from xinzhi.data.features.cell_types import Cells

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Instants = npt.NDArray[np.datetime64]

# beyond it a number is infinite to the float32 that leaves here; its square is finite in float64
LARGEST = float(np.finfo(np.float32).max)
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_EXACT = 2.0**53  # whole numbers below it are exact in float64
_UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def numbers(cells: "Cells") -> Floats:
    """Reads numbers; missing, infinite and unreadable cells become NaN.

    Booleans are 0 and 1, durations and times of day are seconds.

    Args:
        cells: numbers, booleans, durations, times of day, or strings that write numbers.

    Raises:
        DataError: the column holds something else.
    """
    import pyarrow as pa

    cells = decoded(cells)
    kind = cells.type
    per_second = 1.0
    if is_text(kind):
        cells = _parsed(cells)
    elif is_boolean(kind):
        cells = cells.cast(pa.int8())
    elif pa.types.is_duration(kind) or pa.types.is_time(kind):
        per_second = _UNITS[kind.unit]
        cells = cells.cast(pa.int32() if pa.types.is_time32(kind) else pa.int64())
    elif not is_number(kind) and not pa.types.is_null(kind):
        raise DataError(f"a number must be given as a number or a string, was {kind}")
    values = cells.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    if per_second != 1.0:
        values = values / per_second
    return np.where(np.abs(values) <= LARGEST, values, np.nan)


def strings(cells: "Cells") -> "Cells":
    """Reads trimmed strings; empty ones and NaN are missing, and 3.0 is written 3.

    Args:
        cells: anything that Arrow writes as a string.

    Returns:
        Large strings, NULL where missing.

    Raises:
        DataError: the column holds something else.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = decoded(cells)
    if pa.types.is_floating(cells.type) or pa.types.is_decimal(cells.type):
        return _written(cells)
    try:
        text = cells.cast(pa.large_string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise DataError(f"a category or a text must be a string, was {cells.type}") from error
    if not is_text(cells.type):
        return text
    text = pc.utf8_trim_whitespace(text)
    blank = pc.equal(text, pa.scalar("", pa.large_string()))
    return pc.if_else(blank, pa.scalar(None, pa.large_string()), text)


def instants(cells: "Cells", form: str | None = None) -> Instants:
    """Reads dates and times as UTC instants, shape: (rows,), in microseconds; NaT where missing.

    Args:
        cells: dates, timestamps, or strings.
        form: of the strings, as strptime has it; ISO 8601 by default.

    Raises:
        DataError: the column holds something else.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = decoded(cells)
    moment = pa.timestamp("us")
    if is_text(cells.type):
        text = strings(cells)
        if form is not None:
            # strptime knows no large strings
            cells = pc.strptime(text.cast(pa.string()), format=form, unit="us", error_is_null=True)
        else:
            cells = _iso(text)
    elif not (is_date(cells.type) or pa.types.is_null(cells.type)):
        raise DataError(f"a date must be given as a date or a string, was {cells.type}")
    found: Instants = cells.cast(moment, safe=False).to_numpy(zero_copy_only=False)
    return found.astype("datetime64[us]", copy=False)


def vectors(cells: "Cells", width: int | None = None) -> Floats:
    """Reads lists of numbers, shape: (rows, width); NaN where missing or infinite.

    Args:
        cells: lists, all of one length.
        width: their length; that of the first one by default.

    Raises:
        DataError: a list of another length came, or no lists of numbers.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    there = whole.is_valid().to_numpy(zero_copy_only=False)
    if not is_list(whole.type):
        if there.any():
            raise DataError(f"a vector must be given as a list of numbers, was {whole.type}")
        return np.full((len(whole), width or 0), np.nan)
    lengths = np.unique(pc.list_value_length(whole).drop_null().to_numpy())
    if width is None:
        width = int(lengths[0]) if len(lengths) else 0
    if any(length != width for length in lengths):
        shown = ", ".join(map(str, lengths[:5]))
        raise DataError(f"every vector must have {width} numbers, there are some with {shown}")
    found = np.full((len(whole), width), np.nan)
    found[there] = numbers(whole.flatten()).reshape(-1, width)
    return found


def absent(cells: "Cells") -> int:
    """Counts the cells that hold nothing: NULL, NaN, or a blank string.

    Args:
        cells: of any kind.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = decoded(cells)
    if is_text(cells.type):
        return int(strings(cells).null_count)
    nan = pc.sum(pc.is_nan(cells)).as_py() or 0 if pa.types.is_floating(cells.type) else 0
    return int(cells.null_count) + int(nan)


def _parsed(cells: "Cells") -> "Cells":
    import pyarrow as pa
    import pyarrow.compute as pc

    text = strings(cells)
    readable = pc.match_substring_regex(text, _NUMBER)
    return pc.if_else(readable, text, pa.scalar(None, pa.large_string())).cast(pa.float64())


def _written(cells: "Cells") -> "Cells":
    import pyarrow as pa
    import pyarrow.compute as pc

    values = cells.cast(pa.float64()) if pa.types.is_decimal(cells.type) else cells
    values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    whole = pc.and_(pc.equal(pc.trunc(values), values), pc.less(pc.abs(values), _EXACT))
    count = pc.if_else(whole, values, pa.scalar(0, values.type)).cast(pa.int64())
    return pc.if_else(whole, count.cast(pa.large_string()), values.cast(pa.large_string()))


def _iso(text: "Cells") -> "Cells":
    import pyarrow as pa
    import pyarrow.compute as pc

    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:
            return text.cast(kind)
        except pa.ArrowInvalid:
            continue  # some cells have a zone, or are no dates: one by one
    distinct = pc.unique(text)
    read = pa.array([_instant(word) for word in distinct.to_pylist()], pa.timestamp("us"))
    return read.take(pc.index_in(text, value_set=distinct))


def _instant(word: str | None) -> datetime | None:
    try:
        read = datetime.fromisoformat(word or "")
    except ValueError:
        return None
    return read.astimezone(UTC).replace(tzinfo=None) if read.tzinfo else read

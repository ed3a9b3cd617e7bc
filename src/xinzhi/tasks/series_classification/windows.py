"""Series of any length as windows of one length. Shapes: C channels, W windows, T steps of one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from xinzhi.data.records import require_columns
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_WHOLE = 512  # series up to this length are one window each
_WINDOW = 256
_SHORTEST = 32


class SeriesTable(NamedTuple):
    """Series behind one another.

    Attributes:
        values: shape (C, steps of all series), float32; NaN where a value is missing.
        offsets: where each series starts, and the end, shape (series + 1,).
    """

    values: np.ndarray
    offsets: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """Steps of each series."""
        return np.diff(self.offsets)


class Windows(NamedTuple):
    """Where each window is, all of shape (W,): its series, its first step there, its steps."""

    series: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray


def series_channels(schema: "pa.Schema") -> tuple[str, ...]:
    """Gives the columns that hold a list of numbers per row."""
    from pyarrow import types

    def listed(kind: "pa.DataType") -> bool:
        of = getattr(kind, "value_type", None)
        return of is not None and (types.is_floating(of) or types.is_integer(of))

    return tuple(field.name for field in schema if listed(field.type))


def read_series(table: "pa.Table", channels: Sequence[str], *, where: str) -> SeriesTable:
    """Joins the lists of each channel.

    Args:
        table: a row per series, a list of numbers per channel, equally long within a row.
        channels: C names.
        where: the rows' origin, for messages.

    Raises:
        DataError: a channel is missing, a row is empty or its channels differ in length.
    """
    import pyarrow.compute as pc

    require_columns(table.column_names, channels, where)
    lengths: np.ndarray | None = None
    flat = []
    for name in channels:
        column = table[name].combine_chunks()
        steps = np.asarray(pc.fill_null(pc.list_value_length(column), 0), dtype=np.int64)
        if lengths is not None and (odd := np.flatnonzero(steps != lengths)).size:
            at = int(odd[0])
            msg = (
                f"{where}: the channels of a row must be equally long, in row {at} "
                f"{channels[0]!r} has {lengths[at]} steps and {name!r} {steps[at]}"
            )
            raise DataError(msg)
        lengths = steps
        flat.append(np.asarray(pc.list_flatten(column), dtype=np.float32))
    counted = np.zeros(0, dtype=np.int64) if lengths is None else lengths
    if (empty := np.flatnonzero(counted == 0)).size:
        msg = f"{where}: a series must have a step at least, row {int(empty[0])} has none"
        raise DataError(msg)
    return SeriesTable(np.stack(flat), np.concatenate([[0], np.cumsum(counted)]))


def fitting_window(lengths: np.ndarray) -> int:
    """Chooses the steps of a window: whole series where they are short, else a part of them.

    Args:
        lengths: steps of the training series.
    """
    longest = int(lengths.max())
    if longest <= _WHOLE:
        return longest
    return min(_WINDOW, max(_SHORTEST, int(np.median(lengths))))


def cut(lengths: np.ndarray, *, window: int, stride: int) -> Windows:
    """Cuts every series into windows; the last one ends where the series ends.

    A series that is no longer than a window is one window of its own length.

    Args:
        lengths: steps of each series.
        window: steps of a window.
        stride: steps from one window's start to the next.
    """
    spare = np.maximum(lengths - window, 0)
    counts = 1 + -(-spare // stride)
    series = np.repeat(np.arange(len(lengths)), counts)
    place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.minimum(place * stride, spare[series])
    return Windows(series, starts, np.minimum(lengths, window)[series])


def gather(
    table: SeriesTable, windows: Windows, *, window: int, mean: np.ndarray, scale: np.ndarray
) -> np.ndarray:
    """Copies windows, standardised; 0, the mean, stands where a series ended or a value is missing.

    Args:
        table: the series.
        windows: which ones.
        window: T.
        mean: of each channel, shape (C,).
        scale: of each channel, shape (C,).

    Returns:
        Shape (W, C, T), float32.
    """
    steps = np.arange(window)
    first = table.offsets[windows.series] + windows.starts
    places = np.minimum(first[:, None] + steps, table.values.shape[1] - 1)
    values = table.values[:, places]
    there = (steps < windows.lengths[:, None]) & np.isfinite(values)
    standard = (values - mean[:, None, None]) / scale[:, None, None]
    filled = np.where(there, standard, np.float32(0.0)).transpose(1, 0, 2)
    return np.ascontiguousarray(filled, dtype=np.float32)


def moments(table: SeriesTable) -> tuple[np.ndarray, np.ndarray]:
    """Gives mean and standard deviation of each channel, 1 where a channel never changes.

    Args:
        table: the training series.

    Returns:
        Two arrays of shape (C,), float32.
    """
    values = np.where(np.isfinite(table.values), table.values, np.nan).astype(np.float64)
    known = np.isfinite(values).any(1)
    mean, deviation = np.zeros(len(values)), np.zeros(len(values))
    mean[known] = np.nanmean(values[known], axis=1)
    deviation[known] = np.nanstd(values[known], axis=1)
    tiny = deviation <= 1e-7 * np.maximum(np.abs(mean), 1e-30)
    return mean.astype(np.float32), np.where(tiny, 1.0, deviation).astype(np.float32)

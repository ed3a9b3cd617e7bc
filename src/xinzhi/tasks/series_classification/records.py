"""Records as a file has them, a row per series or a row per step, as series."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from xinzhi.data.records import require_columns
from xinzhi.errors import DataError
from xinzhi.tasks.series_classification.windows import SeriesTable

_STEP = re.compile(r"(?P<channel>.*?)[_.\- ]?(?P<step>\d+)$")


class Asked(NamedTuple):
    """Series to answer.

    Attributes:
        table: their values.
        keys: names of the series, where the records have a column of them.
    """

    table: SeriesTable
    keys: list[Any] | None = None


def asked(records: pd.DataFrame, *, channels: Sequence[str], source: Mapping[str, Any]) -> Asked:
    """Makes series of records.

    Args:
        records: in the layout of the training file.
        channels: C names.
        source: `series` and `time`, the columns of rows that are steps; empty where rows are
            series, with a list in each channel's cell or a numbered column per step.

    Raises:
        DataError: a cell is no number, or channels of a row differ in length.
    """
    if source.get("series"):
        return _long(records, channels, source)
    if not set(channels) <= set(records.columns):
        return _wide(records, channels)
    lists = records[list(channels)].itertuples(index=False, name=None)
    rows = [_row(cells, channels, at) for at, cells in enumerate(lists)]
    return Asked(_ragged(rows, len(channels)))


def numbers(column: pd.Series, name: str) -> np.ndarray:
    """Gives the cells as float64, NaN where one is empty.

    Raises:
        DataError: a cell is no number.
    """
    found = pd.to_numeric(column, errors="coerce")
    told = column.notna() & (column.astype(str).str.strip() != "")
    if (odd := (found.isna() & told).to_numpy().nonzero()[0]).size:
        at = int(odd[0])
        msg = f"column {name!r} must hold numbers, row {at} has {column.iloc[at]!r}"
        if str(column.iloc[at]).strip().lower() != "nan":
            raise DataError(msg)
    return found.to_numpy(dtype=np.float64)


def _long(records: pd.DataFrame, channels: Sequence[str], source: Mapping[str, Any]) -> Asked:
    keys = records[source["series"]].astype(str)
    order = pd.factorize(keys)[0]
    place = np.lexsort([_moments(records[source["time"]]), order])
    values = np.stack([numbers(records[name], name) for name in channels])[:, place]
    counts = np.bincount(order)
    names = list(dict.fromkeys(records[source["series"]]))
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return Asked(SeriesTable(values.astype(np.float32), offsets), names)


def step_columns(channels: Sequence[str], steps: int) -> tuple[str, ...]:
    """Gives the names that a column of one step may have: x_0, x0, x.0 … and 0 for a value's.

    Args:
        channels: C names.
        steps: of the longest series.
    """
    digits = {f"{step:0{width}d}" for step in range(steps + 1) for width in (1, 2, 3, 4)}
    parts = [f"{name}{between}" for name in channels for between in ("_", "", ".", "-", " ")]
    if "value" in channels:
        parts.append("")
    return tuple(part + step for part in parts for step in sorted(digits))


def _wide(records: pd.DataFrame, channels: Sequence[str]) -> Asked:
    found: dict[str, dict[int, str]] = {name: {} for name in channels}
    for column in map(str, records.columns):
        named = _STEP.match(column)
        if named and (channel := named["channel"] or "value") in found:
            found[channel][int(named["step"])] = column
    for channel, steps in found.items():
        if not steps:
            require_columns(list(map(str, records.columns)), [channel], "the records")
    names = [[steps[step] for step in sorted(steps)] for steps in found.values()]
    if len({len(one) for one in names}) > 1:
        told = ", ".join(f"{c} {len(n)}" for c, n in zip(channels, names, strict=True))
        msg = f"the channels must have as many columns each, there were {told}"
        raise DataError(msg)
    values = np.array([[numbers(records[name], name) for name in one] for one in names])
    rows = [_trimmed(values[:, :, row]) for row in range(len(records))]
    return Asked(_ragged(rows, len(channels)))


def _moments(column: pd.Series) -> np.ndarray:
    found = pd.to_numeric(column, errors="coerce")
    if found.isna().any():
        found = pd.to_datetime(column, errors="coerce", format="mixed", utc=True)
    if found.isna().any():
        at = int(found.isna().to_numpy().nonzero()[0][0])
        msg = f"column {column.name!r} must hold numbers or dates, row {at} has {column.iloc[at]!r}"
        raise DataError(msg)
    return found.to_numpy()


def _row(cells: Sequence[Any], channels: Sequence[str], at: int) -> np.ndarray:
    found = []
    for cell, name in zip(cells, channels, strict=True):
        try:
            steps = json.loads(cell) if isinstance(cell, str) else cell
            found.append(np.asarray(steps, dtype=np.float32).reshape(-1))
        except (ValueError, TypeError) as error:
            msg = f"column {name!r} must hold a list of numbers, row {at} has {str(cell)[:40]!r}"
            raise DataError(msg) from error
    lengths = [len(one) for one in found]
    if min(lengths) != max(lengths) or not lengths[0]:
        told = ", ".join(f"{name} {steps}" for name, steps in zip(channels, lengths, strict=True))
        msg = (
            f"the channels of a row must be equally long and not empty, row {at} has steps: {told}"
        )
        raise DataError(msg)
    return np.stack(found)


def _trimmed(values: np.ndarray) -> np.ndarray:
    """Leaves out the steps at the end that are empty in all channels, but for one."""
    there = np.flatnonzero(np.isfinite(values).any(0))
    return values[:, : max(1, int(there[-1]) + 1 if there.size else 1)]


def _ragged(rows: Sequence[np.ndarray], channels: int) -> SeriesTable:
    values = np.concatenate(rows, axis=1) if rows else np.zeros((channels, 0))
    lengths = [row.shape[1] for row in rows]
    return SeriesTable(
        values.astype(np.float32), np.concatenate([[0], np.cumsum(lengths)]).astype(int)
    )

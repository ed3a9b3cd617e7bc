"""Records as a file has them, a row per series or a row per step, as series."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from xinzhi.errors import DataError
from xinzhi.tasks.series_classification.windows import SeriesTable


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
        source: `series` and perhaps `time`, the columns of rows that are steps; or `steps`, the
            columns of rows that are series; neither where a cell holds all steps of a channel.

    Raises:
        DataError: a cell is no number, or channels of a row differ in length.
    """
    if source.get("steps"):
        names = list(source["steps"])
        values = np.stack([numbers(records[name], name) for name in names], axis=1)
        return Asked(_ragged([_trimmed(row)[None] for row in values], len(channels)))
    if source.get("series"):
        return _long(records, channels, source)
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
    by = [order]
    if source.get("time"):
        by = [_moments(records[source["time"]]), order]
    place = np.lexsort(by)
    values = np.stack([numbers(records[name], name) for name in channels])[:, place]
    counts = np.bincount(order)
    names = list(dict.fromkeys(records[source["series"]]))
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return Asked(SeriesTable(values.astype(np.float32), offsets), names)


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
    """Leaves out the empty cells at the end of a row, but for one."""
    there = np.flatnonzero(np.isfinite(values))
    return values[: max(1, int(there[-1]) + 1 if there.size else 1)]


def _ragged(rows: Sequence[np.ndarray], channels: int) -> SeriesTable:
    values = np.concatenate(rows, axis=1) if rows else np.zeros((channels, 0))
    lengths = [row.shape[1] for row in rows]
    return SeriesTable(
        values.astype(np.float32), np.concatenate([[0], np.cumsum(lengths)]).astype(int)
    )

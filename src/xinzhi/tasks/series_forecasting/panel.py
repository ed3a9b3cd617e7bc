"""Steps of one or several series, each in the order of time. Shapes: S series, N steps of all."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from xinzhi.data.records import require_columns
from xinzhi.data.snapshot import SPLITS
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot


class Roles(NamedTuple):
    """Which column is what.

    Attributes:
        target: what is foretold.
        series: names the series that a step belongs to; None where there is one.
        known: columns that are known beforehand.
        observed: columns that are known up to now.
    """

    target: str
    series: str | None
    known: tuple[str, ...]
    observed: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them, but for the time."""
        named = filter(None, (self.series, self.target))
        return (*named, *self.known, *self.observed)


class Panel(NamedTuple):
    """Series behind one another.

    Attributes:
        names: of the S series.
        offsets: where each starts, and the end, shape (S + 1,).
        times: shape (N,), dates or numbers.
        target: shape (N,), NaN where it is missing.
        known: shape (columns, N).
        observed: shape (columns, N).
        part: 0, 1 or 2 for train, val and test, shape (N,).
        rows: keys of the steps in the snapshot, shape (N,); None where they have none.
    """

    names: tuple[str, ...]
    offsets: np.ndarray
    times: np.ndarray
    target: np.ndarray
    known: np.ndarray
    observed: np.ndarray
    part: np.ndarray
    rows: np.ndarray | None = None

    @property
    def series(self) -> np.ndarray:
        """The series of each step, shape (N,)."""
        return np.repeat(np.arange(len(self.names)), np.diff(self.offsets))


def panel(rows: pd.DataFrame, roles: Roles, *, time: str, part: np.ndarray | None = None) -> Panel:
    """Sorts steps by series and time.

    Args:
        rows: one per step; of a snapshot they have a key, `row`.
        roles: which column is what.
        time: the column of the time.
        part: of each row; all 0 by default.

    Raises:
        DataError: a column is missing or holds no numbers, or a time comes twice in a series.
    """
    require_columns(list(rows.columns), [time, *roles.columns], "the rows")
    keys = rows[roles.series].astype(str) if roles.series else pd.Series("", index=rows.index)
    codes, names = pd.factorize(keys, sort=True)
    times = moments(rows[time], time)
    order = np.lexsort([times, codes])
    codes, times = codes[order], times[order]
    again = np.flatnonzero((np.diff(codes) == 0) & (times[1:] == times[:-1]))
    if again.size:
        mend = None if roles.series else "datamodule.series=COLUMN, if there are several series"
        msg = f"a series must have one step at a time, {times[again[0]]} comes twice"
        raise DataError(msg, mend=mend)
    return Panel(
        names=tuple(map(str, names)),
        offsets=np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=len(names)))]),
        times=times,
        target=cells(rows, [roles.target])[0][order],
        known=cells(rows, roles.known)[:, order],
        observed=cells(rows, roles.observed)[:, order],
        part=np.zeros(len(rows), dtype=np.int8) if part is None else part[order],
        rows=rows["row"].to_numpy(np.int64)[order] if "row" in rows.columns else None,
    )


def snapshot_panel(snapshot: "Snapshot", roles: Roles) -> Panel:
    """Sorts the steps of all splits.

    Args:
        snapshot: with `time`.
        roles: which column is what.
    """
    tables = [snapshot.table(name).to_pandas() for name in SPLITS]
    part = np.repeat(np.arange(3, dtype=np.int8), [len(table) for table in tables])
    return panel(pd.concat(tables, ignore_index=True), roles, time="time", part=part)


def moments(column: "pd.Series[Any]", name: str) -> np.ndarray:
    """Gives dates in UTC, or numbers.

    Raises:
        DataError: a cell is neither.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        stamps = pd.to_datetime(column, utc=True)
        return stamps.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    found = pd.to_numeric(column, errors="coerce")
    if found.notna().all():
        return found.to_numpy(dtype=np.float64)
    stamps = pd.to_datetime(column, errors="coerce", utc=True, format="mixed")
    if stamps.isna().any():
        at = int(stamps.isna().to_numpy().nonzero()[0][0])
        msg = f"column {name!r} must hold dates or numbers, row {at} has {column.iloc[at]!r}"
        raise DataError(msg)
    return stamps.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")


def cells(rows: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Gives columns as float64, NaN where a cell is empty, shape (columns, N).

    Raises:
        DataError: a cell is no number.
    """
    found = np.full((len(names), len(rows)), np.nan)
    for place, name in enumerate(names):
        column = rows[name]
        numbers = pd.to_numeric(column, errors="coerce")
        told = column.notna() & (column.astype(str).str.strip() != "")
        odd = np.flatnonzero((numbers.isna() & told).to_numpy())
        if odd.size:
            at = int(odd[0])
            msg = f"column {name!r} must hold numbers, row {at} has {column.iloc[at]!r}"
            raise DataError(msg, mend=f"data.ignore=[{name}], or datamodule.series={name}")
        found[place] = numbers.to_numpy(dtype=np.float64)
    return found


def carried(values: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Carries the last known value of each series on; before the first one stands the first.

    Args:
        values: shape (…, N).
        offsets: where the series start, and the end.
    """
    filled = values.copy()
    for first, end in pairwise(offsets):
        part = pd.DataFrame(filled[..., first:end].reshape(-1, end - first).T)
        filled[..., first:end] = (
            part.ffill().bfill().to_numpy().T.reshape(filled[..., first:end].shape)
        )
    return filled

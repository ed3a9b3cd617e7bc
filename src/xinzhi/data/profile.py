"""What the rows of a snapshot are like: labels, lengths, gaps, numbers, frequent values."""

# ruff: noqa: S608 - columns are asked for by aliases of our own, and no value is written into a query

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.data.listed import listed
from xinzhi.data.measured import measured
from xinzhi.data.querying import Column, columns, connection, every_row
from xinzhi.data.snapshot import SPLITS

if TYPE_CHECKING:
    import duckdb

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)  # each is a value that occurs
_MOST_LABELS = 200  # of more classes, the most frequent are told
_MOST_VALUES = 10
_FEW = 1000  # a column of more distinct values than this has no frequent ones
_LONGEST_VALUE = 200
_BINS = 24


def profile(folder: Path) -> dict[str, Any]:
    """Describe the rows of a snapshot in plain JSON, whatever their number.

    Args:
        folder: holds `train.parquet`, `val.parquet`, `test.parquet`.
    """
    there = {column.name: column for column in columns(folder)}
    rows = every_row(folder)
    label = there.get("label")
    is_number = label is not None and label.kind == "number"
    ours = {"text", "row"} if is_number else {"text", "label", "row"}
    others = [column for name, column in there.items() if name not in ours]
    with connection() as con:
        return {
            "rows": _rows(con, rows),
            "labels": None if is_number else _labels(con, rows, label),
            "measured": measured(con, rows, label) if label is not None and is_number else None,
            "lengths": _lengths(con, rows, there.get("text")),
            "missing": _missing(con, folder, [c for n, c in there.items() if n != "row"]),
            "numbers": {c.name: _number(con, rows, c) for c in others if c.kind == "number"},
            "moments": {c.name: _moment(con, rows, c) for c in others if c.kind == "moment"},
            "values": _values(con, rows, [c for c in others if c.kind == "words"]),
            "lists": listed(con, rows, [c for c in others if c.kind == "list"]),
        }


def quantiles(counts: Sequence[tuple[int, int]], shares: Sequence[float]) -> list[int]:
    """Give the quantiles of integers that were counted: the least value that reaches each share.

    Args:
        counts: value and how often it occurs, by value; at least one.
        shares: from 0 to 1.
    """
    import numpy as np

    values, numbers = zip(*counts, strict=True)
    reached = np.cumsum(numbers)
    ranks = np.ceil(np.asarray(shares) * reached[-1]).clip(1)
    return [int(values[place]) for place in np.searchsorted(reached, ranks)]


def _rows(con: "duckdb.DuckDBPyConnection", rows: str) -> dict[str, int]:
    counted = dict(con.execute(f"SELECT split, count(*) FROM {rows} GROUP BY split").fetchall())
    return {split: int(counted[split]) for split in SPLITS if split in counted}


def _labels(
    con: "duckdb.DuckDBPyConnection", rows: str, label: Column | None
) -> dict[str, Any] | None:
    if label is None:
        return None
    one = f"unnest({label.alias})" if label.kind == "list" else label.alias
    counted = con.execute(
        f"SELECT label, split, count(*) FROM (SELECT split, {one} AS label FROM {rows}) "
        "WHERE label IS NOT NULL GROUP BY label, split"
    ).fetchall()
    table: dict[str, dict[str, int]] = {}
    for name, split, number in counted:
        table.setdefault(str(name), dict.fromkeys(SPLITS, 0))[split] = number
    ranked = sorted(table.items(), key=lambda entry: (-sum(entry[1].values()), entry[0]))
    return {"classes": len(ranked), "counts": dict(ranked[:_MOST_LABELS])}


def _lengths(
    con: "duckdb.DuckDBPyConnection", rows: str, text: Column | None
) -> dict[str, Any] | None:
    if text is None:
        return None
    counted = con.execute(
        f"SELECT split, length({text.alias}) AS n, count(*) FROM {rows} "
        f"WHERE {text.known} GROUP BY split, n ORDER BY split, n"
    ).fetchall()
    by_split = {s: [(n, times) for at, n, times in counted if at == s] for s in SPLITS}
    everything = sorted((n, times) for _, n, times in counted)
    if not everything:
        return None
    width = _bin_width(quantiles(everything, [0.99])[0])
    return {
        "unit": "characters",
        "splits": {s: _length_summary(own) for s, own in by_split.items() if own},
        "width": width,  # of a bin; the last one holds all that is longer
        "histogram": {s: _binned(own, width) for s, own in by_split.items() if own},
    }


def _length_summary(counted: Sequence[tuple[int, int]]) -> dict[str, Any]:
    total = sum(times for _, times in counted)
    mean = sum(n * times for n, times in counted) / total
    return {"mean": _short(mean), "quantiles": quantiles(counted, QUANTILES)}


def _bin_width(longest: int) -> int:
    """Choose a round width such that `_BINS` bins reach about the longest."""
    least = max(longest, 1) / (_BINS - 1)
    steps = (unit * power for power in (1, 10, 100, 1000, 10**4, 10**5) for unit in (1, 2, 5))
    return next((step for step in steps if step >= least), int(least) + 1)


def _binned(counted: Sequence[tuple[int, int]], width: int) -> list[int]:
    bins = [0] * _BINS
    for n, times in counted:
        bins[min(n // width, _BINS - 1)] += times
    return bins


def _missing(
    con: "duckdb.DuckDBPyConnection", folder: Path, there: Sequence[Column]
) -> dict[str, dict[str, int]]:
    told = {column.name: _told_missing(folder, column) for column in there}
    if asked := [column for column in there if told[column.name] is None]:
        counts = ", ".join(f"count(*) FILTER (NOT {column.known})" for column in asked)
        found = con.execute(f"SELECT split, {counts} FROM {every_row(folder)} GROUP BY split")
        by_split = {split: numbers for split, *numbers in found.fetchall()}
        for place, column in enumerate(asked):
            told[column.name] = {s: int(by_split[s][place]) for s in SPLITS if s in by_split}
    return {name: numbers or {} for name, numbers in told.items()}


def _told_missing(folder: Path, column: Column) -> dict[str, int] | None:
    """Read how often a value is missing from the files' own statistics: no row is decoded.

    Returns:
        Split → rows; None where the statistics do not say, as of NaN and of lists.
    """
    import pyarrow.parquet as pq

    if column.kind == "list" or column.type in {"float", "double", "halffloat"}:
        return None
    counted = {}
    for split in SPLITS:
        if not (path := folder / f"{split}.parquet").exists():
            continue
        held = pq.read_metadata(path)
        leaves = [held.schema.column(place).path for place in range(held.num_columns)]
        place = leaves.index(column.name) if column.name in leaves else None
        if place is None:
            return None
        groups = [held.row_group(n).column(place).statistics for n in range(held.num_row_groups)]
        if not all(group is not None and group.has_null_count for group in groups):
            return None
        if held.num_rows:
            counted[split] = sum(group.null_count for group in groups)
    return counted


def _number(con: "duckdb.DuckDBPyConnection", rows: str, column: Column) -> dict[str, Any]:
    asked = (
        f"SELECT split, count(*), avg(x), quantile_disc(x, {list(QUANTILES)}) "
        f"FROM (SELECT split, {column.alias}::DOUBLE AS x FROM {rows} WHERE {column.known}) "
        "WHERE isfinite(x) GROUP BY split"
    )
    return {
        split: {"rows": n, "mean": _short(mean), "quantiles": [_short(v) for v in values]}
        for split, n, mean, values in _by_split(con, asked)
    }


def _moment(con: "duckdb.DuckDBPyConnection", rows: str, column: Column) -> dict[str, Any]:
    asked = (
        f"SELECT split, min({column.alias})::VARCHAR, max({column.alias})::VARCHAR FROM {rows} "
        f"WHERE {column.known} GROUP BY split"
    )
    return {split: {"first": first, "last": last} for split, first, last in _by_split(con, asked)}


def _values(
    con: "duckdb.DuckDBPyConnection", rows: str, there: Sequence[Column]
) -> dict[str, dict[str, Any]]:
    if not there:
        return {}
    # estimated first: to count exactly what is all different would spill
    estimates = ", ".join(f"approx_count_distinct({column.alias})" for column in there)
    distinct = con.execute(f"SELECT {estimates} FROM {rows}").fetchall()[0]
    return {
        column.name: {
            "distinct": int(number),
            "exact": number <= _FEW,
            **(_frequent(con, rows, column) if number <= _FEW else {}),
        }
        for column, number in zip(there, distinct, strict=True)
    }


def _frequent(con: "duckdb.DuckDBPyConnection", rows: str, column: Column) -> dict[str, Any]:
    counted = con.execute(
        f"SELECT {column.alias}::VARCHAR AS value, count(*) AS n FROM {rows} "
        f"WHERE {column.known} GROUP BY value ORDER BY n DESC, value"
    ).fetchall()
    shown = [[str(value)[:_LONGEST_VALUE], n] for value, n in counted[:_MOST_VALUES]]
    return {"distinct": len(counted), "top": shown}


def _by_split(con: "duckdb.DuckDBPyConnection", asked: str) -> list[tuple[Any, ...]]:
    return sorted(con.execute(asked).fetchall(), key=lambda row: SPLITS.index(row[0]))


def _short(value: float) -> float:
    # sums of floats depend on the order of their parts, so that the last digits are nobody's
    return float(f"{value:.6g}")

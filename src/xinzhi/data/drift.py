"""How far a column of one snapshot is from the same column of another.

The population stability index, PSI, is Σ (q - p) ln(q / p) over the bins of a column. It is read
after Siddiqi, Credit Risk Scorecards, 2006: below 0.1 stable, above 0.25 another population.
"""

# ruff: noqa: S608 - columns are asked for by aliases of our own, and paths are quoted

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from xinzhi.data.querying import Column, columns, every_row

if TYPE_CHECKING:
    import duckdb

_BINS = 10
_MOST_VALUES = 1000  # of a column with more, no shares are compared
_SOME, _MUCH = 0.1, 0.25
_Z99 = 2.326
_MEASURED = {"number": "{}::DOUBLE", "moment": "epoch_us({})::DOUBLE"}  # kind → SQL of its value


class Drift(NamedTuple):
    """How far a column has moved.

    Attributes:
        column: its name; `length of text`, `mean of` a list of numbers and `label` are such too.
        measure: KS, the greatest distance of two distribution functions, for numbers and moments;
            TV, half the sum of differences of shares, for values.
        distance: by that measure, from 0 to 1; None where either side has no value.
        psi: population stability index over deciles of before, or over values.
        by_chance: the PSI that samples of these sizes exceed in one case of a hundred without any
            drift.
        rows_before: values that there were.
        rows_after: values that there are.
        missing_before: share of rows without a value.
        missing_after: share of rows without a value.
        verdict: stable, some drift, drift, or why nothing can be said.
    """

    column: str
    measure: str
    distance: float | None
    psi: float | None
    by_chance: float | None
    rows_before: int
    rows_after: int
    missing_before: float
    missing_after: float
    verdict: str


def drift(con: "duckdb.DuckDBPyConnection", before: Path, after: Path) -> list[Drift]:
    """Compare each column that two snapshots share, over the rows of all splits.

    Args:
        con: open.
        before: folder of a snapshot.
        after: folder of another.
    """
    new = {column.name: column for column in columns(after)}
    sources = (every_row(before), every_row(after))
    both = [(old, new[old.name]) for old in columns(before) if old.name in new]
    found = [_of(con, sources, old, new) for old, new in both if old.name != "row"]
    return [one for one in found if one is not None]


def psi(before: Sequence[int], after: Sequence[int]) -> float:
    """Compute the population stability index of counts; half a row is added to each bin.

    Args:
        before: rows per bin.
        after: rows in the same bins.

    >>> psi([10, 10], [10, 10])
    0.0
    """
    total_p, total_q = sum(before) + len(before) / 2, sum(after) + len(after) / 2
    shares = [
        ((n + 0.5) / total_p, (m + 0.5) / total_q) for n, m in zip(before, after, strict=True)
    ]
    return sum((q - p) * math.log(q / p) for p, q in shares)


def psi_by_chance(bins: int, before: int, after: int) -> float:
    """Give the PSI that two samples of one population exceed in one case of a hundred.

    It is distributed about as chi-squared of bins - 1, times 1/before + 1/after; the quantile is
    that of Wilson and Hilferty, 1931.

    Args:
        bins: at least one.
        before: size of the one sample.
        after: size of the other.
    """
    free = max(bins - 1, 1)
    spread = 2 / (9 * free)
    chi_squared = free * (1 - spread + _Z99 * math.sqrt(spread)) ** 3
    return chi_squared * (1 / before + 1 / after)


def _of(
    con: "duckdb.DuckDBPyConnection", sources: tuple[str, str], old: Column, new: Column
) -> Drift | None:
    if old.name == "text":
        taken = [f"length({c.alias}::VARCHAR)::DOUBLE" for c in (old, new)]
        return _numeric(con, _sides(sources, (old, new), taken), "length of text")
    if old.kind == new.kind and old.kind in _MEASURED:
        taken = [_MEASURED[c.kind].format(c.alias) for c in (old, new)]
        return _numeric(con, _sides(sources, (old, new), taken), old.name)
    if old.kind == new.kind == "list" and _holds_numbers(old) and _holds_numbers(new):
        # a list is one draw, its numbers are not: they depend on each other
        taken = [
            f"list_avg(list_filter({c.alias}::DOUBLE[], lambda x: isfinite(x)))" for c in (old, new)
        ]
        return _numeric(con, _sides(sources, (old, new), taken), f"mean of {old.name}")
    if old.kind == new.kind == "list":
        taken = [f"unnest({c.alias})::VARCHAR" for c in (old, new)]
        return _categorical(con, _sides(sources, (old, new), taken), old.name)
    if {old.kind, new.kind} <= {"words", "number"}:  # 1 may have become "1"
        taken = [f"{c.alias}::VARCHAR" for c in (old, new)]
        return _categorical(con, _sides(sources, (old, new), taken), old.name)
    return None


def _holds_numbers(column: Column) -> bool:
    return any(word in column.type for word in ("double", "float", "int"))


def _sides(
    sources: tuple[str, str], pair: tuple[Column, Column], taken: Sequence[str]
) -> tuple[str, str]:
    """Write the SQL of `x`, NULL where there is no value, for either snapshot."""
    made = []
    for rows, column, value in zip(sources, pair, taken, strict=True):
        alone = value if "unnest" in value else f"CASE WHEN {column.known} THEN {value} END"
        made.append(f"(SELECT {alone} AS x FROM {rows})")
    return made[0], made[1]


def _numeric(con: "duckdb.DuckDBPyConnection", sides: tuple[str, str], name: str) -> Drift:
    counts = _counts(con, sides)
    if not all(known for _, known in counts):
        return _drift(name, "KS", None, None, 0, counts)
    shares = [place / _BINS for place in range(1, _BINS)]
    asked = f"SELECT quantile_disc(x, {shares}) FROM {sides[0]} WHERE x IS NOT NULL"
    edges = sorted(set(con.execute(asked).fetchall()[0][0]))
    in_bin = " + ".join(["(x > ?)::INT"] * len(edges))
    binned = [
        dict(
            con.execute(
                f"SELECT {in_bin} AS bin, count(*) FROM {side} WHERE x IS NOT NULL GROUP BY bin",
                edges,
            ).fetchall()
        )
        for side in sides
    ]
    bins = range(len(edges) + 1)
    p, q = ([own.get(place, 0) for place in bins] for own in binned)
    used = sum(1 for n, m in zip(p, q, strict=True) if n or m)
    known = {"known_old": counts[0][1], "known_new": counts[1][1]}
    distance = con.execute(_KS.format(old=sides[0], new=sides[1], **known)).fetchall()[0][0]
    return _drift(name, "KS", distance, psi(p, q), used, counts)


_KS = """
SELECT max(abs(a / {known_old} - b / {known_new})) FROM (
  SELECT sum(da) OVER (ORDER BY x ROWS UNBOUNDED PRECEDING) AS a,
    sum(db) OVER (ORDER BY x ROWS UNBOUNDED PRECEDING) AS b FROM (
    SELECT x, count(*) FILTER (old) AS da, count(*) FILTER (NOT old) AS db FROM (
      SELECT x, true AS old FROM {old} UNION ALL SELECT x, false FROM {new})
    WHERE x IS NOT NULL GROUP BY x))
"""


def _categorical(con: "duckdb.DuckDBPyConnection", sides: tuple[str, str], name: str) -> Drift:
    counts = _counts(con, sides)
    distinct = max(
        con.execute(f"SELECT approx_count_distinct(x) FROM {side}").fetchall()[0][0]
        for side in sides
    )
    if distinct > _MOST_VALUES:
        told = _drift(name, "TV", None, None, 0, counts)
        return told._replace(verdict="too many values to compare")
    if not all(known for _, known in counts):
        return _drift(name, "TV", None, None, 0, counts)
    tables = [
        dict(
            con.execute(f"SELECT x, count(*) FROM {side} WHERE x IS NOT NULL GROUP BY x").fetchall()
        )
        for side in sides
    ]
    values = sorted({*tables[0], *tables[1]})
    p, q = ([table.get(value, 0) for value in values] for table in tables)
    distance = sum(abs(n / sum(p) - m / sum(q)) for n, m in zip(p, q, strict=True)) / 2
    return _drift(name, "TV", distance, psi(p, q), len(values), counts)


def _counts(con: "duckdb.DuckDBPyConnection", sides: tuple[str, str]) -> list[tuple[int, int]]:
    return [con.execute(f"SELECT count(*), count(x) FROM {side}").fetchall()[0] for side in sides]


def _drift(
    name: str,
    measure: str,
    distance: float | None,
    index: float | None,
    bins: int,
    counts: Sequence[tuple[int, int]],
) -> Drift:
    (rows_a, known_a), (rows_b, known_b) = counts
    chance = psi_by_chance(bins, known_a, known_b) if index is not None else None
    if index is None or chance is None:
        verdict = "no value on one side"
    elif index <= max(_SOME, chance):
        verdict = "stable"
    else:
        verdict = "some drift" if index <= _MUCH else "drift"
    return Drift(
        column=name,
        measure=measure,
        distance=distance,
        psi=index,
        by_chance=chance,
        rows_before=known_a,
        rows_after=known_b,
        missing_before=1 - known_a / rows_a if rows_a else 0.0,
        missing_after=1 - known_b / rows_b if rows_b else 0.0,
        verdict=verdict,
    )

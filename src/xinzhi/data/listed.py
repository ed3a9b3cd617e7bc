"""What columns of lists hold: how long the lists are, and what is in them."""

# ruff: noqa: S608 - columns are asked for by aliases of our own

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xinzhi.data.querying import Column
from xinzhi.data.snapshot import SPLITS

if TYPE_CHECKING:
    import duckdb

_SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
_FEW = 1000  # of more distinct values none is frequent
_MOST_VALUES = 20
_LONGEST_VALUE = 100


def listed(
    con: "duckdb.DuckDBPyConnection", rows: str, columns: Sequence[Column]
) -> dict[str, dict[str, Any]]:
    """Describe columns of lists, each in a pass or two.

    Args:
        con: open.
        rows: the SQL of all rows.
        columns: those whose cells are lists.

    Returns:
        Column → `lengths` (split → rows, mean and quantiles), and `range` (split → least, mean and
        most) of numbers, or `distinct` and `top` of words.
    """
    return {column.name: _one(con, rows, column) for column in columns}


def _one(con: "duckdb.DuckDBPyConnection", rows: str, column: Column) -> dict[str, Any]:
    name, held = column.alias, f"{rows} WHERE {column.known}"
    lengths = con.execute(
        f"SELECT split, count(*), avg(len({name})), quantile_disc(len({name}), {list(_SHARES)}) "
        f"FROM {held} GROUP BY split"
    ).fetchall()
    told: dict[str, Any] = {
        "lengths": {
            split: {"rows": n, "mean": _short(mean), "quantiles": quantiles}
            for split, n, mean, quantiles in sorted(lengths, key=lambda r: SPLITS.index(r[0]))
        }
    }
    if any(word in column.type for word in ("double", "float", "int")):
        return told | {"range": _range(con, held, name)}
    if "string" in column.type:
        return told | _frequent(con, held, name)
    return told


def _range(con: "duckdb.DuckDBPyConnection", held: str, name: str) -> dict[str, Any]:
    known = f"list_filter({name}, lambda x: isfinite(x::DOUBLE))"
    found = con.execute(
        f"SELECT split, min(list_min(v)), sum(list_sum(v)) / sum(len(v)), max(list_max(v)) "
        f"FROM (SELECT split, {known} AS v FROM {held}) WHERE len(v) > 0 GROUP BY split"
    ).fetchall()
    ordered = sorted(found, key=lambda row: SPLITS.index(row[0]))
    return {split: [_short(value) for value in values] for split, *values in ordered}


def _frequent(con: "duckdb.DuckDBPyConnection", held: str, name: str) -> dict[str, Any]:
    flat = f"(SELECT unnest({name})::VARCHAR AS value FROM {held})"
    (distinct,) = con.execute(f"SELECT approx_count_distinct(value) FROM {flat}").fetchall()[0]
    if distinct > _FEW:
        return {"distinct": int(distinct), "exact": False}
    counted = con.execute(
        f"SELECT value, count(*) AS n FROM {flat} WHERE value IS NOT NULL "
        "GROUP BY value ORDER BY n DESC, value"
    ).fetchall()
    top = [[value[:_LONGEST_VALUE], n] for value, n in counted[:_MOST_VALUES]]
    return {"distinct": len(counted), "exact": True, "top": top}


def _short(value: float) -> float:
    # sums of floats depend on the order of their parts, so that the last digits are nobody's
    return float(f"{value:.6g}")

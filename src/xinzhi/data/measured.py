"""How a label that is a number is distributed, in bins of a round width."""

# ruff: noqa: S608 - columns are asked for by aliases of our own

import math
from typing import TYPE_CHECKING, Any

from xinzhi.data.querying import Column
from xinzhi.data.snapshot import SPLITS

if TYPE_CHECKING:
    import duckdb

_BINS = 24
_TAIL = 0.005  # of the rows at either end, which share the outermost bins


def measured(con: "duckdb.DuckDBPyConnection", rows: str, label: Column) -> dict[str, Any] | None:
    """Count the rows of each bin.

    Args:
        con: open.
        rows: the SQL of all rows.
        label: its column.

    Returns:
        `low`, where the first bin begins, `width`, and `histogram` (split → rows per bin); the
        outermost bins hold all that lies beyond. None where there is no number.
    """
    known = f"(SELECT split, {label.alias}::DOUBLE AS x FROM {rows} WHERE {label.known})"
    asked = f"SELECT quantile_disc(x, [{_TAIL}, {1 - _TAIL}]) FROM {known}"
    ends = con.execute(asked).fetchall()[0][0]
    if not ends:
        return None
    width = round_width((ends[1] - ends[0]) / (_BINS - 1))
    low = math.floor(ends[0] / width) * width
    place = f"least(greatest(floor((x - {low!r}) / {width!r}), 0), {_BINS - 1})::INT"
    counted = con.execute(
        f"SELECT split, {place} AS bin, count(*) FROM {known} GROUP BY split, bin"
    ).fetchall()
    histogram = {split: [0] * _BINS for split in SPLITS if split in {one for one, *_ in counted}}
    for split, bin_, n in counted:
        histogram[split][bin_] = n
    return {"low": low, "width": width, "histogram": histogram}


def round_width(least: float) -> float:
    """Choose 1, 2 or 5 times a power of ten.

    Args:
        least: what it must reach; 0 where all values are equal.

    >>> round_width(0.03), round_width(11), round_width(0)
    (0.05, 20.0, 1.0)
    """
    if least <= 0:
        return 1.0
    power = math.floor(math.log10(least))
    return float(next(f"{unit}e{power}" for unit in (1, 2, 5, 10) if unit * 10.0**power >= least))

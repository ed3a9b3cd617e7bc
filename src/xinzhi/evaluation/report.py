"""Text tables of what a fitted model is worth, plain enough for a log and an artifact."""

import math
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from xinzhi.metrics.classification import ClassRow

_WIDTH = 110


def class_table(rows: Sequence["ClassRow"]) -> str:
    """Precision, recall, F1 and support of each class, then their macro and weighted means.

    As in scikit-learn, the macro mean leaves out a class that has no example and no prediction.

    Args:
        rows: as `per_class` gives them.

    Returns:
        The table, without colour; names are cut where they are very long.
    """
    table = plain_table("class", "precision", "recall", "f1", "support")
    for row in rows:
        table.add_row(_plain(row.name), *map(_score, row[1:4]), f"{row.support:,}")
    total = sum(row.support for row in rows)
    seen = [row for row in rows if row.support or row.predicted]
    table.add_section()
    table.add_row("macro average", *_means(seen, [1.0] * len(seen)), f"{total:,}")
    weights = [float(row.support) for row in rows]
    table.add_row("weighted average", *_means(rows, weights), f"{total:,}")
    return _drawn(table)


def comparison_table(
    scores: Mapping[str, float], baseline: Mapping[str, float], *, split: str = "test"
) -> str:
    """A split's scores beside the baseline's, with the difference.

    Args:
        scores: by name, `test/accuracy`.
        baseline: by the same names; those that it lacks show a dash.
        split: only names that begin so.

    Returns:
        The table, without colour.
    """
    table = plain_table(split, "model", "baseline", "difference")
    for name, value in scores.items():
        if not name.startswith(f"{split}/"):
            continue
        other = baseline.get(name, math.nan)
        difference = value - other
        shown = "-" if math.isnan(difference) else f"{difference:+.4f}"
        table.add_row(name.removeprefix(f"{split}/"), _score(value), _score(other), shown)
    return _drawn(table)


def _means(rows: Sequence["ClassRow"], weights: Sequence[float]) -> list[str]:
    total = sum(weights)
    if not total:
        return ["-"] * 3
    columns = zip(*(row[1:4] for row in rows), strict=True)
    return [
        _score(sum(w * v for w, v in zip(weights, column, strict=True)) / total)
        for column in columns
    ]


def _score(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"


def _plain(name: str) -> str:
    return " ".join(name.split())


def plain_table(first: str, *others: str) -> "Table":
    """Gives an empty table of a name and numbers.

    Args:
        first: over the names, which are cut where they are very long.
        others: over the numbers.
    """
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(first, overflow="ellipsis", max_width=60, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _drawn(table: "Table") -> str:
    from rich.console import Console

    out = StringIO()
    console = Console(file=out, width=_WIDTH, no_color=True, highlight=False, markup=False)
    console.print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().strip("\n").splitlines())

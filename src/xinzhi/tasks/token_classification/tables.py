"""Scores as a text table, plain enough for a log and an artifact."""

from collections.abc import Mapping, Sequence

from xinzhi.evaluation.canvas import displayed_width
from xinzhi.metrics.classification import ClassRow
from xinzhi.metrics.tag_report import Scores

_HEAD = ("precision", "recall", "f1", "support")


def scores_table(first: str, rows: Sequence[ClassRow], averages: Mapping[str, Scores]) -> str:
    """Precision, recall, F1 and support of each name, then the averages.

    Args:
        first: what the names are.
        rows: of each name.
        averages: by their names.
    """
    total = sum(row.support for row in rows)
    bodies = [(row.name, *map(_score, row[1:4]), f"{row.support:,}") for row in rows]
    means = [(f"{name} average", *map(_score, scores), "") for name, scores in averages.items()]
    if means:
        means[0] = (*means[0][:-1], f"{total:,}")
    width = max(displayed_width(line[0]) for line in [(first,), *bodies, *means])
    drawn = [_line(line, width) for line in [(first, *_HEAD), *bodies, *means]]
    rule = "─" * displayed_width(drawn[0])
    return "\n".join([drawn[0], rule, *drawn[1 : 1 + len(bodies)], "", *drawn[1 + len(bodies) :]])


def _line(cells: Sequence[str], width: int) -> str:
    name, *others = cells
    padded = name + " " * (width - displayed_width(name))
    return (padded + "".join(f"{cell:>11}" for cell in others)).rstrip()


def _score(value: float) -> str:
    return f"{value:.4f}"

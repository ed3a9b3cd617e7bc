"""The rows that people disagree on, the most disputed first."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from xinzhi.data.labelling import kappa
from xinzhi.data.labelling.annotations import Task

COLUMNS = ("disagreement", "text", "votes")


def ranked(tasks: Sequence[Task], *, spans: bool) -> list[tuple[Task, float]]:
    """Give the rows that people disagree on, the most disputed first.

    Args:
        tasks: with what everybody said.
        spans: whether spans count, else classes do.

    Returns:
        Each row and the share of pairs of people who do not say exactly the same.
    """
    found = []
    for task in tasks:
        said: list[Any] = [a.spans if spans else frozenset(a.labels) for a in task.annotations]
        counted = Counter(one for one in said if spans or one)
        if counted.total() > 1 and len(counted) > 1:
            found.append((task, 1 - kappa.row_agreement(counted)))
    return sorted(found, key=lambda pair: -pair[1])


def votes(task: Task, disputed: float) -> dict[str, Any]:
    """Write a disputed row for a table: who said what.

    Args:
        task: with what everybody said.
        disputed: the share of pairs of people who do not say the same.
    """
    said = []
    for annotation in task.annotations:
        marked = [f"{task.text[s.start : s.end]} ({s.label})" for s in annotation.spans]
        said.append(f"{annotation.annotator}: {', '.join([*annotation.labels, *marked]) or '-'}")
    return {"disagreement": round(disputed, 6), "text": task.text, "votes": "; ".join(said)}

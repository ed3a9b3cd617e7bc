"""Ranks the labels of a file or a snapshot that are probably wrong."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from xinzhi.data.labelling import suspicion
from xinzhi.data.labelling.annotations import Task
from xinzhi.data.labelling.asked import Asked
from xinzhi.data.labelling.rows import Rows
from xinzhi.data.labelling.told import Suspicious
from xinzhi.data.labelling.writing import write_csv
from xinzhi.errors import DataError

_COLUMNS = ("row", "confidence", "label", "suggested", "text")


def doubt(asked: Asked) -> Suspicious:
    """Rank the labels that are probably wrong.

    Args:
        asked: with a reference, and perhaps an output.
    """
    path = asked.target([".csv"]) if asked.output else None
    found = asked.rows()
    group = asked.group or ("group" if _has(found.tasks, "group") else None)
    judged, rare = _judged(found, asked)
    groups = [_cell(task, group) for _, task in judged] if group else None
    texts = [task.text for _, task in judged]
    labels = [task.annotations[0].labels[0] for _, task in judged]
    doubts = suspicion.doubts(texts, labels, groups)
    ranked: list[dict[str, Any]] = [
        {
            "row": judged[one.row][0],
            "confidence": round(one.confidence, 6),
            "label": one.given,
            "suggested": one.suggested,
            "text": texts[one.row],
        }
        for one in doubts.ranked
    ]
    shown = ranked[: asked.limit]
    if path is not None:
        write_csv(path, shown, _COLUMNS)
    where = str(path) if path else None
    return Suspicious(
        source=found.name,
        judged=len(judged),
        suspicious=len(ranked),
        estimated=doubts.estimated,
        rows=shown,
        rare=rare,
        group=group,
        output=where,
    )


def _judged(found: Rows, asked: Asked) -> tuple[list[tuple[int, Task]], dict[str, int]]:
    """Rows with one label that is not too rare to be learned, and the labels that are.

    Raises:
        DataError: a row has several labels, or none has one.
    """
    pairs = zip(found.numbers, found.tasks, strict=True)
    labelled_rows = [(n, t) for n, t in pairs if t.annotations and t.annotations[0].labels]
    if not labelled_rows:
        raise DataError(f"label={asked.label} must name a column of classes, no row has one")
    for _, task in labelled_rows:
        if len(task.annotations[0].labels) > 1:
            raise DataError(f"{task.where}: a row must have one label to be judged, it has several")
    counts = Counter(task.annotations[0].labels[0] for _, task in labelled_rows)
    rare = {label: n for label, n in counts.items() if n < suspicion.FOLDS}
    return [pair for pair in labelled_rows if pair[1].annotations[0].labels[0] not in rare], rare


def _has(tasks: Sequence[Task], name: str) -> bool:
    return any(task.others.get(name) is not None for task in tasks)


def _cell(task: Task, name: str) -> str:
    if name not in task.others:
        raise DataError(
            f"{task.where} must have the column group={name}; it has {', '.join(task.others)}"
        )
    return str(task.others[name])

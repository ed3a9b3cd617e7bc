"""What `xinzhi label` does: export, import, agreement, suspicious."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from xinzhi.data.labelling import (
    agreement,
    disputes,
    doccano,
    label_studio_tasks,
    labelled,
    sentences,
)
from xinzhi.data.labelling.annotations import Columns, Task
from xinzhi.data.labelling.asked import Asked
from xinzhi.data.labelling.doubting import doubt
from xinzhi.data.labelling.told import Agreed, Exported, Imported, Suspicious
from xinzhi.data.labelling.writing import write_csv, write_json, write_lines
from xinzhi.errors import DataError

TASKS = {".json": "Label Studio", ".jsonl": "doccano"}


def act(asked: Asked) -> Exported | Imported | Agreed | Suspicious:
    """Do what was asked.

    Args:
        asked: of `xinzhi label`.

    Raises:
        DataError: it names no file.
    """
    if not asked.references:
        raise DataError(
            f"xinzhi label {asked.action} takes a file or a snapshot; was given none",
            mend="xinzhi label --help",
        )
    match asked.action:
        case "export":
            return export(asked)
        case "import":
            return bring(asked)
        case "agreement":
            return agree(asked)
        case "suspicious":
            return doubt(asked)


def export(asked: Asked) -> Exported:
    """Write rows as tasks for an annotation tool.

    Args:
        asked: with a reference and an output.
    """
    path = asked.target(TASKS)
    found = asked.rows()
    tasks = found.tasks[: asked.limit]
    if asked.given == "none":
        tasks = [task._replace(annotations=()) for task in tasks]
    _write_tasks(path, tasks, found.columns, asked)
    several = asked.multilabel is not None or _several(tasks)
    interface = None
    if path.suffix.lower() == ".json":
        interface = label_studio_tasks.interface(found.tasks, found.columns, several=several)
    return Exported(
        source=found.name,
        output=str(path),
        form=TASKS[path.suffix.lower()],
        rows=len(tasks),
        labelled=sum(bool(task.annotations) for task in tasks),
        textless=found.textless,
        interface=interface,
    )


def bring(asked: Asked) -> Imported:
    """Write what people said as a labelled table.

    Args:
        asked: with annotation files and an output.
    """
    path = asked.target(labelled.FORMS)
    read = asked.answers()
    held = labelled.shape(read.tasks, asked.kind, several=asked.multilabel is not None)
    settled = labelled.settle(read.tasks, held, asked.resolve)
    rows = labelled.rows(settled, held, asked.columns, named=asked.resolve == "all")
    left_out = {name: n for name, n in read.skipped.items() if n}
    answer, widened = asked.columns.label if held.classes else asked.columns.spans, 0
    if held.spans and all(isinstance(row.get(sentences.TOKENS), list) for row in rows):
        rows, widened, shared = sentences.as_tagged(rows, asked.columns)
        answer = asked.columns.label if held.classes else sentences.TAGS
        left_out |= {"a span whose words another span has": shared} if shared else {}
    labelled.write(path, rows, held, asked.columns)
    people = {a.annotator for task in read.tasks for a in task.annotations if a.annotator}
    return Imported(
        output=str(path),
        read_as=list(read.forms),
        rows=len(rows),
        labelled=sum(row[answer] is not None for row in rows),
        people=len(people),
        unresolved=_unresolved(read.tasks, settled, classes=held.classes),
        left_out=left_out,
        widened=widened,
        classes=_counted(rows, asked.columns.label) if held.classes else {},
    )


def agree(asked: Asked) -> Agreed:
    """Measure agreement, and write the rows that people disagree on for somebody else.

    Args:
        asked: with annotation files, and perhaps an output.
    """
    path = asked.target([*TASKS, ".csv"]) if asked.output else None
    read = asked.answers()
    held = labelled.shape(read.tasks, asked.kind, several=asked.multilabel is not None)
    classes = agreement.of_classes(read.tasks, several=held.several) if held.classes else None
    spans = agreement.of_spans(read.tasks) if held.spans else None
    ranked = disputes.ranked(read.tasks, spans=held.spans and not held.classes)
    if path is not None:
        _write_disputed(path, ranked[: asked.limit], asked)
    left_out = {name: n for name, n in read.skipped.items() if n}
    return Agreed(classes, spans, len(ranked), str(path) if path else None, left_out)


def _write_disputed(path: Path, ranked: Sequence[tuple[Task, float]], asked: Asked) -> None:
    """For somebody else: as tasks without a hint of what was said, or as a table with the votes."""
    if path.suffix.lower() == ".csv":
        write_csv(path, [disputes.votes(*pair) for pair in ranked], disputes.COLUMNS)
    else:
        blind = [task._replace(annotations=()) for task, _ in ranked]
        _write_tasks(path, blind, asked.columns, asked)


def _write_tasks(path: Path, tasks: Sequence[Task], columns: Columns, asked: Asked) -> None:
    if path.suffix.lower() == ".json":
        place: Literal["annotations", "predictions"] = (
            "annotations" if asked.given == "annotations" else "predictions"
        )
        write_json(path, label_studio_tasks.write(tasks, columns, place=place))
    else:
        write_lines(path, doccano.write(tasks, overlapping=asked.overlapping))


def _several(tasks: Sequence[Task]) -> bool:
    return any(len(a.labels) > 1 for task in tasks for a in task.annotations)


def _unresolved(tasks: Sequence[Task], settled: Sequence[Task], *, classes: bool) -> int:
    if not classes or len(tasks) != len(settled):
        return 0
    return sum(
        any(a.labels for a in before.annotations) and not after.annotations[0].labels
        for before, after in zip(tasks, settled, strict=True)
    )


def _counted(rows: Sequence[dict[str, Any]], name: str) -> dict[str, int]:
    cells = [row[name] for row in rows if row[name] is not None]
    counts = Counter(one for cell in cells for one in ([cell] if isinstance(cell, str) else cell))
    return dict(counts.most_common())

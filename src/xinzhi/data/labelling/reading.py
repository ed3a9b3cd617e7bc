"""Annotation files of any known form → rows, each with what everybody said of it."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from xinzhi.data.labelling import doccano, label_studio, label_studio_min
from xinzhi.data.labelling.annotations import Annotation, Columns, Task, writable
from xinzhi.data.labelling.documents import read_records
from xinzhi.errors import DataError

_AGAIN = "the same person again"


class Read(NamedTuple):
    """What annotation files hold.

    Attributes:
        tasks: rows, in the order in which they first come.
        skipped: what was left out, and how often.
        forms: how the files were read.
    """

    tasks: list[Task]
    skipped: Counter[str]
    forms: tuple[str, ...]


class _Said(NamedTuple):
    file: str
    annotation: Annotation


def read_tasks(
    paths: Sequence[Path],
    columns: Columns,
    *,
    take: Literal["annotations", "predictions"] = "annotations",
    key: str | None = None,
    separator: str | None = None,
) -> Read:
    """Read annotation files, and put together what several people said of one row.

    One row has one value of `key`. Without it, that is Label Studio's id of the task; with several
    files or a column of annotators, the text.

    Args:
        paths: of Label Studio (JSON, JSON-MIN), doccano (JSONL), or tables.
        columns: what the parts of a row are called.
        take: of Label Studio, what people said or what a model proposed.
        key: the column that names a row in all files.
        separator: between several classes in one cell.

    Raises:
        DataError: a file is not of its form; names the record.
    """
    skipped: Counter[str] = Counter()
    found: list[tuple[str, Task]] = []
    forms = []
    for path in paths:
        tasks, form = _read(path, columns, take, separator, len(paths) > 1, skipped)
        found += [(path.stem, task) for task in tasks]
        forms.append(f"{path.name}: {form}")
    for _, task in found:
        writable([task.text, task.others, task.annotations], task.where)
    named = any(a.annotator for _, task in found for a in task.annotations if task.key is None)
    identities = [_identity(task, key, columns, len(paths) > 1 or named) for _, task in found]
    names = [f"row {n}" if name is None else f"={name}" for n, name in enumerate(identities)]
    return Read(_together(found, names, skipped), skipped, tuple(forms))


def _read(
    path: Path,
    columns: Columns,
    take: Literal["annotations", "predictions"],
    separator: str | None,
    several: bool,
    skipped: Counter[str],
) -> tuple[list[Task], str]:
    records = read_records(path)
    if label_studio.is_task(records[0]):
        tasks, left = label_studio.read(records, columns, take=take)
        skipped.update(left)
        return tasks, "Label Studio"
    if label_studio_min.is_annotation(records[0]):
        return label_studio_min.read(records, columns), "Label Studio, JSON-MIN"
    who = path.stem if several else None
    return doccano.read(records, columns, who=who, separator=separator), "doccano or a table"


def _identity(task: Task, key: str | None, columns: Columns, alike: bool) -> str | None:
    """What names the row of a task; None if it is a row of its own.

    Raises:
        DataError: it does not have the column that names it.
    """
    if key is None:
        return task.text if alike else task.key
    if key == columns.text:
        return task.text
    if task.others.get(key) is None:
        raise DataError(
            f"{task.where}: key={key} must name a column that every row has; "
            f"it has {', '.join(task.others) or 'none'}"
        )
    return str(task.others[key])


def _together(
    found: Sequence[tuple[str, Task]], names: Sequence[str], skipped: Counter[str]
) -> list[Task]:
    first: dict[str, Task] = {}
    said: dict[str, list[_Said]] = defaultdict(list)
    for name, (file, task) in zip(names, found, strict=True):
        if first.setdefault(name, task).text != task.text:
            raise DataError(
                f"{task.where}: one row must have one text, it differs from that of "
                f"{first[name].where}",
                mend="key=COLUMN that names a row, or key=text",
            )
        said[name] += [_Said(file, annotation) for annotation in task.annotations]
    shared = _names_of_several(said)
    tasks = []
    for name, task in first.items():
        kept: dict[str, Annotation] = {}
        for number, (file, annotation) in enumerate(said[name], start=1):
            who = annotation.annotator or (f"annotator {number}" if len(said[name]) > 1 else "")
            who = f"{file}: {who}" if who in shared else who
            skipped[_AGAIN] += who in kept
            kept[who] = annotation._replace(annotator=who or None)
        tasks.append(task._replace(annotations=tuple(kept.values())))
    return tasks


def _names_of_several(said: dict[str, list[_Said]]) -> set[str]:
    """Names that mean different people in different files: both have labelled one row.

    Every Label Studio on somebody's own machine calls its user 1.
    """
    shared = set()
    for answers in said.values():
        files: dict[str, set[str]] = defaultdict(set)
        for file, annotation in answers:
            files[annotation.annotator or ""].add(file)
        shared |= {who for who, within in files.items() if who and len(within) > 1}
    return shared

"""doccano's JSON Lines, in and out; rows of a table are read alike.

Classes stand under `label` (`["a"]`), spans too (`[[0, 3, "PER"]]`) or, where a project has
relations, under `entities` (`{"start_offset", "end_offset", "label"}`). Older versions wrote
`labels`; projects with both write `cats` and `entities`. Further columns go along in `meta`.
Formats: https://github.com/doccano/doccano, backend/data_export and backend/data_import.
"""

import json
from collections.abc import Sequence
from typing import Any

from xinzhi.config.near import near
from xinzhi.data.labelling.annotations import (
    Annotation,
    Columns,
    Span,
    Task,
    refuse_overlaps,
    spans_within,
)
from xinzhi.data.labelling.documents import Record
from xinzhi.errors import DataError

_ANSWERS = ("label", "labels", "cats", "entities")
_NOTES = ("relations", "Comments")  # lists that say nothing of classes or spans


def read(
    records: Sequence[Record], columns: Columns, *, who: str | None, separator: str | None = None
) -> list[Task]:
    """Read rows.

    Args:
        records: of a file that doccano exported, or of a table.
        columns: where text and labels are; doccano's own names are known.
        who: who labelled, where a row does not say.
        separator: between several classes in one cell.
    """
    return [_task(record, columns, who, separator) for record in records]


def _task(record: Record, columns: Columns, who: str | None, separator: str | None) -> Task:
    content, where = record.content, record.where
    named = columns.text if columns.text in content else "text"
    text = content.get(named)
    if not isinstance(text, str):
        raise DataError(
            f"{where} must have a text {columns.text!r}; it has {', '.join(content)}",
            candidates=near(columns.text, content),
            mend="text=NAME",
        )
    places = [name for name in (columns.label, columns.spans) if name in content]
    places = places or [name for name in _ANSWERS if name in content]
    parted = [_parted(content[name], where, separator) for name in places]
    told = content.get(columns.annotator)
    annotation = Annotation(
        who if told is None else str(told),
        tuple(dict.fromkeys(name for classes, _ in parted for name in classes)),
        spans_within([span for _, spans in parted for span in spans], text, where),
    )
    said = any(not _is_missing(content[name]) for name in places)
    others = _others(content, {named, columns.annotator, *places})
    return Task(text, others, (annotation,) if said else (), None, where)


def _others(content: dict[str, Any], used: set[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in content.items():
        if name in {"meta", "metadata"} and isinstance(value, dict):
            found |= value
        elif name not in used and not (name in _NOTES and isinstance(value, list)):
            found[name] = value
    return found


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _parted(value: Any, where: str, separator: str | None) -> tuple[list[str], list[Any]]:  # noqa: ANN401
    """What a cell holds: classes, spans, or neither.

    Raises:
        DataError: something else.
    """
    if _is_missing(value):
        return [], []
    if isinstance(value, str) and value.lstrip().startswith(("[[", "[{")):
        value = _from_json(value)  # spans in a cell of a CSV file
    if isinstance(value, str):
        parts = value.split(separator) if separator else [value]
        return [part.strip() for part in parts if part.strip()], []
    if isinstance(value, bool | int | float):
        whole = isinstance(value, float) and value.is_integer()
        return [json.dumps(int(value) if whole else value)], []
    if isinstance(value, list) and all(isinstance(part, str) and part for part in value):
        return value, []
    if isinstance(value, list) and all(map(_is_span, value)):
        return [], [_triple(part) for part in value]
    shown = json.dumps(value, ensure_ascii=False, default=str)[:80]
    raise DataError(
        f"{where}: a label must be a name, a list of names, or a list of [start, end, name], "
        f"was {shown}"
    )


def _from_json(cell: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def _is_span(part: object) -> bool:
    if isinstance(part, dict):
        return {"start_offset", "end_offset", "label"} <= set(part) or {
            "start", "end", "label",
        } <= set(part)  # fmt: skip
    return isinstance(part, list) and len(part) == 3


def _triple(part: Any) -> tuple[Any, Any, Any]:  # noqa: ANN401
    if isinstance(part, dict):
        start, end = part.get("start_offset", part.get("start")), part.get("end_offset")
        return start, part.get("end") if end is None else end, part["label"]
    return part[0], part[1], part[2]


def write(tasks: Sequence[Task], *, overlapping: bool) -> list[dict[str, Any]]:
    """Write rows to import.

    Args:
        tasks: with at most one annotation each.
        overlapping: whether the project allows spans that overlap.
    """
    written = []
    for number, task in enumerate(tasks, start=1):
        row: dict[str, Any] = {"text": task.text}
        for annotation in task.annotations[:1]:
            if not overlapping:
                refuse_overlaps(annotation.spans, task.text, task.where or f"row {number}")
            row |= _labels(annotation.labels, annotation.spans)
        if task.others:
            row["meta"] = task.others
        written.append(row)
    return written


def _labels(classes: Sequence[str], spans: Sequence[Span]) -> dict[str, Any]:
    if classes and spans:
        return {"cats": list(classes), "entities": [list(span) for span in spans]}
    return {"label": [list(span) for span in spans] if spans else list(classes)}

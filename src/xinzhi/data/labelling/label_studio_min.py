"""Reads Label Studio's JSON-MIN: one flat object per annotation, its answers beside the data."""

import json
from collections.abc import Sequence
from typing import Any

from xinzhi.config.near import near
from xinzhi.data.labelling.annotations import Annotation, Columns, Span, Task
from xinzhi.data.labelling.documents import Record
from xinzhi.data.labelling.label_studio import person, spans_of
from xinzhi.errors import DataError

_OWN = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement")


def is_annotation(record: Record) -> bool:
    """Tell an object of JSON-MIN from another.

    Args:
        record: any.
    """
    return {"annotation_id", "lead_time"} <= set(record.content)


def read(records: Sequence[Record], columns: Columns) -> list[Task]:
    """Read annotations, each as a task of its own; those of one task have the same key.

    Args:
        records: as Label Studio exports them in JSON-MIN.
        columns: where text and answers are.

    Raises:
        DataError: no object has an answer under the names that are given.
    """
    there = dict.fromkeys(name for record in records for name in record.content)
    marked = [
        name
        for name in there
        if any(_are_spans(record.content.get(name)) for record in records) and name not in _OWN
    ]
    if columns.spans not in marked and len(marked) == 1:
        columns = columns._replace(spans=marked[0])
    names = [name for name in there if name not in {*_OWN, columns.text}]
    if not {columns.label, columns.spans} & set(there):
        raise DataError(
            f"{records[0].where}: label= or spans= must name the control whose answers count, "
            f"{columns.label} and {columns.spans} are none of its keys",
            candidates=near(columns.label, names) or names,
            mend="label=NAME",
        )
    return [_task(record, columns) for record in records]


def _are_spans(value: object) -> bool:
    return isinstance(value, list) and any(
        isinstance(part, dict) and {"start", "end", "labels"} <= set(part) for part in value
    )


def _task(record: Record, columns: Columns) -> Task:
    content, where = record.content, record.where
    text = content.get(columns.text)
    if not isinstance(text, str):
        raise DataError(
            f"{where} must have a text {columns.text!r}; it has {', '.join(content)}",
            candidates=near(columns.text, content),
            mend="text=NAME",
        )
    annotation = Annotation(
        person(content.get("annotator")),
        _classes(content.get(columns.label), where),
        _spans(content.get(columns.spans), text, where),
    )
    answers = {columns.text, columns.label, columns.spans}
    others = {name: content[name] for name in content if name not in {*_OWN, *answers}}
    key = content.get("id")
    return Task(text, others, (annotation,), None if key is None else str(key), where)


def _classes(value: Any, where: str) -> tuple[str, ...]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        value = value.get("choices")
    found = [value] if isinstance(value, str) else value or []
    if not isinstance(found, list) or not all(isinstance(name, str) and name for name in found):
        shown = json.dumps(value, ensure_ascii=False)[:60]
        raise DataError(f"{where}: classes must be a name or `choices` with names, was {shown}")
    return tuple(dict.fromkeys(found))


def _spans(value: Any, text: str, where: str) -> tuple[Span, ...]:  # noqa: ANN401 - any JSON
    if not isinstance(value or [], list) or not all(isinstance(part, dict) for part in value or []):
        shown = json.dumps(value, ensure_ascii=False)[:60]
        raise DataError(f"{where}: spans must be a list of objects, was {shown}")
    return spans_of(value or [], text, where)

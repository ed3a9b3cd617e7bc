"""Reads Label Studio's JSON: tasks with annotations or predictions.

The format: https://labelstud.io/guide/task_format.html and, for predictions,
https://labelstud.io/guide/predictions. Of a task, `choices` of the whole text and `labels` of its
parts are read; other results (relations, ratings, choices of a part) are counted and left out.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from xinzhi.config.near import near
from xinzhi.data.labelling.annotations import Annotation, Columns, Span, Task, spans_within
from xinzhi.data.labelling.documents import Record
from xinzhi.data.labelling.offsets import Marked, in_characters
from xinzhi.errors import DataError

_CHOICES, _LABELS = "choices", "labels"


def is_task(record: Record) -> bool:
    """Tell a task of Label Studio's from another object.

    Args:
        record: any.
    """
    return isinstance(record.content.get("data"), dict)


def read(
    records: Sequence[Record], columns: Columns, *, take: Literal["annotations", "predictions"]
) -> tuple[list[Task], Counter[str]]:
    """Read tasks.

    Args:
        records: as Label Studio exports them in JSON.
        columns: where the text is, and which controls count where there are several.
        take: what people said, or what a model proposed.

    Returns:
        One task per record, and how many of each kind of result were left out.
    """
    skipped: Counter[str] = Counter()
    named = _Controls(records, take, columns)
    return [_task(record, columns, take, named, skipped) for record in records], skipped


class _Controls:
    """The controls whose results count: by name, or the only one of its kind."""

    def __init__(self, records: Sequence[Record], take: str, columns: Columns) -> None:
        there: dict[str, dict[str, None]] = {_CHOICES: {}, _LABELS: {}}
        for record in records:
            for _, result in _answers(record, take):
                for item in result:
                    kind, control = str(item.get("type")), str(item.get("from_name"))
                    if kind in there and not _of_part(kind, item):
                        there[kind][control] = None
        self.choices = _chosen(list(there[_CHOICES]), columns.label, "label", records[0].where)
        self.labels = _chosen(list(there[_LABELS]), columns.spans, "spans", records[0].where)


def _chosen(there: list[str], wanted: str, key: str, where: str) -> str:
    if wanted in there or not there:
        return wanted
    if len(there) == 1:
        return there[0]
    path = where.rpartition(": ")[0]
    raise DataError(
        f"{path}: {key}= must name one of its controls, was {wanted}",
        candidates=[*near(wanted, there), *(name for name in there if name != wanted)],
        mend=f"{key}={there[0]}",
    )


def _answers(record: Record, take: str) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """What was said of a task.

    Yields:
        An annotation or prediction, and its results.

    Raises:
        DataError: it is not formed as Label Studio does.
    """
    held = record.content.get(take)
    if held is None and take == "annotations":
        held = record.content.get("completions")  # as it was called before version 1.0
    answers = held if isinstance(held, list) else [] if held is None else [None]
    for number, answer in enumerate(answers, start=1):
        result = answer.get("result") if isinstance(answer, dict) else None
        if not isinstance(result, list) or not all(isinstance(item, dict) for item in result):
            raise DataError(
                f"{record.where}: {take} must be a list of objects with a list `result` each, "
                f"number {number} is none"
            )
        yield answer, result


def _task(
    record: Record, columns: Columns, take: str, named: _Controls, skipped: Counter[str]
) -> Task:
    data = record.content.get("data")
    if not isinstance(data, dict):
        raise DataError(f"{record.where} must have an object `data`, as Label Studio's tasks do")
    text = data.get(columns.text)
    if not isinstance(text, str):
        raise DataError(
            f"{record.where}: data must have a text {columns.text!r}; it has {', '.join(data)}",
            candidates=near(columns.text, map(str, data)),
            mend="text=NAME",
        )
    found = []
    for answer, result in _answers(record, take):
        if answer.get("was_cancelled"):
            skipped["skipped by the annotator"] += 1
        else:
            found.append(_annotation(answer, result, text, record.where, named, skipped))
    others = {name: value for name, value in data.items() if name != columns.text}
    key = record.content.get("id")
    return Task(text, others, tuple(found), None if key is None else str(key), record.where)


def _annotation(
    answer: dict[str, Any],
    result: list[dict[str, Any]],
    text: str,
    where: str,
    named: _Controls,
    skipped: Counter[str],
) -> Annotation:
    classes: dict[str, None] = {}
    parts = []
    for item in result:
        kind, control = item.get("type"), item.get("from_name")
        if kind == _CHOICES and str(control) == named.choices and not _of_part(kind, item):
            classes.update(dict.fromkeys(_names(item, _CHOICES, where)))
        elif kind == _LABELS and str(control) == named.labels:
            parts.append(item)
        else:
            skipped[f"{kind} {control}" if control else str(kind)] += 1
    return Annotation(_who(answer), tuple(classes), spans_of(parts, text, where))


def spans_of(parts: Sequence[dict[str, Any]], text: str, where: str) -> tuple[Span, ...]:
    """Read spans as Label Studio writes them, with their text beside them.

    Args:
        parts: each with a `value`, or being one.
        text: the text that they lie in.
        where: for messages.

    Raises:
        DataError: one is no span of plain text.
    """
    values = [part.get("value", part) for part in parts]
    for value in values:
        offsets = [
            value.get(name) if isinstance(value, dict) else None for name in ("start", "end")
        ]
        if not all(type(offset) is int for offset in offsets):
            raise DataError(
                f"{where}: a span must have a start and an end in whole numbers, was {offsets}",
                mend="use the tag Text in Label Studio, not HyperText",
            )
    marks = [Marked(v["start"], v["end"], _told(v.get("text"))) for v in values]
    places = in_characters(marks, text, where)
    labelled = [
        (start, end, name)
        for value, (start, end) in zip(values, places, strict=True)
        for name in _names({"value": value}, _LABELS, where)
    ]
    return spans_within(labelled, text, where)


def _told(text: object) -> str | None:
    return text if isinstance(text, str) else None


def _names(item: dict[str, Any], kind: str, where: str) -> list[str]:
    value = item.get("value")
    names = value.get(kind, []) if isinstance(value, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise DataError(f"{where}: `{kind}` must be a list of names, was {names!r}")
    return names


def _of_part(kind: str, item: dict[str, Any]) -> bool:
    value = item.get("value")
    return kind == _CHOICES and isinstance(value, dict) and "start" in value


def _who(answer: dict[str, Any]) -> str | None:
    return person(answer.get("completed_by", answer.get("model_version")))


def person(named: object) -> str | None:
    """Name who labelled: by e-mail or user name where Label Studio gives them, else by number.

    Args:
        named: as a file has it.
    """
    if isinstance(named, dict):
        named = named.get("email") or named.get("username") or named.get("id")
    return None if named is None or isinstance(named, list | dict) else str(named)

"""Writes tasks that Label Studio imports, and the labelling interface that fits them."""

from collections.abc import Sequence
from typing import Any, Literal
from xml.sax.saxutils import quoteattr

from xinzhi.data.labelling.annotations import Columns, Task

_TEXT = "text"  # the name of the tag that shows the text
_CHOICES, _LABELS = "choices", "labels"


def write(
    tasks: Sequence[Task], columns: Columns, *, place: Literal["annotations", "predictions"]
) -> list[dict[str, Any]]:
    """Write tasks to import.

    Args:
        tasks: with the labels that they have.
        columns: what text and controls are called.
        place: whether labels go along as done or as proposed.
    """
    return [_written(number, task, columns, place) for number, task in enumerate(tasks, start=1)]


def _written(number: int, task: Task, columns: Columns, place: str) -> dict[str, Any]:
    answers = []
    for annotation in task.annotations:
        result: list[dict[str, Any]] = []
        if annotation.labels:
            value: dict[str, Any] = {_CHOICES: list(annotation.labels)}
            result.append(_result(f"{number}-0", columns.label, _CHOICES, value))
        for index, (start, end, label) in enumerate(annotation.spans, start=1):
            value = {"start": start, "end": end, "text": task.text[start:end], _LABELS: [label]}
            result.append(_result(f"{number}-{index}", columns.spans, _LABELS, value))
        answers.append({"result": result})
    data = {**task.others, columns.text: task.text}
    return {"data": data, place: answers} if answers else {"data": data}


def _result(name: str, control: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "from_name": control, "to_name": _TEXT, "type": kind, "value": value}


def interface(tasks: Sequence[Task], columns: Columns, *, several: bool) -> str:
    """Write the labelling interface that asks for what the tasks hold.

    Args:
        tasks: with labels, whose names become the choices.
        columns: what text and controls are called.
        several: whether a text may have several classes.
    """
    said = [annotation for task in tasks for annotation in task.annotations]
    classes = sorted({label for annotation in said for label in annotation.labels})
    types = sorted({span.label for annotation in said for span in annotation.spans})
    choice = "multiple" if several else "single"
    lines = ["<View>"]
    if types:
        lines += _control("Labels", columns.spans, "Label", types)
    lines.append(f"  <Text name={quoteattr(_TEXT)} value={quoteattr('$' + columns.text)}/>")
    if classes:
        lines += _control("Choices", columns.label, "Choice", classes, f' choice="{choice}"')
    return "\n".join([*lines, "</View>"])


def _control(tag: str, name: str, inner: str, values: Sequence[str], more: str = "") -> list[str]:
    inside = [f"    <{inner} value={quoteattr(value)}/>" for value in values]
    opened = f"  <{tag} name={quoteattr(name)} toName={quoteattr(_TEXT)}{more}>"
    return [opened, *inside, f"  </{tag}>"]

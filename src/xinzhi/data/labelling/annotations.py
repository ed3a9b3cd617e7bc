"""What a person said of a text: classes of the whole, spans within it."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from xinzhi.errors import DataError


class Span(NamedTuple):
    """A part of a text and what it is; offsets count Unicode code points, the end excluded."""

    start: int
    end: int
    label: str


class Columns(NamedTuple):
    """What a row's parts are called.

    Attributes:
        text: the column of the text.
        label: the column of the class; in Label Studio, the control that asks for it.
        spans: the column of spans; in Label Studio, the control that asks for them.
        annotator: the column of who labelled; Label Studio and doccano have their own ways.
    """

    text: str = "text"
    label: str = "label"
    spans: str = "spans"
    annotator: str = "annotator"


class Annotation(NamedTuple):
    """What one person said of one text.

    Attributes:
        annotator: who, if that is known.
        labels: classes of the whole text.
        spans: parts of it, sorted.
    """

    annotator: str | None = None
    labels: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()


class Task(NamedTuple):
    """A text that people label.

    Attributes:
        text: the text.
        others: further columns of the row; plain JSON.
        annotations: none if nobody has labelled it.
        key: what an annotation tool calls it, if it does.
        where: file and line or record, for messages.
    """

    text: str
    others: dict[str, Any]
    annotations: tuple[Annotation, ...] = ()
    key: str | None = None
    where: str = ""


def spans_within(found: Iterable[Sequence[object]], text: str, where: str) -> tuple[Span, ...]:
    """Check spans and sort them; one that is there twice is kept once.

    Args:
        found: start, end and label of each.
        text: the text that they lie in.
        where: for messages.

    Raises:
        DataError: one is no span, or does not lie in the text.
    """
    kept = set()
    for span in found:
        start, end, label = span
        if not (type(start) is int and type(end) is int and isinstance(label, str) and label):
            raise DataError(
                f"{where}: a span must have a start and an end in whole numbers and a label, "
                f"was {start!r}, {end!r}, {label!r}"
            )
        if not 0 <= start < end <= len(text):
            raise DataError(
                f"{where}: a span must lie inside the text, between 0 and {len(text)}, and end "
                f"after its start; was {start} to {end} ({label})"
            )
        kept.add(Span(start, end, label))
    return tuple(sorted(kept))


def refuse_overlaps(spans: Sequence[Span], text: str, where: str) -> None:
    """Refuse spans that share a character.

    Args:
        spans: sorted.
        text: the text that they lie in.
        where: for messages.

    Raises:
        DataError: names the first two that do.
    """
    last: Span | None = None
    for span in spans:
        if last is not None and span.start < last.end:
            named = " and ".join(f"{text[s.start : s.end]!r} ({s.label})" for s in (last, span))
            raise DataError(
                f"{where}: spans must not overlap in a doccano project as it comes; {named} do",
                mend="allow overlapping in the project's settings and add  overlapping=true",
            )
        last = span


def writable(value: object, where: str) -> None:
    """Refuse text that no file can hold: half of a character that JSON's escapes can spell.

    Args:
        value: strings, or lists and objects of them.
        where: for messages.

    Raises:
        DataError: there is one.
    """
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"{where}: text must be whole Unicode characters; character {error.start} is one "
                f"half of a pair (\\u{ord(value[error.start]):04x})"
            ) from None
    elif isinstance(value, dict):
        for name, inner in value.items():
            writable(name, where)
            writable(inner, where)
    elif isinstance(value, list | tuple):
        for inner in value:
            writable(inner, where)

r"""Offsets as annotation tools count them: in characters, or in units of UTF-16.

JavaScript counts an emoji as two. doccano corrects that since 2019
(https://github.com/doccano/doccano/pull/108), Label Studio for `Text` since 2022
(https://github.com/HumanSignal/label-studio-frontend/pull/308); files of older versions count in
units of UTF-16. The text that Label Studio keeps beside a span's offsets tells one from the other.
"""

from collections.abc import Sequence
from typing import NamedTuple

from xinzhi.errors import DataError

_LAST_OF_ONE_UNIT = "\uffff"


class Marked(NamedTuple):
    """A span as a tool wrote it.

    Attributes:
        start: in whatever it counts.
        end: in whatever it counts.
        text: what it says stands there, if it says so.
    """

    start: int
    end: int
    text: str | None


def in_characters(marks: Sequence[Marked], text: str, where: str) -> list[tuple[int, int]]:
    """Give the offsets of one person's spans in code points.

    All of them are read alike: in code points if every text beside them fits, else in UTF-16.

    Args:
        marks: of one text by one person.
        text: the text that they lie in.
        where: for messages.

    Raises:
        DataError: a text beside the offsets is neither.
    """
    plain = [(mark.start, mark.end) for mark in marks]
    strange = _first_strange(marks, plain, text)
    if strange is None:
        return plain
    if max(text, default="") > _LAST_OF_ONE_UNIT:
        place = {unit: index for index, unit in enumerate(_units(text))}
        converted = [(place.get(start, -1), place.get(end, -1)) for start, end in plain]
        if _first_strange(marks, converted, text) is None:
            return converted
    if strange.text is None:
        return plain  # beyond the end, which whoever checks spans says better
    raise DataError(
        f"{where}: the text of a span must be what stands at its offsets; {strange.start} to "
        f"{strange.end} is {text[max(strange.start, 0) : max(strange.end, 0)][:60]!r}, the span "
        f"says {(strange.text or '')[:60]!r}",
        mend="if the text was edited after it was labelled, label it anew",
    )


def _first_strange(
    marks: Sequence[Marked], places: Sequence[tuple[int, int]], text: str
) -> Marked | None:
    for mark, (start, end) in zip(marks, places, strict=True):
        told = text[start:end] if mark.text is None else mark.text
        if start < 0 or not 0 <= end <= len(text) or not _alike(text[start:end], told):
            return mark
    return None


def _units(text: str) -> list[int]:
    """Where each character begins, counted in units of UTF-16, and where the last one ends.

    >>> _units("a😀b")
    [0, 1, 3, 4]
    """
    at, found = 0, [0]
    for character in text:
        at += 1 + (character > _LAST_OF_ONE_UNIT)
        found.append(at)
    return found


def _alike(text: str, told: str) -> bool:
    r"""Whether two texts are the same but for white space.

    Label Studio shortens it and writes a line break as backslash and n
    (https://github.com/HumanSignal/label-studio/issues/3078).

    >>> _alike("Berlin,  Germany", "Berlin, Germany"), _alike("a\nb", "a\\nb"), _alike("a", "b")
    (True, True, False)
    """
    return text == told or _bare(text) == _bare(told)


def _bare(text: str) -> str:
    return "".join(text.replace("\\n", " ").split())

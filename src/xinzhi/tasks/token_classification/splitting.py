"""Texts to tokens that know where they stand."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_CHARACTER = re.compile(r"\S")
_WORD = re.compile(
    r"""https?://\S+            # an address
    |\d+(?:[.,:/-]\d+)*%?       # a number, a date, a time
    |[@\#]?\w+(?:[-_&]\w+)*     # a word, also with hyphens, or a name after @ or #
    |['’]\w+                    # 's
    |[^\w\s]                    # any other sign on its own
    """,
    re.VERBOSE,
)


class Tokens(NamedTuple):
    """Tokens of a text, with the characters that they stand at: starts to ends − 1."""

    tokens: list[str]
    starts: list[int]
    ends: list[int]


def split(text: str, *, by_character: bool) -> Tokens:
    """Parts a text into characters, or into words and signs.

    >>> split("It's 3.5 m.", by_character=False).tokens
    ['It', "'s", '3.5', 'm', '.']
    >>> split("新 华社", by_character=True)
    Tokens(tokens=['新', '华', '社'], starts=[0, 2, 3], ends=[1, 3, 4])
    """
    found = list((_CHARACTER if by_character else _WORD).finditer(text))
    return Tokens(
        [one.group() for one in found], [one.start() for one in found], [one.end() for one in found]
    )


def numbered(tokens: Sequence[object]) -> Tokens:
    """Takes tokens as they come; where they stand is counted in tokens."""
    count = len(tokens)
    return Tokens(list(map(str, tokens)), list(range(count)), list(range(1, count + 1)))

"""Entities in rows of tags, and how many of them are found, by the rules of CoNLL's conlleval.

Tjong Kim Sang & Buchholz 2000: an entity counts as found if type, first and last token are right.
Shapes: N tokens of all sentences in a row; sentence i has tokens offsets[i] to offsets[i + 1] − 1.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from xinzhi.errors import DataError
from xinzhi.metrics.classification import ClassRow
from xinzhi.metrics.tag_report import Scores, averages, score_rows

Ints = np.ndarray[Any, np.dtype[Any]]

OUT, BEGIN, INSIDE, END, SINGLE = range(5)
# BMES and BILOU call the same places by other letters
_PREFIXES = {"B": BEGIN, "I": INSIDE, "M": INSIDE, "E": END, "L": END, "S": SINGLE, "U": SINGLE}


class Spans(NamedTuple):
    """Entities: tokens starts to ends − 1, and the number of the type; shape (entities,) each."""

    starts: Ints
    ends: Ints
    types: Ints


class EntityScores(NamedTuple):
    """How well entities are found.

    Attributes:
        rows: of each type.
        averages: `micro`, `macro` and `weighted` over types.
    """

    rows: list[ClassRow]
    averages: dict[str, Scores]


def parsed(tag: str) -> tuple[int, str]:
    """Gives the place in its entity and the type that a tag tells.

    >>> parsed("B-PER") == (BEGIN, "PER"), parsed("O") == (OUT, "")
    (True, True)

    Raises:
        DataError: the tag is neither O nor a letter of BIO, BMES or BILOU with a type.
    """
    if tag == "O":
        return OUT, ""
    letter, dash, kind = tag.partition("-")
    if not dash:
        letter, dash, kind = tag.partition("_")
    if letter not in _PREFIXES or not kind:
        msg = f"a tag must be O, or B or I, a dash and a type, such as B-PER; there is {tag!r}"
        raise DataError(msg, mend="write each entity's first token as B-TYPE, the others as I-TYPE")
    return _PREFIXES[letter], kind


def spans(prefixes: Ints, types: Ints, offsets: Ints) -> Spans:
    """Finds entities as conlleval does: an I after another type, or after no entity, begins one.

    Args:
        prefixes: OUT, BEGIN, INSIDE, END or SINGLE, shape (N,).
        types: number of the type, shape (N,); not read where the prefix is OUT.
        offsets: where sentences begin and the last one ends, shape (sentences + 1,).
    """
    size = len(prefixes)
    if not size:
        empty = np.zeros(0, np.int64)
        return Spans(empty, empty, empty)
    parted = np.ones(size + 1, bool)  # between each token and the one before: another entity
    parted[1:-1] = (
        np.isin(prefixes[1:], (OUT, BEGIN, SINGLE))
        | np.isin(prefixes[:-1], (OUT, END, SINGLE))
        | (types[1:] != types[:-1])
    )
    parted[offsets] = True
    entity = prefixes != OUT
    starts = np.flatnonzero(entity & parted[:-1])
    return Spans(starts, np.flatnonzero(entity & parted[1:]) + 1, types[starts].astype(np.int64))


def bio_numbers(found: Spans, size: int) -> Ints:
    """Gives the BIO tags of entities: 0 for O, 1 + 2k for B and 2 + 2k for I of type k, (N,)."""
    numbers = np.zeros(size, np.int64)
    lengths = found.ends - found.starts
    inner = np.repeat(found.starts, lengths) + _counted(lengths)
    numbers[inner] = np.repeat(2 + 2 * found.types, lengths)
    numbers[found.starts] -= 1
    return numbers


def bio_spans(numbers: Ints, offsets: Ints) -> Spans:
    """Finds entities in tags that are numbered as `bio_numbers` does."""
    prefixes = np.where(numbers == 0, OUT, np.where(numbers % 2 == 1, BEGIN, INSIDE))
    return spans(prefixes, (numbers - 1) // 2, offsets)


def bio_names(types: Sequence[str]) -> tuple[str, ...]:
    """Gives the tags' names in the order of their numbers.

    >>> bio_names(["LOC"])
    ('O', 'B-LOC', 'I-LOC')
    """
    return ("O", *(f"{letter}-{kind}" for kind in types for letter in "BI"))


def found_of(gold: Spans, predicted: Spans) -> Ints:
    """Says of each gold entity whether just it was answered, shape (gold entities,), bool."""
    size = int(max(gold.ends.max(initial=0), predicted.ends.max(initial=0))) + 1
    ends = np.full(size, -1)
    types = np.full(size, -1)
    ends[predicted.starts], types[predicted.starts] = predicted.ends, predicted.types
    return np.asarray((ends[gold.starts] == gold.ends) & (types[gold.starts] == gold.types))


def entity_scores(gold: Spans, predicted: Spans, types: Sequence[str]) -> EntityScores:
    """Scores entities by type, and over all of them.

    Args:
        gold: the entities there are.
        predicted: the answered ones.
        types: K names.
    """
    size = len(types)
    right = np.bincount(gold.types[found_of(gold, predicted)], minlength=size)
    answered = np.bincount(predicted.types, minlength=size)
    support = np.bincount(gold.types, minlength=size)
    return EntityScores(
        score_rows(types, right, answered, support), averages(right, answered, support)
    )


def _counted(lengths: Ints) -> Ints:
    """Gives 0, 1, … of each length, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) - np.repeat(ends - lengths, lengths))

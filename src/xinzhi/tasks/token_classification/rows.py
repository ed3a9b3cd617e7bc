"""Tokens and tags of a split as arrays."""

from collections import Counter
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xinzhi.metrics.spans import Ints, Spans, parsed, spans

_SINGLE_CHARACTERS = 0.9  # from this share on, a token is a character


class Rows(NamedTuple):
    """A split as arrays.

    Attributes:
        tokens: of all sentences in a row.
        offsets: where sentences begin and the last one ends, shape (sentences + 1,).
        spans: the entities; types are numbers of `kinds`.
        kinds: names of the types, those of training first.
    """

    tokens: pa.Array
    offsets: Ints
    spans: Spans
    kinds: tuple[str, ...]

    def unseen(self, known: int) -> Counter[str]:
        """Counts the entities of types beyond the first `known`, which training never saw."""
        return Counter(self.kinds[kind] for kind in self.spans.types if kind >= known)


def is_by_character(tokens: pa.Array) -> bool:
    """Says whether tokens are characters, as Chinese is mostly annotated, and not words."""
    lengths = pc.utf8_length(tokens).to_numpy(zero_copy_only=False)
    return bool(np.mean(lengths <= 1) >= _SINGLE_CHARACTERS)


def read_rows(table: pa.Table, known: tuple[str, ...]) -> Rows:
    """Reads a split's tokens, and its tags as entities.

    Args:
        table: columns `tokens` and `tags`, a list of strings each.
        known: types that have a number already; further ones follow them, sorted.

    Raises:
        DataError: a tag is of no scheme that can be read.
    """
    columns = [table[name].combine_chunks() for name in ("tokens", "tags")]
    tokens, tags = (pc.list_flatten(column) for column in columns)
    counts = pc.list_value_length(columns[0]).fill_null(0).to_numpy()
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    coded = tags.fill_null("O").dictionary_encode()
    parts = [parsed(tag) for tag in coded.dictionary.to_pylist()]
    kinds = (*known, *sorted({kind for _, kind in parts if kind} - {*known}))
    number = {kind: at for at, kind in enumerate(kinds)} | {"": -1}
    letters = np.array([letter for letter, _ in parts], np.int64)
    types = np.array([number[kind] for _, kind in parts], np.int64)
    places = coded.indices.to_numpy()
    return Rows(tokens, offsets, spans(letters[places], types[places], offsets), kinds)

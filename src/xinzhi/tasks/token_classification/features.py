"""Hashed features of tokens and their neighbours, as taggers before neural ones had them."""

import unicodedata
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xinzhi.tasks.token_classification.tokens import Ints

_MIX = np.uint64(0x9E3779B97F4A7C15)
_WINDOW = 2  # tokens on each side
_AFFIX = 4  # letters of a prefix or suffix, at most
_ABSENT = np.uint64(1)


def hashed_features(tokens: pa.Array, offsets: Ints, *, buckets: int, words: bool) -> Ints:
    """Gives the features of each token as numbers below `buckets`, shape (tokens, features).

    They are the tokens at −2 … 2, all pairs of neighbours there and the two around the token; for
    words also the shape of each and the affixes of the one in the middle.

    Args:
        tokens: of all sentences in a row.
        offsets: where sentences begin, shape (sentences + 1,).
        buckets: how many numbers there are.
        words: whether tokens are words.
    """
    coded = pc.utf8_normalize(tokens.fill_null(""), form="NFKC").dictionary_encode()
    names, places = coded.dictionary.to_pylist(), coded.indices.to_numpy()
    lowered = _hashes(name.lower() for name in names)[places]
    sentence = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    near = {at: _shifted(lowered, sentence, at) for at in range(-_WINDOW, _WINDOW + 1)}
    found = [*near.values()]
    found += [_joined(near[at], near[at + 1]) for at in range(-_WINDOW, _WINDOW)]
    found.append(_joined(near[-1], near[1]))
    if words:
        shapes = _hashes(map(_shape, names))[places]
        around = [_shifted(shapes, sentence, at) for at in (-1, 0, 1)]
        found += [*around, _joined(around[0], around[1]), _joined(around[1], around[2])]
        found += [_hashes(affix)[places] for affix in _affixes(names)]
    numbered = [_joined(column, np.uint64(kind + 2)) for kind, column in enumerate(found)]
    return (np.stack(numbered, 1) % np.uint64(buckets)).astype(np.int64)


def _hashes(names: Iterator[str]) -> Ints:
    import zlib

    return np.array([zlib.crc32(name.encode()) for name in names], np.uint64)


def _joined(one: Ints, other: Ints | np.uint64) -> Ints:
    """Gives a number of a pair; the order matters."""
    with np.errstate(over="ignore"):
        mixed = (one * _MIX) ^ (other + np.uint64(0x7F4A7C15))
        mixed = (mixed ^ (mixed >> np.uint64(31))) * _MIX
    return np.asarray(mixed ^ (mixed >> np.uint64(29)))


def _shifted(values: Ints, sentence: Ints, at: int) -> Ints:
    """Gives what stands `at` places further in the same sentence."""
    there = np.arange(len(values)) + at
    inside = (there >= 0) & (there < len(values))
    there = there.clip(0, max(len(values) - 1, 0))
    inside &= sentence[there] == sentence
    return np.where(inside, values[there], _ABSENT)


def _shape(token: str) -> str:
    """Gives the kinds of a word's letters, repetitions left out.

    >>> _shape("McDonald's"), _shape("B-52")
    ('XxXx.x', 'X.0')
    """
    letters = [
        "0" if one.isdecimal() else {"Lu": "X", "Ll": "x"}.get(unicodedata.category(one), ".")
        for one in token
    ]
    return "".join(a for a, b in zip(letters, ["", *letters], strict=False) if a != b)


def _affixes(names: list[str]) -> Iterator[Iterator[str]]:
    for size in range(1, _AFFIX + 1):
        yield (name[:size].lower() for name in names)
        yield (name[-size:].lower() for name in names)
    yield (name for name in names)  # as it is written, capitals included

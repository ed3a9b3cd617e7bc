"""Texts that say nearly the same, found by MinHash and judged by their shingles.

Candidates come from locality-sensitive hashing: the permutations are datasketch's, applied to all
texts of a block at once. Each candidate pair is then compared exactly, so what is called a near
duplicate is one; what is missed is a matter of chance, one pair in a hundred at the threshold
itself and none in practice above it.
"""

from typing import TYPE_CHECKING

from xinzhi.data import minhash
from xinzhi.data.corpus import Corpus
from xinzhi.data.progress import after_a_while

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Indices = NDArray[np.int64]
    Pairs = tuple[Indices, Indices]

_WINDOW = 32  # neighbours that a text is compared with among those of one hash
_DISTANCES = range(1, 5), range(5, _WINDOW + 1)


def representatives(
    texts: "Iterable[pa.Array | pa.ChunkedArray]", threshold: float
) -> "NDArray[np.int64]":
    """Give each text the earliest one of its cluster; itself where nothing is like it.

    Two texts are in one cluster if a chain of pairs at or above the threshold joins them. The
    clusters do not depend on the order of the texts. Missing and empty texts stay alone.

    Args:
        texts: strings, in their order.
        threshold: the Jaccard similarity of shingle sets from which texts are near duplicates.

    Raises:
        DataError: the threshold is not between 0.5 and 1.
    """
    import numpy as np

    corpus = Corpus(texts)
    parents = np.arange(len(corpus), dtype=np.int64)

    def open_pairs(left: "Indices", right: "Indices") -> "NDArray[np.bool_]":
        return np.not_equal(_roots(parents, left), _roots(parents, right))

    for left, right in search(corpus, threshold, open_pairs):
        _join(parents, left, right)
    return _roots(parents, np.arange(len(parents), dtype=np.int64))


def partners(
    corpus: Corpus,
    sides: "Indices",
    prints: "NDArray[np.uint64]",
    threshold: float,
    *,
    count: int,
) -> "Indices":
    """Give each text one of each earlier side that is like it without being equal.

    Args:
        corpus: the texts.
        sides: on which side each is, from 0.
        prints: what equal texts have in common.
        threshold: the Jaccard similarity of shingle sets from which texts are alike.
        count: how many sides there are.

    Returns:
        shape: (sides, texts): which text is the partner; negative where there is none.

    Raises:
        DataError: the threshold is not between 0.5 and 1.
    """
    import numpy as np

    found = np.full((count, len(corpus)), -1)
    for side, row in enumerate(found):
        row[np.isin(prints, prints[sides == side])] = -2  # equal, or of that side itself

    def in_order(left: "Indices", right: "Indices") -> "Pairs":
        swapped = sides[left] > sides[right]
        return np.where(swapped, right, left), np.where(swapped, left, right)

    def open_pairs(left: "Indices", right: "Indices") -> "NDArray[np.bool_]":
        early, late = in_order(left, right)
        is_open: NDArray[np.bool_] = found[sides[early], late] == -1
        return is_open & (sides[early] < sides[late])

    for left, right in search(corpus, threshold, open_pairs):
        early, late = in_order(left, right)
        found[sides[early], late] = early
    return found


def search(
    corpus: Corpus, threshold: float, wanted: "Callable[..., NDArray[np.bool_]]"
) -> "Iterator[Pairs]":
    """Find pairs of texts at or above a threshold, some at a time.

    Args:
        corpus: the texts.
        threshold: Jaccard similarity of shingle sets.
        wanted: tells which of many pairs (left, right) are worth comparing still.

    Yields:
        Pairs that are alike; one may come again.

    Raises:
        DataError: the threshold is not between 0.5 and 1.
    """
    cut = minhash.bands(threshold)
    signed = corpus.signed(cut)
    differing = minhash.tolerated(threshold, cut.bands * cut.rows)
    parts = cut.bands * len(_DISTANCES)
    with after_a_while("comparing texts") as advance:
        for done, (left, right) in enumerate(_candidates(signed.keys), start=1):
            keep = wanted(left, right)
            keep[keep] = minhash.promising(signed.sketches, left[keep], right[keep], differing)
            alike = corpus.alike(left[keep], right[keep], threshold)
            yield left[keep][alike], right[keep][alike]
            advance(done / parts)


def _candidates(keys: "NDArray[np.uint64]") -> "Iterator[Pairs]":
    """Pair texts that agree in a band.

    Where more than a window's worth agree, as with texts made from one form, they are ordered by
    further bands, and each is compared with its neighbours only: linear work instead of quadratic.

    Yields:
        Pairs (left, right).
    """
    import numpy as np

    for band in range(len(keys)):
        order = np.argsort(keys[band])
        key = keys[band][order]
        same = key[1:] == key[:-1]
        lone = ~(np.append(same, False) | np.append(False, same)) | (key == 0)
        order, key = order[~lone], key[~lone]
        if len(key) > _WINDOW and (key[_WINDOW:] == key[:-_WINDOW]).any():
            further = [keys[(band + step) % len(keys)][order] for step in (3, 2, 1)]
            again = np.lexsort((order, *further, key))
            order, key = order[again], key[again]
        for distances in _DISTANCES:  # the nearest first: they settle most of the others
            pairs = [_apart(key, distance) for distance in distances]
            left, right = np.concatenate(pairs, axis=1)
            near = np.argsort(left, kind="stable")  # so that each text is read once or twice
            yield order[left[near]], order[right[near]]


def _apart(key: "NDArray[np.uint64]", distance: int) -> "Indices":
    """Find the places that agree with the one so far on; shape: (2, pairs)."""
    import numpy as np

    left = np.flatnonzero(key[distance:] == key[: max(0, len(key) - distance)])
    return np.stack([left, left + distance])


def _roots(parents: "Indices", nodes: "Indices") -> "Indices":
    found = parents[nodes]
    while True:
        above = parents[found]
        if (above == found).all():
            parents[nodes] = found  # the way is shorter next time
            return found
        found = above


def _join(parents: "Indices", left: "Indices", right: "Indices") -> None:
    """Unite clusters; the root of one is its earliest text."""
    import numpy as np

    while len(left):
        left, right = _roots(parents, left), _roots(parents, right)
        apart = left != right
        left, right = left[apart], right[apart]
        np.minimum.at(parents, np.maximum(left, right), np.minimum(left, right))

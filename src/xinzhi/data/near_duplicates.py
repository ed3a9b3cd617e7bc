"""Texts that say nearly the same, found by MinHash and judged by their shingles.

Candidates come from locality-sensitive hashing: the permutations are datasketch's, applied to all
texts of a block at once. Each candidate pair is then compared exactly, so what is called a near
duplicate is one; what is missed is a matter of chance, one pair in a hundred at the threshold
itself and none in practice above it.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data.shingles import shingles, tidied
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Indices = NDArray[np.int64]
    Pairs = tuple[Indices, Indices]

_PERMUTATIONS = 128
_SEED = 1
_MISSED = 0.01  # at most this share of the pairs right at the threshold
_BLOCK_BYTES = 1 << 16  # of text: what is hashed at once stays in the processor's cache
_BATCH_BYTES = 1 << 22  # of text: what is compared at once
_WINDOW = 64  # neighbours that a text is compared with among those of one hash


class Bands(NamedTuple):
    """How signatures are cut: texts that agree in all rows of one band are compared.

    Attributes:
        bands: more of them miss less.
        rows: more of them bring fewer unlike texts together.
    """

    bands: int
    rows: int


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


def search(
    corpus: "Corpus", threshold: float, wanted: "Callable[..., NDArray[np.bool_]]"
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
    for left, right in _candidates(corpus.keys(bands(threshold))):
        keep = wanted(left, right)
        left, right = left[keep], right[keep]  # noqa: PLW2901 - the rest is forgotten
        for part in _batches(corpus.sizes[left] + corpus.sizes[right]):
            alike = corpus.similarity(left[part], right[part]) >= threshold
            yield left[part][alike], right[part][alike]


def bands(threshold: float) -> Bands:
    """Choose as many rows per band as the permutations allow without missing more than agreed.

    Args:
        threshold: Jaccard similarity.

    Raises:
        DataError: it is not between 0.5 and 1.
    """
    if not 0.5 <= threshold <= 1:
        raise DataError(
            f"the threshold of near duplicates must be between 0.5 and 1, was {threshold}",
            mend="data.near_duplicates=0.9",
        )
    chosen = Bands(_PERMUTATIONS, 1)
    for rows in range(1, 17):
        met = min(threshold**rows, 1 - 1e-9)
        count = max(2, math.ceil(math.log(_MISSED) / math.log1p(-met)))
        if count * rows <= _PERMUTATIONS:
            chosen = Bands(count, rows)
    return chosen


class Corpus:
    """Texts that can be hashed all and compared in pairs.

    Args:
        texts: strings, in their order.

    Attributes:
        sizes: the bytes of each text.
    """

    def __init__(self, texts: "Iterable[pa.Array | pa.ChunkedArray]") -> None:
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        self._chunks: list[Any] = []
        for array in texts:
            chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
            self._chunks += [c.cast(pa.large_string()) for c in chunks if len(c)]
        counts = [len(chunk) for chunk in self._chunks]
        self._offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)
        lengths = [pc.fill_null(pc.binary_length(c), 0).to_numpy() for c in self._chunks]
        self.sizes = np.concatenate([np.empty(0, np.int64), *lengths])

    def __len__(self) -> int:
        return int(self._offsets[-1])

    def take(self, indices: "Indices") -> list[str]:
        """Give texts, tidied.

        Args:
            indices: in ascending order.
        """
        import numpy as np

        found: list[str] = []
        cuts = np.searchsorted(indices, self._offsets)
        for chunk, offset, low, high in zip(
            self._chunks, self._offsets, cuts[:-1], cuts[1:], strict=False
        ):
            if low < high:
                found += map(tidied, chunk.take(indices[low:high] - offset).to_pylist())
        return found

    def text(self, index: int) -> str:
        """Give one text as it was.

        Args:
            index: of the text.
        """
        import numpy as np

        chunk = int(np.searchsorted(self._offsets, index, "right")) - 1
        return str(self._chunks[chunk][index - self._offsets[chunk]])

    def keys(self, bands: Bands) -> "NDArray[np.uint64]":
        """Hash every text once per band; those that agree in one are candidates.

        Args:
            bands: how signatures are cut.

        Returns:
            shape: (bands, texts); 0 throughout for a text that is missing or empty.
        """
        import numpy as np

        multipliers, summands = permutations(bands.bands * bands.rows)
        keys = np.zeros((bands.bands, len(self)), np.uint64)
        for start, texts in self._blocks():
            there = [i for i, text in enumerate(texts) if text]
            if not there:
                continue
            codes, starts = shingles([texts[i] for i in there])
            least = signatures(mixed(codes), starts, multipliers, summands)
            keys[:, start + np.array(there)] = _folded(least, bands)
        return keys

    def _blocks(self) -> Iterator[tuple[int, list[str]]]:
        for chunk, offset in zip(self._chunks, self._offsets, strict=False):
            sizes = self.sizes[offset : offset + len(chunk)]
            for part in _batches(sizes, _BLOCK_BYTES):
                texts = chunk[part].to_pylist()
                yield int(offset) + part.start, [tidied(text or "") for text in texts]

    def similarity(self, left: "Indices", right: "Indices") -> "NDArray[np.float64]":
        """Compare pairs of texts that are not empty by the Jaccard similarity of their shingles.

        Args:
            left: one text of each pair.
            right: the other.
        """
        import numpy as np

        if not len(left):
            return np.empty(0)
        among, places = np.unique(np.concatenate([left, right]), return_inverse=True)
        codes, starts = shingles(self.take(among))
        owners = np.repeat(np.arange(len(among)), np.diff(np.append(starts, len(codes))))
        small = np.unique(codes, return_inverse=True)[1]
        members = np.unique((owners << 32) | small)  # each text's set, in order
        counts = np.bincount(members >> 32, minlength=len(among))
        ends = np.cumsum(counts)
        both = np.tile(np.arange(len(left)), 2)
        sizes = counts[places]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        picked = members[np.repeat(ends[places] - sizes, sizes) + within] & 0xFFFFFFFF
        picked |= np.repeat(both, sizes) << 32
        picked.sort()
        shared = np.bincount(picked[1:][picked[1:] == picked[:-1]] >> 32, minlength=len(left))
        union = sizes[: len(left)] + sizes[len(left) :] - shared
        return np.asarray(shared / union)


def permutations(count: int) -> "tuple[NDArray[np.uint32], NDArray[np.uint32]]":
    """Give datasketch's permutations: h → a·h + b modulo 2³².

    Args:
        count: how many.
    """
    from datasketch import MinHash

    multipliers, summands = MinHash(num_perm=count, seed=_SEED, scheme="affine32").permutations
    return multipliers, summands


def mixed(codes: "NDArray[np.uint64]") -> "NDArray[np.uint32]":
    """Hash shingles to 32 bits; the last step is datasketch's (MurmurHash3's finalizer).

    Args:
        codes: three characters each.
    """
    import numpy as np

    hashed = hashed32(codes)
    hashed ^= hashed >> np.uint32(16)
    hashed *= np.uint32(0x85EBCA6B)
    hashed ^= hashed >> np.uint32(13)
    hashed *= np.uint32(0xC2B2AE35)
    hashed ^= hashed >> np.uint32(16)
    return hashed


def hashed32(codes: "NDArray[np.uint64]") -> "NDArray[np.uint32]":
    """Hash shingles by multiplication (Knuth, The Art of Computer Programming 3, 6.4).

    Args:
        codes: three characters each.
    """
    import numpy as np

    return ((codes * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)).astype(np.uint32)


def signatures(
    hashes: "NDArray[np.uint32]",
    starts: "NDArray[np.int64]",
    multipliers: "NDArray[np.uint32]",
    summands: "NDArray[np.uint32]",
) -> "NDArray[np.uint32]":
    """Give the least permuted hash of each text under each permutation: its MinHash.

    Args:
        hashes: of the texts' shingles, one text after the other.
        starts: where each text begins.
        multipliers: one per permutation.
        summands: one per permutation.

    Returns:
        shape: (permutations, texts).
    """
    import numpy as np

    least = np.empty((len(multipliers), len(starts)), np.uint32)
    permuted = np.empty_like(hashes)
    for row, multiplier, summand in zip(least, multipliers, summands, strict=True):
        np.multiply(hashes, multiplier, out=permuted)
        np.add(permuted, summand, out=permuted)
        np.minimum.reduceat(permuted, starts, out=row)
    return least


def _folded(least: "NDArray[np.uint32]", bands: Bands) -> "NDArray[np.uint64]":
    """Fold the rows of each band into one number that is not 0."""
    import numpy as np

    cut = least.reshape(bands.bands, bands.rows, -1)
    keys = np.zeros((bands.bands, cut.shape[2]), np.uint64)
    for row in range(bands.rows):
        keys ^= cut[:, row]
        keys *= np.uint64(0x9E3779B97F4A7C15)
    return keys | np.uint64(1)


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
        for distance in range(1, min(_WINDOW + 1, len(key))):
            hit = key[distance:] == key[:-distance]
            if not hit.any():
                break
            yield order[:-distance][hit], order[distance:][hit]


def _batches(sizes: "Indices", limit: int = _BATCH_BYTES) -> Iterator[slice]:
    """Cut a sequence where the sizes add up to a limit.

    Yields:
        The parts in their order.
    """
    import numpy as np

    reached = np.cumsum(sizes)
    start, before = 0, 0
    while start < len(reached):
        end = max(start + 1, int(np.searchsorted(reached, before + limit, "right")))
        yield slice(start, end)
        start, before = end, int(reached[end - 1])


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

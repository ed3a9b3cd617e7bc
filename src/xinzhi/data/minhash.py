"""MinHash signatures of many texts at once, with the permutations of datasketch."""

import math
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from xinzhi.data.shingles import shingles
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_PERMUTATIONS = 128
_SEED = 1
_MISSED = 0.01  # at most this share of the pairs right at the threshold


class Bands(NamedTuple):
    """How signatures are cut: texts that agree in all rows of one band are compared.

    Attributes:
        bands: more of them miss less.
        rows: more of them bring fewer unlike texts together.
    """

    bands: int
    rows: int


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


class Signed(NamedTuple):
    """What is kept of the signatures of texts.

    Attributes:
        keys: shape: (bands, texts), a hash per band; texts that agree in one are candidates. 0 is
            that of a text that is missing or empty.
        sketches: shape: (4, texts), the two low bits of each permutation (b-bit minwise hashing,
            Li and König 2010), by which most candidates that are not alike are told cheaply.
    """

    keys: "NDArray[np.uint64]"
    sketches: "NDArray[np.uint64]"


def empty(texts: int, bands: Bands) -> Signed:
    """Give room for the signatures of texts.

    Args:
        texts: how many.
        bands: how signatures are cut.
    """
    import numpy as np

    return Signed(np.zeros((bands.bands, texts), np.uint64), np.zeros((4, texts), np.uint64))


def signed(texts: "Sequence[str]", bands: Bands) -> Signed:
    """Hash texts.

    Args:
        texts: tidied, none empty.
        bands: how signatures are cut.
    """
    import numpy as np

    codes, starts = shingles(texts)
    least = signatures(mixed(codes), starts, *permutations(bands.bands * bands.rows))
    found = empty(len(texts), bands)
    cut = least.reshape(bands.bands, bands.rows, -1)
    for row in range(bands.rows):
        np.bitwise_xor(found.keys, cut[:, row], out=found.keys)
        np.multiply(found.keys, np.uint64(0x9E3779B97F4A7C15), out=found.keys)
    np.bitwise_or(found.keys, np.uint64(1), out=found.keys)
    for bit in (0, 1):
        plane = np.zeros((len(texts), 16), np.uint8)
        packed = np.packbits((least >> np.uint32(bit)).astype(np.uint8) & 1, axis=0)
        plane[:, : len(packed)] = packed.T
        found.sketches[2 * bit : 2 * bit + 2] = plane.view(np.uint64).T
    return found


def promising(
    sketches: "NDArray[np.uint64]",
    left: "NDArray[np.int64]",
    right: "NDArray[np.int64]",
    differing: int,
) -> "NDArray[np.bool_]":
    """Tell which pairs are worth comparing, by their sketches.

    Args:
        sketches: of all texts.
        left: one text of each pair.
        right: the other.
        differing: in how many permutations they may differ.
    """
    import numpy as np

    counts = np.zeros(len(left), np.int64)
    for word in (0, 1):
        low = sketches[word, left] ^ sketches[word, right]
        high = sketches[word + 2, left] ^ sketches[word + 2, right]
        counts += np.bitwise_count(low | high)
    return counts <= differing


def tolerated(threshold: float, count: int) -> int:
    """Say in how many sketched permutations two texts at the threshold differ at most.

    All but one in a thousand such pairs differ in no more.

    Args:
        threshold: Jaccard similarity.
        count: how many permutations there are.
    """
    chance = 0.75 * (1 - threshold)  # of two bits drawn anew a quarter is equal by luck
    within = 0.0
    for differing in range(count):
        within += (
            math.comb(count, differing) * chance**differing * (1 - chance) ** (count - differing)
        )
        if within >= 0.999:
            return differing
    return count


@cache
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

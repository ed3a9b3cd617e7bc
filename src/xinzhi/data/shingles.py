"""Texts as sets of three neighbouring characters, by which likeness is measured.

Three, because it serves Chinese and English alike: one changed letter leaves a text of sixty
characters at a Jaccard similarity of 0.9, and two unrelated English books of a hundred thousand
characters still stay below 0.7. Three code points also fit into 64 bits as they are, so a shingle
is compared, never its hash, and no collision can make two texts alike.
"""

from typing import TYPE_CHECKING, NamedTuple
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

SIZE = 3
_USUAL = 256  # shingles that are compared as bits
_BITS = 21  # a code point and one, so that 0 means that there is no character


class Shingles(NamedTuple):
    """The shingles of several texts, one text after the other, repeated ones included.

    Attributes:
        codes: shape: (shingles,), three characters each.
        starts: shape: (texts,), where each text's shingles begin in `codes`.
    """

    codes: "NDArray[np.uint64]"
    starts: "NDArray[np.int64]"


def tidied(text: str) -> str:
    r"""The text without what a person would not call a difference: form, case, white space.

    >>> tidied("  Ｄoor\n STRASSE ")
    'door strasse'
    """
    if text.isascii():
        return " ".join(text.lower().split())
    folded = normalize("NFKC", text).casefold()
    again = normalize("NFKC", folded)  # case-folding may give characters that have another form
    if again != folded:
        again = normalize("NFKC", again.casefold())
    return " ".join(again.split())


def shingles(texts: "Sequence[str]") -> Shingles:
    """Cut texts into shingles; one of one or two characters is a shingle by itself.

    Args:
        texts: tidied, none empty.
    """
    import numpy as np

    raw = "".join(texts).encode("utf-32-le", "surrogatepass")
    points = np.zeros(len(raw) // 4 + SIZE - 1, np.uint64)
    points[: len(raw) // 4] = np.frombuffer(raw, "<u4")
    points[: len(raw) // 4] += np.uint64(1)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    ends = np.cumsum(lengths)
    begins = ends - lengths
    high, middle = points[:-2] << np.uint64(2 * _BITS), points[1:-1] << np.uint64(_BITS)
    packed = high | middle | points[2:]
    packed[begins[lengths == 1]] = high[begins[lengths == 1]]
    packed[begins[lengths == 2]] = (high | middle)[begins[lengths == 2]]
    whole = np.ones(len(packed), bool)
    whole[ends[lengths > 1] - 1] = False  # these two would reach into the next text
    whole[ends[lengths > 2] - 2] = False
    sizes = np.maximum(lengths - (SIZE - 1), 1)
    return Shingles(packed[whole], np.cumsum(sizes) - sizes)


def similarities(
    texts: "Sequence[str]", left: "NDArray[np.int64]", right: "NDArray[np.int64]"
) -> "NDArray[np.float64]":
    """Compare pairs of texts by the Jaccard similarity of their sets of shingles.

    Args:
        texts: tidied, none empty.
        left: one text of each pair.
        right: the other.
    """
    import numpy as np

    members, owners = _sets(texts)
    sizes = np.bincount(owners, minlength=len(texts))
    usual, is_usual = _usual(members, owners, len(texts))
    shared = np.bitwise_count(usual[left] & usual[right]).sum(axis=1, dtype=np.int64)
    shared += _merged(members[~is_usual], owners[~is_usual], left, right)
    return np.asarray(shared / (sizes[left] + sizes[right] - shared))


def _usual(
    members: "NDArray[np.int64]", owners: "NDArray[np.int64]", count: int
) -> "tuple[NDArray[np.uint64], NDArray[np.bool_]]":
    """Give each text the most frequent shingles as bits; texts of one form share most of theirs."""
    import numpy as np

    frequency = np.bincount(members)
    bits = np.full(len(frequency), -1)
    often = np.argsort(-frequency, kind="stable")[:_USUAL]
    bits[often] = np.arange(len(often))
    is_usual = bits[members] >= 0
    table = np.zeros((count, _USUAL), bool)
    table[owners[is_usual], bits[members[is_usual]]] = True
    return np.packbits(table, axis=1).view(np.uint64), is_usual


def _merged(
    members: "NDArray[np.int64]",
    owners: "NDArray[np.int64]",
    left: "NDArray[np.int64]",
    right: "NDArray[np.int64]",
) -> "NDArray[np.int64]":
    """Count what the sets of each pair have in common."""
    import numpy as np

    counts = np.bincount(owners, minlength=max(left.max(initial=0), right.max(initial=0)) + 1)
    both = np.concatenate([left, right])
    sizes = counts[both]
    firsts = np.cumsum(counts)[both] - sizes
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    pairs = np.repeat(np.tile(np.arange(len(left)), 2), sizes)
    picked = (pairs << 32) | members[np.repeat(firsts, sizes) + within]
    picked.sort()  # what both texts of a pair have stands there twice
    twice = picked[1:][picked[1:] == picked[:-1]]
    return np.bincount(twice >> 32, minlength=len(left))


def _sets(texts: "Sequence[str]") -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """Give the sets of shingles, numbered from 0, one after the other, and whose they are."""
    import numpy as np

    codes, starts = shingles(texts)
    owners = np.repeat(np.arange(len(texts)), np.diff(np.append(starts, len(codes))))
    members = (owners << 32) | np.unique(codes, return_inverse=True)[1]
    members.sort()
    members = members[np.append([True], members[1:] != members[:-1])]
    return members & 0xFFFFFFFF, members >> 32

"""Ways to part rows into train, val and test, as pure functions.

Each returns one code per row: 0 train, 1 val, 2 test. None looks at the position of a row, so the
same rows in another order are parted alike.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data.hashing import uniform
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.uint8]

NAMES = ("train", "val", "test")


class Shares(NamedTuple):
    """How much of the rows goes where; the rest trains.

    Attributes:
        val: fraction.
        test: fraction.
    """

    val: float
    test: float


def hashed(keys: Sequence[str], shares: Shares, *, seed: int) -> "Codes":
    """Part rows by the hash of a key: adding rows never moves an old one.

    Args:
        keys: one per row; rows with the same key stay together.
        shares: expected fractions.
        seed: another seed parts otherwise.
    """
    import numpy as np

    draw = uniform(keys, seed)
    codes = np.where(draw < shares.test, 2, np.where(draw < shares.test + shares.val, 1, 0))
    return codes.astype(np.uint8)


def stratified(
    texts: Sequence[str], strata: Sequence[str], shares: Shares, *, seed: int
) -> "Codes":
    """Part rows so that every stratum keeps its fractions.

    Of three and more distinct texts in a stratum each part gets at least one. The same text under
    two labels stays in one part.

    Args:
        texts: one per row.
        strata: one per row, usually the label.
        shares: fractions of each stratum.
        seed: another seed parts otherwise.
    """
    import numpy as np

    stratum_of: dict[str, str] = {}
    for text, stratum in zip(texts, strata, strict=True):
        stratum_of[text] = min(stratum, stratum_of.get(text, stratum))
    members = defaultdict(list)
    for draw, text in zip(uniform(stratum_of, seed).tolist(), stratum_of, strict=True):
        members[stratum_of[text]].append((draw, text))
    code_of: dict[str, int] = {}
    for found in members.values():
        n_val, n_test = _quota(len(found), shares)
        for place, (_, text) in enumerate(sorted(found)):
            code_of[text] = 2 if place < n_test else 1 if place < n_test + n_val else 0
    return np.fromiter((code_of[text] for text in texts), np.uint8, len(texts))


def _quota(n: int, shares: Shares) -> tuple[int, int]:
    """Count the rows of val and of test among n.

    >>> _quota(100, Shares(0.1, 0.2)), _quota(5, Shares(0.1, 0.2)), _quota(1, Shares(0.1, 0.2))
    ((10, 20), (1, 1), (0, 0))
    """
    least = 1 if n >= 3 else 0
    n_test = max(int(n * shares.test + 0.5), least) if shares.test else 0
    n_val = max(int(n * shares.val + 0.5), least) if shares.val else 0
    while n_val + n_test >= n and n_val + n_test > 0:
        n_val, n_test = (n_val, n_test - 1) if n_test >= n_val else (n_val - 1, n_test)
    return n_val, n_test


def by_time(times: "Sequence[Any] | NDArray[Any]", shares: Shares) -> "Codes":
    """Part rows so that train comes before val and val before test; equal times stay together.

    Args:
        times: one per row, comparable.
        shares: fractions, met as nearly as equal times allow.

    Raises:
        DataError: there are fewer different times than parts.
    """
    import numpy as np

    moments, place, counts = np.unique(np.asarray(times), return_inverse=True, return_counts=True)
    parts = 1 + (shares.val > 0) + (shares.test > 0)
    if len(moments) < parts:
        raise DataError(
            f"split=time needs at least {parts} different times, the column has {len(moments)}",
            mend="choose another data.time, or data.split=stratified",
        )
    after = np.cumsum(counts[::-1])[::-1] / counts.sum()  # share of rows from each moment on
    cut = np.full(len(moments), 0, np.uint8)
    first_test = len(moments)
    if shares.test:
        low = parts - 1
        first_test = low + int(np.argmin(np.abs(after[low:] - shares.test)))
        cut[first_test:] = 2
    if shares.val:
        open_moments = after[1:first_test] - (after[first_test:].max(initial=0.0))
        cut[1 + int(np.argmin(np.abs(open_moments - shares.val))) : first_test] = 1
    return cut[place]


def by_group(groups: Sequence[Hashable], shares: Shares, *, seed: int) -> "Codes":
    """Part rows so that a group, such as a machine or a customer, is never on two sides.

    Args:
        groups: one per row.
        shares: fractions of rows, met as nearly as whole groups allow.
        seed: another seed parts otherwise.

    Raises:
        DataError: there are fewer groups than parts.
    """
    import numpy as np

    names = [str(group) for group in groups]
    sizes: dict[str, int] = defaultdict(int)
    for name in names:
        sizes[name] += 1
    order = [name for _, name in sorted(zip(uniform(sizes, seed).tolist(), sizes, strict=True))]
    parts = [(code, share) for code, share in ((2, shares.test), (1, shares.val)) if share]
    if len(order) <= len(parts):
        raise DataError(
            f"split=group needs at least {len(parts) + 1} groups, the column has {len(order)}",
            mend="choose another data.group, or data.split=stratified",
        )
    code_of = dict.fromkeys(order, 0)
    place = 0
    for later, (code, share) in zip(range(len(parts))[::-1], parts, strict=True):
        taken, last = 0, len(order) - 1 - later  # one group each for the parts that still wait
        while place < last and taken < share * len(names):
            code_of[order[place]] = code
            taken += sizes[order[place]]
            place += 1
    return np.fromiter((code_of[name] for name in names), np.uint8, len(names))

"""Where the lines between train, val and test are drawn, as pure functions.

None looks at the position of a row, so the same rows in another order are parted alike.
"""

from typing import TYPE_CHECKING, NamedTuple

from xinzhi.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAMES = ("train", "val", "test")


class Shares(NamedTuple):
    """How much of the rows goes where; the rest trains.

    Attributes:
        val: fraction.
        test: fraction.
    """

    val: float
    test: float


class Cuts(NamedTuple):
    """Where val and test begin, or where they end: see who gives them.

    Attributes:
        val: of val.
        test: of test.
    """

    val: float | None
    test: float | None


def quota(n: int, shares: Shares) -> tuple[int, int]:
    """Count the rows of val and of test among n; of three and more each part gets at least one.

    Args:
        n: different records of one stratum.
        shares: fractions.

    >>> quota(100, Shares(0.1, 0.2)), quota(5, Shares(0.1, 0.2)), quota(1, Shares(0.1, 0.2))
    ((10, 20), (1, 1), (0, 0))
    """
    least = 1 if n >= 3 else 0
    n_test = max(int(n * shares.test + 0.5), least) if shares.test else 0
    n_val = max(int(n * shares.val + 0.5), least) if shares.val else 0
    while n_val + n_test >= n and n_val + n_test > 0:
        n_val, n_test = (n_val, n_test - 1) if n_test >= n_val else (n_val - 1, n_test)
    return n_val, n_test


def time_cuts(moments: "NDArray[np.generic]", sizes: "NDArray[np.int64]", shares: Shares) -> Cuts:
    """Find the moments from which rows are val and test; equal times stay together.

    Args:
        moments: different times, ascending.
        sizes: the number of rows of each.
        shares: fractions, met as nearly as equal times allow.

    Returns:
        The first moment of val and of test; None where a share is 0.

    Raises:
        DataError: there are fewer different times than parts.
    """
    import numpy as np

    parts = 1 + (shares.val > 0) + (shares.test > 0)
    if len(moments) < parts:
        raise DataError(
            f"split=time needs at least {parts} different times, the column has {len(moments)}",
            mend="choose another data.time, or data.split=stratified",
        )
    after = np.cumsum(sizes[::-1])[::-1] / sizes.sum()  # share of rows from each moment on
    first_test, first_val = len(moments), len(moments)
    if shares.test:
        low = parts - 1
        first_test = low + int(np.argmin(np.abs(after[low:] - shares.test)))
    if shares.val:
        open_moments = after[1:first_test] - (after[first_test:].max(initial=0.0))
        first_val = 1 + int(np.argmin(np.abs(open_moments - shares.val)))

    def at(place: int) -> float | None:
        return moments[place].item() if place < len(moments) else None

    return Cuts(val=at(first_val), test=at(first_test))


def group_cuts(sizes: "NDArray[np.int64]", shares: Shares) -> Cuts:
    """Find how many groups, in their order, are test, and how many test or val.

    Args:
        sizes: the number of rows of each group, in an order that chance gave.
        shares: fractions of rows, met as nearly as whole groups allow.

    Returns:
        The place behind the last group of test, and behind the last of val.

    Raises:
        DataError: there are fewer groups than parts.
    """
    import numpy as np

    parts = [share for share in (shares.test, shares.val) if share]
    if len(sizes) <= len(parts):
        raise DataError(
            f"split=group needs at least {len(parts) + 1} groups, the column has {len(sizes)}",
            mend="choose another data.group, or data.split=stratified",
        )
    up_to = np.concatenate([[0], np.cumsum(sizes)])
    place, ends = 0, []
    for later, share in zip(range(len(parts))[::-1], parts, strict=True):
        last = len(sizes) - 1 - later  # one group each for the parts that still wait
        enough = int(np.searchsorted(up_to - up_to[place], share * up_to[-1], side="left"))
        place = min(enough, last)
        ends.append(place)
    test = ends[0] if shares.test else 0
    return Cuts(val=ends[-1], test=test)

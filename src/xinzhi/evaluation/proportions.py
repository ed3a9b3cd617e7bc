"""Intervals of shares (Wilson 1927): they stay between 0 and 1 and hold for few cases.

Shapes: any, the same for all.
"""

from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

Numbers = np.ndarray[Any, Any]


class Ends(NamedTuple):
    """Both ends of an interval, or of many."""

    low: Numbers
    high: Numbers


def wilson(hits: Numbers, counts: Numbers, *, level: float = 0.95) -> Ends:
    """Gives the interval of each share.

    Args:
        hits: how many cases were such.
        counts: of how many, at least 1.
        level: of the interval.

    >>> low, high = wilson(np.array([0, 5]), np.array([10, 10]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.237], [0.278, 0.763])
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = hits / counts
    middle = (share + z**2 / (2 * counts)) / (1 + z**2 / counts)
    half = np.sqrt(share * (1 - share) / counts + z**2 / (4 * counts**2)) * z / (1 + z**2 / counts)
    return Ends(np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0))

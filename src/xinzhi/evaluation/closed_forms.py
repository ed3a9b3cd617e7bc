"""Intervals and tests of pairs of shares that need no resamples.

Shapes: n independent units, each right or wrong by either model.
"""

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

_ROUNDS = 50  # of bisection: nearly as many as a double has digits


class Bounds(NamedTuple):
    """The two ends of an interval."""

    low: float
    high: float


def hidden(size: int, level: float) -> float:
    """Gives the largest share of other units that may not have been met among n.

    The end of the interval of Clopper & Pearson 1934 for a share of 0.

    Args:
        size: n.
        level: of the two-sided interval.

    >>> round(hidden(59, 0.9), 3)
    0.05
    """
    return float(1 - ((1 - level) / 2) ** (1 / size))


def mcnemar(first: int, second: int) -> float:
    """Gives the exact p-value of McNemar's test: whether both kinds of units are as many.

    Args:
        first: units that only one model answers rightly.
        second: units that only the other answers rightly.

    >>> round(mcnemar(0, 5), 6)
    0.0625
    """
    size, few = first + second, min(first, second)
    if first == second:
        return 1.0
    logs = [_log_choose(size, k) - size * math.log(2) for k in range(few + 1)]
    return min(1.0, 2 * math.fsum(math.exp(one) for one in logs))


def score_p_value(first: int, second: int) -> float:
    """Gives the two-sided p-value of the score test that both shares are the same.

    Args:
        first: as for `score_difference`.
        second: likewise.
    """
    if first == second:
        return 1.0
    return math.erfc(abs(first - second) / math.sqrt(2 * (first + second)))


def score_difference(first: int, second: int, size: int, level: float) -> Bounds:
    """Gives the interval of the difference of two shares of the same units.

    It holds the differences that the score test does not reject (Tango 1998, Statistics in Medicine
    17), so that it leaves out 0 just where `score_p_value` is below 1 − level.

    Args:
        first: units that count for the second share alone: they raise the difference.
        second: units that count for the first share alone.
        size: n.
        level: how often it holds the truth.
    """
    limit = NormalDist().inv_cdf((1 + level) / 2)
    estimate = (first - second) / size

    def beyond(difference: float) -> bool:
        return abs(_score(first, second, size, difference)) > limit

    return Bounds(_edge(estimate, -1.0, beyond), _edge(estimate, 1.0, beyond))


def _score(first: int, second: int, size: int, difference: float) -> float:
    """Gives the distance from a difference, in the standard errors that are true if it is."""
    distance = first - second - size * difference
    middle = (2 * size - first + second) * difference - first - second
    last = -second * difference * (1 - difference)
    root = math.sqrt(max(middle**2 - 8 * size * last, 0.0))
    lower = (root - middle) / (4 * size)  # the likeliest share of `second` under the difference
    variance = size * (2 * lower + difference * (1 - difference))
    if variance <= 0:
        return 0.0 if abs(distance) < 1e-9 else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)


def _edge(inside: float, outside: float, beyond: Callable[[float], bool]) -> float:
    """Gives where a test begins to reject on the way from what it does not reject."""
    if not beyond(outside * (1 - 1e-12)):
        return outside
    for _ in range(_ROUNDS):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if beyond(middle) else (middle, outside)
    return (inside + outside) / 2


def _log_choose(size: int, few: int) -> float:
    return math.lgamma(size + 1) - math.lgamma(few + 1) - math.lgamma(size - few + 1)

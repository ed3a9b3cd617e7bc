"""Bias-corrected and accelerated bootstrap intervals, and the p-value that goes with them.

Efron 1987, Better Bootstrap Confidence Intervals, JASA 82. The normal quantile is widened to
Student's where few units carry the error (after Hesterberg 2015, What Teachers Should Know about
the Bootstrap, The American Statistician 69).
Shapes: R resamples.
"""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from xinzhi.evaluation.cells import Jackknifed
from xinzhi.evaluation.closed_forms import Bounds
from xinzhi.evaluation.tallies import Array

_NORMAL = NormalDist()
_ALIKE = 1e-10  # of the spread: values that only rounding keeps apart


class Corrected(NamedTuple):
    """A bootstrap distribution with its corrections.

    Attributes:
        values: of resamples that define the measure, ascending, shape (R,).
        value: of the data.
        bias: how far the middle of the resamples lies from it, as a normal quantile.
        acceleration: of the jackknife.
        units: how many were drawn.
        free: degrees of freedom of the error.
    """

    values: Array
    value: float
    bias: float
    acceleration: float
    units: int
    free: float


def corrected(values: Array, value: float, *, jackknifed: Jackknifed, units: int) -> Corrected:
    """Gives the distribution with its corrections.

    Args:
        values: of resamples, shape (R,); NaN are left out.
        value: of the data.
        jackknifed: what one unit less changes.
        units: how many were drawn.
    """
    known = np.sort(values[~np.isnan(values)])
    bias = _NORMAL.inv_cdf(_below(known, value))
    return Corrected(known, value, bias, jackknifed.acceleration, units, jackknifed.free)


def bounds(found: Corrected, level: float) -> Bounds:
    """Gives the interval that holds the true value so often.

    Args:
        found: the distribution.
        level: how often.
    """
    tail = _widened((1 - level) / 2, found)
    shares = [_NORMAL.cdf(_moved(found, _NORMAL.inv_cdf(one))) for one in (tail, 1 - tail)]
    low, high = np.quantile(found.values, shares)
    return Bounds(float(low), float(high))


def p_value(found: Corrected, null: float = 0.0) -> float:
    """Gives 1 − level of the widest interval that leaves the null value out.

    Beyond what so many resamples can tell, it is that of a normal law through the farthest of them.

    Args:
        found: the distribution.
        null: the value that is doubted.
    """
    size, near = len(found.values), _near(found.values)
    first, last = np.searchsorted(found.values, [null - near, null + near])
    below, above = (_tail(found, null, share / size) for share in (last, first))
    return min(1.0, 2 * _narrowed(min(below, -above), found))


def _tail(found: Corrected, null: float, share: float) -> float:
    """Gives the normal quantile of the end that would lie at the null value.

    Args:
        found: the distribution.
        null: the value that is doubted.
        share: of the resamples that lie below it.
    """
    size, ends = len(found.values), (float(found.values[0]), float(found.values[-1]))
    quantile = _NORMAL.inv_cdf(min(max(share, 0.5 / size), 1 - 0.5 / size))
    beyond = min(null - ends[0], 0.0) + max(null - ends[1], 0.0)
    if beyond:
        quantile += beyond / float(found.values.std())
    aside = quantile - found.bias
    scale = 1 + found.acceleration * aside
    return aside / scale - found.bias if scale > 0 else math.copysign(math.inf, aside)


def _below(ascending: Array, value: float) -> float:
    """Gives the share of values below another, equal ones as half, never 0 or 1."""
    size, near = len(ascending), _near(ascending)
    first, last = np.searchsorted(ascending, [value - near, value + near])
    return float(np.clip((first + last) / (2 * size), 0.5 / size, 1 - 0.5 / size))


def _near(ascending: Array) -> float:
    return _ALIKE * float(ascending[-1] - ascending[0])


def _moved(found: Corrected, normal: float) -> float:
    """Gives the quantile of the resamples, as a normal one, at which an end of the interval is."""
    aside = found.bias + normal
    scale = 1 - found.acceleration * aside
    return found.bias + aside / scale if scale > 0 else math.copysign(8.0, aside)


def _widened(tail: float, found: Corrected) -> float:
    """Gives the tail of a normal law that is this one of Student's."""
    quantile = float(stdtrit(found.free, tail))
    return _NORMAL.cdf(quantile * math.sqrt(found.units / (found.units - 1)))


def _narrowed(normal: float, found: Corrected) -> float:
    """Gives the tail of Student's law that is this quantile of a normal one."""
    return float(stdtr(found.free, normal / math.sqrt(found.units / (found.units - 1))))

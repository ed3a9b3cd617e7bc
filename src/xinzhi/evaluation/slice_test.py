"""Whether numbers are larger inside a slice than outside, and which of several such findings hold.

Shapes: N examples, U units, T findings.
"""

import math

import numpy as np
from scipy.special import gammainc, gammaincc, ndtr

from xinzhi.evaluation.masks import Mask, Numbers

_STRAIGHT = 1e-4  # skewness below which a normal distribution is as good
_WHOLE = 1e-9


def p_value(wrong: Numbers, within: Mask, units: np.ndarray) -> float:
    """Gives the chance of so much in the slice, were it drawn from all units regardless of numbers.

    The sum over a random choice of as many units has a mean, a variance and a skewness that are
    known; a Pearson type III curve of these three gives its tail. Where units lie on both sides,
    the variance and the skewness are those of each unit's share in the difference.

    Args:
        wrong: numbers, shape (N,).
        within: the slice, shape (N,).
        units: 0 to U − 1, which independent unit each belongs to, shape (N,).

    Returns:
        One-sided; 1 where the slice has nothing or everything.
    """
    size = int(within.sum())
    if not 0 < size < len(wrong):
        return 1.0
    above = wrong - wrong.mean()
    held = np.bincount(units, weights=within)
    number = np.bincount(units)
    nested = bool(((held == 0) | (held == number)).all())
    if nested:
        moments = _of_choice(_summed(units, above), int((held > 0).sum()))
    else:
        part = within - size / len(wrong)
        moments = _of_shares(_summed(units, part * above))
    variance, skewness = moments
    if variance <= 0:
        return 1.0
    reached = float(above[within].sum()) - _half_step(wrong)
    return _tail(reached / math.sqrt(variance), skewness)


def benjamini_hochberg(p_values: Numbers, weights: Numbers) -> Numbers:
    """Gives for each finding the rate of false discoveries at which it holds.

    Args:
        p_values: shape (T,).
        weights: of each, above 0 and chosen without looking at these p-values, shape (T,).

    >>> benjamini_hochberg(np.array([0.01, 0.02, 0.5]), np.ones(3)).round(3).tolist()
    [0.03, 0.03, 0.5]
    """
    if not len(p_values):
        return p_values
    weighted = p_values / (weights / weights.mean())
    order = np.argsort(weighted, kind="stable")
    stepped = weighted[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted = np.empty_like(stepped)
    adjusted[order] = np.minimum.accumulate(stepped[::-1])[::-1]
    return np.asarray(np.minimum(adjusted, 1.0))


def _summed(units: np.ndarray, numbers: Numbers) -> Numbers:
    return np.bincount(units, weights=numbers).astype(np.float64)


def _of_choice(sums: Numbers, chosen: int) -> tuple[float, float]:
    """Variance and skewness of the sum of so many units out of all, each as likely; mean is 0."""
    size = len(sums)
    if size < 3 or not 0 < chosen < size:
        return 0.0, 0.0
    second, third = float((sums**2).mean()), float((sums**3).mean())
    rest = size - chosen
    variance = second * chosen * rest / (size - 1)
    if variance <= 0:
        return 0.0, 0.0
    moment = third * chosen * rest * (rest - chosen) / ((size - 1) * (size - 2))
    return variance, moment / variance**1.5


def _of_shares(shares: Numbers) -> tuple[float, float]:
    variance = float((shares**2).sum())
    return variance, float((shares**3).sum()) / variance**1.5 if variance > 0 else 0.0


def _half_step(wrong: Numbers) -> float:
    """Half of what a sum can change by where numbers are only 0 and 1, as counts want it."""
    binary = bool((np.abs(wrong * (wrong - 1)) < _WHOLE).all())
    return 0.5 if binary else 0.0


def _tail(z: float, skewness: float) -> float:
    """Gives the chance to exceed z: a shifted gamma distribution of mean 0 and variance 1."""
    if abs(skewness) < _STRAIGHT:
        return float(ndtr(-z))
    shape, scale = 4 / skewness**2, abs(skewness) / 2
    if skewness > 0:
        at = shape + z / scale
        return float(gammaincc(shape, at)) if at > 0 else 1.0
    at = shape - z / scale
    return float(gammainc(shape, at)) if at > 0 else 0.0

"""Which of many configurations cannot be told from the first, when all pairs are looked at.

Tukey's studentised range, its distribution simulated: the variance between seeds is pooled over the
configurations, and what they owe to the rows goes together as the rows make it. With seeds alone
this is the Tukey–Kramer test.
Shapes: K configurations, B simulations.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from xinzhi.evaluation.outcomes import Array

_SIMULATIONS, _FEWER = 20_000, 4_000
_MANY = 60  # configurations
_NUMBERS = 5_000_000  # at once


class Pooled(NamedTuple):
    """The variance between seeds.

    Attributes:
        variance: of one seed.
        free: degrees of freedom behind it.
        counts: seeds of each configuration, shape (K,).
    """

    variance: float
    free: int
    counts: Array


class Told(NamedTuple):
    """Every configuration against the first, shapes (K,).

    Attributes:
        p_values: corrected for all pairs; 1 of the first.
        low: of the difference to the first, of intervals that all hold at once.
        high: the other end.
    """

    p_values: Array
    low: Array
    high: Array


def pooled(values: Sequence[Sequence[float]]) -> Pooled | None:
    """Gives the variance between seeds over all configurations; None where each has one alone.

    Args:
        values: of each configuration, one for each of its seeds.
    """
    free = sum(len(each) - 1 for each in values)
    if free < 1:
        return None
    squares = sum(float(np.sum((np.array(each) - np.mean(each)) ** 2)) for each in values)
    return Pooled(squares / free, free, np.array([len(each) for each in values]))


def against_first(
    values: Array, *, rows: Array | None, seeds: Pooled | None, level: float = 0.95, seed: int = 0
) -> Told:
    """Compares each configuration with the first.

    Args:
        values: of the configurations, shape (K,).
        rows: their covariance over rows drawn anew, shape (K, K); None where it is not known.
        seeds: the variance between seeds; None where it is not known.
        level: of the intervals.
        seed: of the simulations.
    """
    size = len(values)
    shared = np.zeros((size, size)) if rows is None else rows
    variance = np.zeros(size) if seeds is None else seeds.variance / seeds.counts
    errors = np.sqrt(_of_pairs(shared) + variance[:, None] + variance)
    largest = _largest(shared, variance, None if seeds is None else seeds.free, seed)
    gaps, own = values - values[0], errors[0]
    moved = own > 0
    scores = np.abs(gaps) / np.where(moved, own, 1.0)
    beyond = (largest[None] >= np.where(moved, scores, np.inf)[:, None]).mean(1)
    p_values = np.where(moved, beyond, np.where(gaps == 0, 1.0, 0.0))
    reach = float(np.quantile(largest, level)) * own
    return Told(p_values, gaps - reach, gaps + reach)


def _of_pairs(covariance: Array) -> Array:
    """The variance of each difference, shape (K, K)."""
    own = np.diag(covariance)
    return np.asarray(np.maximum(own[:, None] + own - 2 * covariance, 0.0))


def _largest(shared: Array, variance: Array, free: int | None, seed: int) -> Array:
    """Draws the largest studentised difference of equally good configurations, shape (B,)."""
    size = len(variance)
    count = _SIMULATIONS if size <= _MANY else _FEWER
    random = np.random.default_rng(seed)
    weights, axes = np.linalg.eigh(shared)
    root = axes * np.sqrt(np.maximum(weights, 0.0))
    pairs, found = _of_pairs(shared), []
    step = max(_NUMBERS // size**2, 1)
    for first in range(0, count, step):
        n = min(step, count - first)
        drawn = random.standard_normal((n, size)) @ root.T
        drawn += random.standard_normal((n, size)) * np.sqrt(variance)
        scale = np.ones(n) if free is None else random.chisquare(free, n) / free
        errors = pairs + scale[:, None, None] * (variance[:, None] + variance)
        gaps = np.abs(drawn[:, :, None] - drawn[:, None, :])
        ratios = np.divide(gaps, np.sqrt(errors), out=np.zeros_like(gaps), where=errors > 1e-300)
        found.append(ratios.max((1, 2)))
    return np.concatenate(found)

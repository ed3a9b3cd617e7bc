"""How likely each hypothesis is by what was measured, size of the effect and noise being unknown.

Under a hypothesis that expects the part f of the difference, a run measures m + f·d + noise. Level
m, difference d and the noise's variance have a normal-inverse-gamma prior (Gelman et al., Bayesian
Data Analysis, 14.2), so that each hypothesis has its evidence in closed form.

Shapes: H hypotheses, N measured runs, S mixtures.
"""

from dataclasses import dataclass
from math import lgamma
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_LEVEL, _DIFFERENCE = 1e4, 8.0  # prior standard deviations, in those of the noise
_UNEXPLAINED = 0.01  # how likely it is beforehand that no hypothesis is true
_ANYWHERE = 0.75  # of the difference: how far mixtures then lie around the middle of A and B


@dataclass(frozen=True, kw_only=True)
class Noise:
    """What is known of the spread between seeds.

    Attributes:
        deviation: standard deviation of a run's value over seeds.
        trust: so many runs that guess is worth.
    """

    deviation: float
    trust: float = 6.0


@dataclass(frozen=True, kw_only=True)
class Belief:
    """What is believed once some runs are measured.

    Attributes:
        weights: how likely each hypothesis is, shape (H,); they add up to 1 − unexplained.
        unexplained: how likely it is that none of them is true.
        level: expected value of A under each, shape (H,).
        difference: expected value of B less that of A, shape (H,).
        spread: standard deviations of the two and their covariance, shape (H, 2, 2).
        deviation: expected noise under each, shape (H,).
        freedom: degrees of freedom of what is predicted.
    """

    weights: Array
    unexplained: float
    level: Array
    difference: Array
    spread: Array
    deviation: Array
    freedom: float


def believe(prior: Array, parts: Array, values: Array, noise: Noise) -> Belief:
    """Gives what is believed of each hypothesis.

    Args:
        prior: how likely each was, shape (H,).
        parts: of the difference that each expects of each run, shape (H, N).
        values: measured, shape (N,).
        noise: between seeds.
    """
    ends = ((parts == 0) | (parts == 1)).all(axis=0) & (parts == parts[0]).all(axis=0)
    centre = float(values[ends].mean())
    scaled = (values - centre) / noise.deviation
    evidence, mean, covariance, rate = _regressed(parts, scaled, noise.trust)
    half = (noise.trust + len(values)) / 2
    variance = rate / half
    odd = _of_anything(parts[:1, ends], scaled[ends], scaled[~ends], noise.trust)
    log = np.append(evidence + np.log(prior * (1 - _UNEXPLAINED)), odd + np.log(_UNEXPLAINED))
    weights = np.exp(log - log.max())
    weights /= weights.sum()
    return Belief(
        weights=weights[:-1],
        unexplained=float(weights[-1]),
        level=centre + noise.deviation * mean[:, 0],
        difference=noise.deviation * mean[:, 1],
        spread=covariance * (noise.deviation**2 * variance)[:, None, None],
        deviation=noise.deviation * np.sqrt(variance),
        freedom=noise.trust + len(values),
    )


def _regressed(parts: Array, scaled: Array, trust: float) -> tuple[Array, Array, Array, Array]:
    """Log evidence, mean and covariance of level and difference, and rate of the noise."""
    design = np.stack([np.ones_like(parts), parts], axis=-1)  # (H, N, 2)
    before = np.diag([_LEVEL**-2, _DIFFERENCE**-2])
    precision = before + np.einsum("hni,hnj->hij", design, design)
    covariance = np.linalg.inv(precision)
    towards = np.einsum("hni,n->hi", design, scaled)
    mean = np.einsum("hij,hj->hi", covariance, towards)
    misfit = float(scaled @ scaled) - np.einsum("hi,hi->h", mean, towards)
    rate = (trust + np.maximum(misfit, 0.0)) / 2
    half = (trust + len(scaled)) / 2
    evidence = 0.5 * np.linalg.slogdet(covariance)[1] - half * np.log(rate) + lgamma(half)
    return evidence - len(scaled) / 2 * np.log(2 * np.pi), mean, covariance, rate


def _of_anything(parts: Array, ends: Array, others: Array, trust: float) -> float:
    """Log evidence where each mixture may lie anywhere around A and B."""
    evidence, mean, _, rate = _regressed(parts, ends, trust)
    level, difference = mean[0]
    noise = rate[0] / ((trust + len(ends)) / 2)
    variance = noise + (_ANYWHERE * difference) ** 2
    apart = others - level - difference / 2
    return float(evidence[0] - 0.5 * np.sum(np.log(2 * np.pi * variance) + apart**2 / variance))

"""How much better one model is than another on the same examples, and the least it can be.

Shapes: N examples, U independent units of them, C classes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy.special import stdtrit

from xinzhi.evaluation.outcomes import Outcomes

Array = np.ndarray[Any, Any]

CALIBRATION_BINS = 15  # as `metrics.classification` has it, which loads torch
_BISECTIONS = 60


@dataclass(frozen=True, kw_only=True)
class Gain:
    """A challenger's gain over the champion; positive is better, whatever the measure.

    Attributes:
        measure: by its name, `accuracy`.
        champion: what the champion reaches.
        challenger: what the challenger reaches.
        gain: the difference in points, or as a share of the champion's value where the measure is
            an error without an upper bound (`rmse`).
        low: the one-sided lower bound: below it lies the true gain with probability `alpha`.
        high: the bound on the other side.
        error: standard error of the gain.
        alpha: of each bound.
        examples: N.
        units: U.
        disagreement: share of the examples where exactly one of the two is right, if one is right
            or wrong at all.
        method: how the bounds were found.
    """

    measure: str
    champion: float
    challenger: float
    gain: float
    low: float
    high: float
    error: float
    alpha: float
    examples: int
    units: int
    disagreement: float | None = None
    method: str


def gain(champion: Outcomes, challenger: Outcomes, measure: str, *, alpha: float) -> Gain:
    """Gives the gain by a measure.

    Args:
        champion: outcomes.
        challenger: outcomes of the same examples in the same order.
        measure: by its name.
        alpha: of the bounds, each.
    """
    if champion.kind == "classes" and measure == "accuracy":
        return _by_cells(champion, challenger, alpha)
    if champion.kind == "classes" and measure == "calibration_error":
        return _of_calibration(champion, challenger, alpha)
    return _of_means(champion, challenger, measure, alpha)


def right(outcomes: Outcomes) -> Array:
    """Tells which examples were answered with the right class.

    Args:
        outcomes: of classes.

    Returns:
        bool, shape (N,).
    """
    answered = outcomes.columns["probabilities"].argmax(axis=1)
    return np.asarray(answered == outcomes.columns["truth"])


def tango(b: int, c: int, n: int, difference: float) -> float:
    """Gives the score statistic of a paired difference of shares; it falls as `difference` grows.

    Tango, Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design, Statistics in Medicine 17 (1998). At 0 it is McNemar's.

    Args:
        b: examples where the challenger alone is right.
        c: examples where the champion alone is right.
        n: all examples.
        difference: of the true shares, that is supposed.

    >>> tango(30, 10, 100, 0.0) == (30 - 10) / math.sqrt(30 + 10)
    True
    """
    linear = -b - c + (2 * n - b + c) * difference
    constant = -c * difference * (1 - difference)
    root = math.sqrt(max(linear**2 - 8 * n * constant, 0.0))
    alone = (root - linear) / (4 * n)
    variance = n * (2 * alone + difference * (1 - difference))
    distance = b - c - n * difference
    if variance <= 0:
        return 0.0 if distance == 0 else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)


def _by_cells(champion: Outcomes, challenger: Outcomes, alpha: float) -> Gain:
    """Accuracy, by the four cells of right and wrong; of unit means where units hold several."""
    known = champion.columns["truth"] >= 0
    a, b = right(champion)[known], right(challenger)[known]
    n, units = len(a), champion.units[known]
    alone = (int((b & ~a).sum()), int((a & ~b).sum()))
    common: dict[str, Any] = {
        "measure": "accuracy",
        "champion": float(a.mean()),
        "challenger": float(b.mean()),
        "disagreement": sum(alone) / n,
    }
    if len(np.unique(units)) < n:
        return _of_differences(b.astype(float) - a, units, alpha, **common)
    difference = (alone[0] - alone[1]) / n
    z = NormalDist().inv_cdf(1 - alpha)
    return Gain(
        **common,
        gain=difference,
        low=_root(lambda d: tango(*alone, n, d) - z, -1.0, difference),
        high=_root(lambda d: tango(*alone, n, d) + z, difference, 1.0),
        error=math.sqrt((common["disagreement"] - difference**2) / n),
        alpha=alpha,
        examples=n,
        units=n,
        method="score interval of paired shares (Tango, 1998)",
    )


def _of_means(champion: Outcomes, challenger: Outcomes, measure: str, alpha: float) -> Gain:
    a, b = champion.columns[measure], challenger.columns[measure]
    known = ~(np.isnan(a) | np.isnan(b))
    return _of_differences(
        (b - a)[known],
        champion.units[known],
        alpha,
        measure=measure,
        champion=float(a[known].mean()),
        challenger=float(b[known].mean()),
    )


def _of_calibration(champion: Outcomes, challenger: Outcomes, alpha: float) -> Gain:
    """The expected calibration error, its difference by the delta method.

    Each example pulls its bin by (right − confidence) in the direction in which the bin leans.
    """
    known = champion.columns["truth"] >= 0
    before, pull_a = _pulls(champion, known)
    after, pull_b = _pulls(challenger, known)
    return _of_differences(
        pull_a - pull_b,
        champion.units[known],
        alpha,
        measure="calibration_error",
        champion=before,
        challenger=after,
    )


def _pulls(outcomes: Outcomes, known: Array) -> tuple[float, Array]:
    confidence = outcomes.columns["probabilities"].max(axis=1)[known]
    away = right(outcomes)[known] - confidence
    bins = (confidence * CALIBRATION_BINS).astype(int)  # 1 itself has a bin, as in torchmetrics
    leaning = np.bincount(bins, weights=away)
    pulls = np.sign(leaning)[bins] * away
    return float(np.abs(leaning).sum() / len(away)), pulls


def _of_differences(gains: Array, units: Array, alpha: float, **common: Any) -> Gain:  # noqa: ANN401 - fields of Gain
    """The mean of gains of single examples; units count as wholes, by Student's t.

    Args:
        gains: of each example, shape (N,).
        units: which unit each belongs to, shape (N,).
        alpha: of each bound.
        common: the other fields.
    """
    number, inside = np.unique(units, return_inverse=True)
    mean, n = float(gains.mean()), len(gains)
    sums = np.bincount(inside, weights=gains - mean, minlength=len(number))
    if len(number) > 1:
        spread = len(number) / (len(number) - 1)
        error = math.sqrt(float((sums**2).sum()) * spread) / n
        reach = error * float(stdtrit(len(number) - 1, 1 - alpha))
    else:
        error = reach = math.inf
    return Gain(
        **common,
        gain=mean,
        low=mean - reach,
        high=mean + reach,
        error=error,
        alpha=alpha,
        examples=n,
        units=len(number),
        method="paired t over units",
    )


def _root(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function crosses 0, between two bounds."""
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if falling(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2

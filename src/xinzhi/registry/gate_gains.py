"""How much better one model is than another on the same examples, and the least it can be.

Shapes: N examples, U independent units of them.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy.special import stdtrit

from xinzhi.evaluation import measures, pairing
from xinzhi.evaluation.outcomes import Outcomes

Array = np.ndarray[Any, Any]

CALIBRATION = "calibration_error"
_BINS = 15  # metrics.classification.CALIBRATION_BINS, which would load torch
# by which answers are scored between 0 and 1, the less the better; other errors have no upper bound
_SHARES = {CALIBRATION, "brier", "answered_alone"}


@dataclass(frozen=True, kw_only=True)
class Gain:
    """A challenger's gain over the champion; positive is better, whatever the measure.

    Attributes:
        measure: by its name, `accuracy`.
        champion: what the champion reaches.
        challenger: what the challenger reaches.
        gain: the difference, positive where the challenger is better; as a share of the champion's
            value where the measure is an error without an upper bound (`rmse`).
        low: the one-sided lower bound: the true gain lies below it with probability `alpha`.
        high: the bound on the other side.
        error: standard error of the gain.
        alpha: of each bound.
        examples: N.
        units: U.
        disagreement: share of the examples where exactly one of the two is right, where accuracy is
            measured.
        relative: whether gains are shares of the champion's value.
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
    relative: bool = False
    method: str


def relative(measure: str) -> bool:
    """Says whether gains by a measure are shares of the champion's value.

    Args:
        measure: by its name.

    >>> relative("rmse"), relative("accuracy")
    (True, False)
    """
    return not measures.higher_is_better(measure) and measure not in _SHARES


def gain(champion: Outcomes, challenger: Outcomes, measure: str, *, alpha: float) -> Gain:
    """Gives the gain by a measure.

    Args:
        champion: outcomes.
        challenger: outcomes of the same examples.
        measure: by its name.
        alpha: of the bounds, each.
    """
    champion, challenger = pairing.together(champion, challenger)
    if champion.kind == "classes" and measure == CALIBRATION:
        return _of_calibration(champion, challenger, alpha)
    found = pairing.paired(champion, challenger, measure, level=1 - 2 * alpha)
    # where no unit differs, what may be hidden is what is not known
    hidden = (found.difference - found.low) / NormalDist().inv_cdf(1 - alpha)
    error = found.error or hidden
    better = measures.higher_is_better(measure)
    scale = 1.0 if better else -1.0
    if relative(measure) and found.value_a:
        scale /= abs(found.value_a)
    ends = sorted((scale * found.low, scale * found.high))
    accuracy = measure == "accuracy" and champion.kind == "classes"
    return Gain(
        measure=measure,
        champion=found.value_a,
        challenger=found.value_b,
        gain=scale * found.difference,
        low=ends[0],
        high=ends[1],
        error=abs(scale) * error,
        alpha=alpha,
        examples=len(champion),
        units=found.units,
        disagreement=_disagreement(champion, challenger) if accuracy else None,
        relative=relative(measure),
        method=_SAID[found.method],
    )


_SAID: dict[pairing.Method, str] = {
    "score": "score interval of paired shares (Tango 1998)",
    "t": "Student's t, its error by a paired bootstrap over units",
    "bca": "paired BCa bootstrap over units",
    "seeds": "Student's t over runs",
    "exact": "no unit differs",
    "none": "nothing can be said",
}


def _right(outcomes: Outcomes) -> Array:
    answered = outcomes.columns["probabilities"].argmax(axis=1)
    return np.asarray(answered == outcomes.columns["truth"])


def _disagreement(champion: Outcomes, challenger: Outcomes) -> float:
    return float((_right(champion) != _right(challenger)).mean())


def _of_calibration(champion: Outcomes, challenger: Outcomes, alpha: float) -> Gain:
    """The expected calibration error, its difference by the delta method.

    Each example pulls its bin by (right − confidence) in the direction in which the bin leans: a
    mean over examples, whose error needs no resamples.
    """
    (before, pull_a), (after, pull_b) = _pulls(champion), _pulls(challenger)
    gains = pull_a - pull_b
    mean, n = before - after, len(gains)
    number, inside = np.unique(champion.units, return_inverse=True)
    sums = np.bincount(inside, weights=gains - gains.mean(), minlength=len(number))
    free = len(number) - 1
    error = math.sqrt(float((sums**2).sum()) * len(number) / free) / n if free else math.inf
    reach = error * float(stdtrit(free, 1 - alpha)) if free else math.inf
    return Gain(
        measure=CALIBRATION,
        champion=before,
        challenger=after,
        gain=mean,
        low=mean - reach,
        high=mean + reach,
        error=error,
        alpha=alpha,
        examples=n,
        units=len(number),
        method="delta method over units",
    )


def _pulls(outcomes: Outcomes) -> tuple[float, Array]:
    confidence = outcomes.columns["probabilities"].max(axis=1)
    away = _right(outcomes) - confidence
    bins = (confidence * _BINS).astype(int)  # 1 itself has a bin, as in torchmetrics
    leaning = np.bincount(bins, weights=away)
    return float(np.abs(leaning).sum() / len(away)), np.sign(leaning)[bins] * away

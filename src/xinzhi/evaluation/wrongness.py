"""How wrong each single answer is: what slices are searched by and what mistakes are ranked by.

Shapes: N examples.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from xinzhi.evaluation.outcomes import Array, Kind, Outcomes

_TINY = 1e-12  # of a probability whose logarithm is taken
# measures of probabilities, which decisions do not tell all about
_OF_PROBABILITIES = frozenset(
    {"loss", "brier", "auroc", "average_precision", "ks", "calibration_error"}
)


class Wrongness(NamedTuple):
    """How wrong each answer is.

    Attributes:
        values: more is worse, NaN where nothing can be said, shape (N,).
        what: what their mean is called.
        upward: whether the mean as it is shown is better when it is more: the sign is turned then.
    """

    values: Array
    what: str
    upward: bool = False

    def shown(self, mean: float) -> float:
        """Gives a mean as a person knows it."""
        return -mean if self.upward else mean


def wrongness(outcomes: Outcomes, measure: str) -> Wrongness:
    """Says of each example how wrong the answer is.

    Args:
        outcomes: of any kind.
        measure: of the whole, such as accuracy; of examples, what comes nearest to it is taken.
    """
    return _BY_KIND[outcomes.kind](outcomes, measure)


def decided(outcomes: Outcomes) -> Array:
    """Gives the class that is decided for: by the positive one's threshold, else the likeliest.

    Args:
        outcomes: of kind classes.

    Returns:
        Numbers of classes, shape (N,).
    """
    probabilities, from_on = outcomes.columns["probabilities"], threshold(outcomes)
    likeliest: Array = probabilities.argmax(1)
    if from_on is None:
        return likeliest
    place = outcomes.settings["positive"]
    return np.asarray(np.where(probabilities[:, place] >= from_on, place, 1 - place))


def threshold(outcomes: Outcomes) -> float | None:
    """Gives the probability from which the positive class of two is decided for, if one was chosen.

    Args:
        outcomes: of kind classes.
    """
    place, chosen = outcomes.settings.get("positive"), outcomes.settings.get("threshold")
    if place is None or chosen is None or len(outcomes.classes) != 2:
        return None
    return float(chosen)


def _classes(outcomes: Outcomes, measure: str) -> Wrongness:
    truth, probabilities = outcomes.columns["truth"], outcomes.columns["probabilities"]
    known = truth >= 0
    if measure in _OF_PROBABILITIES:
        right = probabilities[np.arange(len(truth)), np.maximum(truth, 0)]
        return Wrongness(
            np.where(known, -np.log(np.maximum(right, _TINY)), np.nan), "mean log loss"
        )
    cost, place = outcomes.settings.get("cost"), outcomes.settings.get("positive")
    by_threshold = measure in {"cost", "f1", "precision", "recall"}
    answer = decided(outcomes) if by_threshold else probabilities.argmax(1)
    wrong = (answer != truth).astype(np.float64)
    if measure == "cost" and cost and place is not None:
        wrong *= np.where(truth == place, cost["false_negative"], cost["false_positive"])
        return Wrongness(np.where(known, wrong, np.nan), "cost per row")
    return Wrongness(np.where(known, wrong, np.nan), "share wrong")


def _labels(outcomes: Outcomes, measure: str) -> Wrongness:
    truth, probabilities = outcomes.columns["truth"], outcomes.columns["probabilities"]
    if measure in _OF_PROBABILITIES:
        right = np.where(truth, probabilities, 1 - probabilities)
        return Wrongness(-np.log(np.maximum(right, _TINY)).mean(1), "mean log loss")
    wrong = ((probabilities > 0.5) != truth).any(1)
    return Wrongness(wrong.astype(np.float64), "share with a wrong label")


def _numbers(outcomes: Outcomes, measure: str) -> Wrongness:
    one = outcomes.columns
    if measure.startswith("coverage") and "lower" in one:
        outside = (one["truth"] < one["lower"]) | (one["truth"] > one["upper"])
        return Wrongness(outside.astype(np.float64), "share outside the interval")
    error = np.abs(one["answer"] - one["truth"]).astype(np.float64)
    if "scale" in one:
        return Wrongness(error / one["scale"], "mean scaled error")
    return Wrongness(error, "mean absolute error")


def _spans(outcomes: Outcomes, measure: str) -> Wrongness:  # noqa: ARG001 - alike for all of them
    """Counts of each sentence what F1 does: long ones have more mistakes, but not per entity."""
    told = {name: values.sum(1) for name, values in outcomes.columns.items() if values.ndim == 2}
    either = told["truth"] + told["answered"]
    wrong = (either - 2 * told["right"]) / np.maximum(either, 1)
    return Wrongness(np.where(either > 0, wrong, np.nan), "share of entities wrong")


def _means(outcomes: Outcomes, measure: str) -> Wrongness:
    from xinzhi.evaluation import measures

    name = measure if measure in outcomes.columns else next(iter(outcomes.columns))
    values, upward = outcomes.columns[name], measures.higher_is_better(name)
    return Wrongness(-values if upward else values, f"mean {name}", upward)


_BY_KIND: Mapping[Kind, Callable[[Outcomes, str], Wrongness]] = {
    "classes": _classes,
    "labels": _labels,
    "numbers": _numbers,
    "spans": _spans,
    "means": _means,
}

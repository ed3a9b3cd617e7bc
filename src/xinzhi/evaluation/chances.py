"""Measures of probabilities: how true they are, and of what is decided by them.

Shapes: N examples, C classes.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from xinzhi.evaluation.counts import merged
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.evaluation.tallies import Array, Measure, Tally, every, ratio, ratio_of, share

_BINS = 15  # metrics.classification.CALIBRATION_BINS, which would load torch


def calibration(outcomes: Outcomes) -> Tally:
    """Sums how far bins of confidence are from their share of right answers.

    Args:
        outcomes: of classes, whose winning one counts, or of labels, each of which counts.
    """
    probabilities, truth = outcomes.columns["probabilities"], outcomes.columns["truth"]
    if outcomes.kind == "classes":
        right, sure = probabilities.argmax(1) == truth, probabilities.max(1)
        right, sure = right[:, None], sure[:, None]
    else:
        right, sure = truth.astype(bool), probabilities
    sure = sure.astype(np.float32)
    edges = np.linspace(0, 1, _BINS + 1, dtype=np.float32)
    bins = np.searchsorted(edges, sure, side="right") - 1  # a confidence of 1 is a bin of its own
    rows = np.zeros((len(truth), _BINS + 2), np.float32)
    np.add.at(rows, (np.arange(len(truth))[:, None], bins), right - sure)
    rows[:, -1] = sure.shape[1]

    def measure(sums: Array) -> Array:
        return ratio(np.abs(sums[..., :-1]).sum(-1), sums[..., -1])

    return every(rows, {"calibration_error": measure}, strata=bins[:, 0])


def brier(outcomes: Outcomes) -> Tally:
    """Sums squared distances of probabilities from the truth, as those of one class of two.

    Args:
        outcomes: of classes.
    """
    probabilities = outcomes.columns["probabilities"].astype(np.float64)
    right = probabilities[np.arange(len(outcomes)), outcomes.columns["truth"]]
    squares = ((probabilities**2).sum(1) - 2 * right + 1) / 2
    rows = np.stack([squares, np.ones(len(squares))], axis=1)
    return every(rows, {"brier": ratio_of(0, 1)})


def alone(outcomes: Outcomes) -> Tally:
    """Counts what is sure enough to need no person: its share and how much of it is right.

    Args:
        outcomes: of classes, with `accept` among the settings; None is more than any confidence.
    """
    probabilities, accept = outcomes.columns["probabilities"], outcomes.settings["accept"]
    right = probabilities.argmax(1) == outcomes.columns["truth"]
    answered = probabilities.max(1) >= (np.inf if accept is None else accept)
    rows = np.stack([answered & right, answered, np.ones(len(right))], axis=1)
    measures = {"answered_alone": ratio_of(1, 2), "answered_precision": ratio_of(0, 1)}
    parts = {"answered_precision": answered.sum(keepdims=True)}
    return replace(merged(rows.astype(np.float64), measures), parts=parts)


def decisions(outcomes: Outcomes) -> Tally:
    """Counts the errors of deciding for one class: F1, precision, recall and cost per example.

    Args:
        outcomes: of classes, with `positive` and `threshold` among the settings.
    """
    place, threshold = outcomes.settings["positive"], outcomes.settings["threshold"]
    positive = outcomes.columns["truth"] == place
    decided = outcomes.columns["probabilities"][:, place] >= threshold
    parts = [positive & decided, ~positive & decided, positive & ~decided, np.ones(len(positive))]
    alarm, miss = _costs(outcomes.settings.get("cost"))

    def cost(sums: Array) -> Array:
        return ratio(alarm * sums[..., 1] + miss * sums[..., 2], sums[..., 3])

    def f1(sums: Array) -> Array:
        found = 2 * sums[..., 0]
        return share(found, found + sums[..., 1] + sums[..., 2])

    measures: dict[str, Measure] = {
        "f1": f1,
        "precision": lambda sums: share(sums[..., 0], sums[..., 0] + sums[..., 1]),
        "recall": lambda sums: share(sums[..., 0], sums[..., 0] + sums[..., 2]),
        "cost": cost,
    }
    behind = {
        "f1": positive.sum(keepdims=True),
        "precision": decided.sum(keepdims=True),
        "recall": positive.sum(keepdims=True),
    }
    return replace(merged(np.stack(parts, axis=1).astype(np.float64), measures), parts=behind)


def _costs(given: Any) -> tuple[float, float]:  # noqa: ANN401 - as JSON has it
    """Gives what a false positive and a false negative cost; 1 each by default."""
    if given is None:
        return 1.0, 1.0
    return float(given["false_positive"]), float(given["false_negative"])

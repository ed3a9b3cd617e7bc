"""How far groups lie apart in what is decided for them, by fairlearn.

Shapes: N examples, C classes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from xinzhi.evaluation.masks import Mask
from xinzhi.evaluation.outcomes import Array, Outcomes
from xinzhi.evaluation.page_words import finite
from xinzhi.evaluation.wrongness import decided

_CLASS = 20  # examples of a class below which it is no decision to compare
_FEW = 5  # rows of a group below which a rate over them says nothing
_CLASSES = (
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equalized_odds_difference",
)
_NUMBERS = ("mean_answer_difference", "mae_difference")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How far groups lie apart.

    Attributes:
        name: `demographic_parity_difference`, `demographic_parity_ratio`,
            `equalized_odds_difference`; of numbers `mae_difference`, `mean_answer_difference`.
        value: None where fewer than two groups define it.
        decision: the class that is decided for, None of numbers.
    """

    name: str
    value: float | None
    decision: str | None


class Decision(NamedTuple):
    """Who is decided for, and for whom that is right: of classes 0 or 1, of numbers themselves."""

    name: str | None
    truth: Array
    answer: Array


def decisions(outcomes: Outcomes) -> Iterator[Decision]:
    """Gives the decisions whose groups may be compared.

    Args:
        outcomes: of classes, labels or numbers.

    Yields:
        The positive class, or each class against the rest; of numbers the answer itself.
    """
    truth = outcomes.columns["truth"]
    if outcomes.kind == "numbers":
        yield Decision(None, truth, outcomes.columns["answer"])
        return
    if outcomes.kind == "labels":
        answers = outcomes.columns["probabilities"] > 0.5
        for place, name in enumerate(outcomes.classes):
            yield Decision(name, truth[:, place].astype(int), answers[:, place].astype(int))
        return
    answer = decided(outcomes)
    positive = outcomes.settings.get("positive")
    if len(outcomes.classes) == 2:
        places = [1 if positive is None else int(positive)]
    else:
        places = list(range(len(outcomes.classes)))
    for place in places:
        yield Decision(
            outcomes.classes[place], (truth == place).astype(int), (answer == place).astype(int)
        )


def differences(
    outcomes: Outcomes, groups: Array, sure: Mask
) -> tuple[tuple[Difference, ...], Decision]:
    """Gives the differences, each of the worst decision, and the decision that is shown.

    Args:
        outcomes: whose truth is known.
        groups: of each example, shape (N,).
        sure: those of groups that are large enough, bool, shape (N,).
    """
    every = list(decisions(outcomes))
    frequent = [one for one in every if max(one.truth.sum(), one.answer.sum()) >= _CLASS]
    compared = every if every[0].name is None else frequent or every
    worst: dict[str, tuple[float, Decision]] = {}
    for one in compared:
        for name, value in _between(one, groups, sure).items():
            far = -value if name.endswith("ratio") else value
            if name not in worst or far > worst[name][0]:
                worst[name] = (far, one)
    names = _NUMBERS if every[0].name is None else _CLASSES
    told = tuple(
        Difference(
            name=name,
            value=finite(abs(worst[name][0])) if name in worst else None,
            decision=worst[name][1].name if name in worst else None,
        )
        for name in names
    )
    shown = next((worst[name][1] for name in names[::-1] if name in worst), compared[0])
    return told, shown


def _between(one: Decision, groups: Array, sure: Mask) -> dict[str, float]:
    """Compares groups by fairlearn; where fewer than two define a rate, there is nothing."""
    from fairlearn.metrics import (
        MetricFrame,
        demographic_parity_difference,
        demographic_parity_ratio,
        mean_prediction,
    )
    from sklearn.metrics import mean_absolute_error

    truth, answer, own = one.truth[sure], one.answer[sure], groups[sure]
    if len(np.unique(own)) < 2:
        return {}
    if one.name is None:
        metrics = {"mean_answer": mean_prediction, "mae": mean_absolute_error}
        frame = MetricFrame(metrics=metrics, y_true=truth, y_pred=answer, sensitive_features=own)
        return {f"{name}_difference": float(v) for name, v in frame.difference().items()}
    found = {
        "demographic_parity_difference": demographic_parity_difference(
            truth, answer, sensitive_features=own
        ),
        "demographic_parity_ratio": demographic_parity_ratio(truth, answer, sensitive_features=own),
    }
    odds = _equalized_odds(truth, answer, own)
    if odds is not None:
        found["equalized_odds_difference"] = odds
    return {name: float(value) for name, value in found.items() if np.isfinite(value)}


def _equalized_odds(truth: Array, answer: Array, groups: Array) -> float | None:
    """Gives the larger difference of two rates, each over the groups that define it.

    A group without anybody of the class has no true positive rate; fairlearn would take it for 0.
    One with few has one that says nothing.
    """
    from fairlearn.metrics import MetricFrame, selection_rate

    found = []
    for own in (1, 0):
        values, counts = np.unique(groups[truth == own], return_counts=True)
        rows = (truth == own) & np.isin(groups, values[counts >= _FEW])
        if len(np.unique(groups[rows])) < 2:
            continue
        frame = MetricFrame(
            metrics=selection_rate,
            y_true=truth[rows],
            y_pred=answer[rows],
            sensitive_features=groups[rows],
        )
        found.append(float(frame.difference()))
    return max(found) if found else None

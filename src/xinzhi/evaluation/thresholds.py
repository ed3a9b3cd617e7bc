"""What each threshold gives: of deciding for one class, and of answering alone.

Shapes: N examples.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from xinzhi.evaluation.outcomes import Array, Outcomes

_POINTS = 150  # of a curve: finer than one can see


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Numbers by threshold.

    Attributes:
        kind: of deciding for a class, or of answering alone.
        subject: the class, or what is answered.
        threshold: ascending; from one to the next, which is included, its numbers hold.
        lines: by name, as many numbers each.
        chosen: the threshold that is in use, None where none was chosen.
        reached: what it gives on these examples, by the same names.
        best: the threshold that would cost least on these examples, None where costs are unknown.
        sentence: what it comes to.
    """

    kind: Literal["deciding", "alone"]
    subject: str
    threshold: tuple[float, ...]
    lines: dict[str, tuple[float, ...]]
    chosen: float | None
    reached: dict[str, float]
    best: float | None
    sentence: str


class _Counted(NamedTuple):
    """What is taken from each threshold on; of equal sureness all or none.

    Attributes:
        threshold: descending from infinity, shape (T,).
        right: of what is taken, shape (T,).
        wrong: of what is taken, shape (T,).
    """

    threshold: Array
    right: Array
    wrong: Array

    def decided(self, cost: Mapping[str, float] | None) -> dict[str, Array]:
        """Gives the numbers of deciding for a class, each of shape (T,)."""
        positives, taken = self.right[-1], self.right + self.wrong
        lines = {
            "recall": self.right / positives,
            "precision": np.where(taken > 0, self.right / np.maximum(taken, 1), np.nan),
            "f1": 2 * self.right / (positives + taken),
        }
        if cost is not None:
            missed = cost["false_negative"] * (positives - self.right)
            lines["cost"] = (cost["false_positive"] * self.wrong + missed) / taken[-1]
        return lines


def _counted(sure: Array, right: Array) -> _Counted:
    """Counts in numpy what `xinzhi.metrics` counts in torch, whose loading takes seconds."""
    order = np.argsort(-sure, kind="stable")
    last = np.append(np.flatnonzero(np.diff(sure[order])), len(sure) - 1)
    hits = np.append(0, right[order].cumsum()[last])
    taken = np.append(0, last + 1)
    return _Counted(np.append(np.inf, sure[order][last]), hits, taken - hits)


def curves(outcomes: Outcomes) -> list[Curve]:
    """Gives the curves that these outcomes have.

    Args:
        outcomes: of any kind; of classes, those of deciding for the positive class of two, and of
            answering alone.
    """
    if outcomes.kind != "classes":
        return []
    truth = outcomes.columns["truth"]
    known = truth >= 0
    probabilities, truth = outcomes.columns["probabilities"][known], truth[known]
    if not len(truth):
        return []
    found = [_alone(outcomes, probabilities, truth)]
    place = outcomes.settings.get("positive")
    if probabilities.shape[1] == 2:
        place = 1 if place is None else place
    if place is not None and 0 < (truth == place).sum() < len(truth):
        found.insert(0, _deciding(outcomes, probabilities[:, place], truth == place, int(place)))
    return found


def _deciding(outcomes: Outcomes, probability: Array, positive: Array, place: int) -> Curve:
    counted = _counted(probability, positive)
    given = outcomes.settings.get("cost")
    lines = counted.decided(given)
    threshold = np.minimum(counted.threshold, 1.0)
    chosen = outcomes.settings.get("threshold")
    name = outcomes.classes[place]
    reached: dict[str, float] = {}
    best = float(threshold[np.argmin(lines["cost"])]) if given else None
    sentence = f"Decided for {name} from a probability on; none was chosen for it."
    if chosen is not None:
        at = int(np.flatnonzero(counted.threshold >= chosen)[-1])
        reached = {line: float(values[at]) for line, values in lines.items()}
        sentence = (
            f"Decided for {name} from {chosen:.3f} on, chosen on validation: "
            f"{reached['recall']:.1%} of the class is found"
        )
        if not np.isnan(reached["precision"]):
            sentence += f", {reached['precision']:.1%} of those decided for are right"
        sentence += f", which costs {reached['cost']:.3f} a row" if given else ""
        sentence += f" (at best {min(lines['cost']):.3f}, from {best:.3f} on)." if given else "."
    return Curve(
        kind="deciding",
        subject=name,
        **_drawn(threshold, lines, chosen),  # type: ignore[arg-type]  # both of them
        chosen=chosen,
        reached=reached,
        best=best,
        sentence=sentence,
    )


def _alone(outcomes: Outcomes, probabilities: Array, truth: Array) -> Curve:
    sure, right = probabilities.max(1), probabilities.argmax(1) == truth
    counted = _counted(sure, right)
    taken = counted.right + counted.wrong
    lines = {
        "share answered alone": taken[1:] / len(sure),
        "precision": counted.right[1:] / taken[1:],
    }
    accept = outcomes.settings.get("accept")
    reached: dict[str, float] = {}
    sentence = "What is surer than the threshold is answered alone; none was chosen for it."
    if accept is not None:
        alone = sure >= accept
        reached = {"share answered alone": float(alone.mean())}
        sentence = f"Surer than {accept:.3f}, chosen on validation, are {alone.mean():.1%}"
        if alone.any():
            reached["precision"] = float(right[alone].mean())
            sentence += f", of which {right[alone].mean():.1%} are right"
        sentence += "."
    return Curve(
        kind="alone",
        subject="answers",
        **_drawn(counted.threshold[1:], lines, accept),  # type: ignore[arg-type]  # both of them
        chosen=accept,
        reached=reached,
        best=None,
        sentence=sentence,
    )


def _drawn(threshold: Array, lines: dict[str, Array], chosen: float | None) -> dict[str, object]:
    """Takes as many thresholds as one can see, ascending, evenly over the axis and the examples.

    Those on both sides of the chosen one are among them, so that the line runs through its point.
    """
    ascending = threshold[::-1]
    even = np.searchsorted(ascending, np.linspace(ascending[0], ascending[-1], _POINTS))
    places = np.linspace(0, len(ascending) - 1, _POINTS).astype(int)
    at = len(ascending) - 1 if chosen is None else int(np.searchsorted(ascending, chosen))
    every = np.concatenate([even, places, [at - 1, at]])
    taken = np.unique(np.clip(every, 0, len(ascending) - 1))
    return {
        "threshold": tuple(ascending[taken].tolist()),
        "lines": {name: tuple(values[::-1][taken].tolist()) for name, values in lines.items()},
    }

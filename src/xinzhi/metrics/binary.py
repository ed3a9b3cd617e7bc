"""What probabilities of one class are worth, and from which one on to decide for it.

Shapes: N examples, T thresholds.
"""

from typing import NamedTuple

import torch
import torchmetrics.functional.classification as F
from torch import Tensor


class Cost(NamedTuple):
    """What wrong decisions cost, in any unit.

    Attributes:
        false_positive: of deciding for the class where it is not.
        false_negative: of missing it.
    """

    false_positive: float
    false_negative: float

    @property
    def indifferent(self) -> float:
        """The probability at which both decisions cost the same, if probabilities are true.

        >>> Cost(1, 4).indifferent
        0.2
        """
        return self.false_positive / (self.false_positive + self.false_negative)

    def said(self) -> str:
        """Says so to a person."""
        return f"{self.false_positive:g} a false positive, {self.false_negative:g} a false negative"


class Decisions(NamedTuple):
    """Errors by threshold: the class is decided for from this probability on.

    Attributes:
        threshold: descending from infinity, shape (T,).
        false_positive: how many, shape (T,).
        false_negative: how many, shape (T,).
        positives: examples of the class.
        negatives: the others.
    """

    threshold: Tensor
    false_positive: Tensor
    false_negative: Tensor
    positives: int
    negatives: int

    def cost(self, cost: Cost) -> Tensor:
        """Gives the cost per example, shape (T,)."""
        total = cost.false_positive * self.false_positive
        total = total + cost.false_negative * self.false_negative
        return total / (self.positives + self.negatives)

    def f1(self) -> Tensor:
        """Gives the F1 of the class, 0 where it is nowhere, shape (T,)."""
        found = self.positives - self.false_negative
        return 2 * found / (2 * found + self.false_positive + self.false_negative).clamp(min=1)

    def found(self) -> Tensor:
        """Gives the share of the class that is found, the recall, shape (T,)."""
        return 1 - self.false_negative / max(self.positives, 1)

    def alarmed(self) -> Tensor:
        """Gives the share of the others that is taken for it, shape (T,)."""
        return self.false_positive / max(self.negatives, 1)


def decisions(probability: Tensor, positive: Tensor) -> Decisions:
    """Counts the errors at each threshold that decides differently.

    Args:
        probability: of the class, shape (N,).
        positive: where it is right, bool, shape (N,).
    """
    order = probability.double().argsort(descending=True, stable=True)
    sorted_, right = probability.double()[order], positive[order].long()
    last = torch.ones_like(right, dtype=torch.bool)  # of those with the same probability
    last[:-1] = sorted_[1:] != sorted_[:-1]
    found, alarms = right.cumsum(0)[last], (1 - right).cumsum(0)[last]
    none, positives = right.new_zeros(1), int(right.sum())
    return Decisions(
        threshold=torch.cat([sorted_.new_full((1,), torch.inf), sorted_[last]]),
        false_positive=torch.cat([none, alarms]).double(),
        false_negative=positives - torch.cat([none, found]).double(),
        positives=positives,
        negatives=len(right) - positives,
    )


def choose(
    probability: Tensor, positive: Tensor, cost: Cost | None, *, slack: float = 0.0
) -> float:
    """Gives the threshold that costs least; without a cost, the one with the highest F1.

    Between neighbouring probabilities that decide alike it takes the middle; of thresholds that
    cost the same, the one nearest to where true probabilities would be indifferent. With slack,
    thresholds that cost more only by so many standard errors count as costing the same: few rows
    say little about the best threshold, calibrated probabilities more.

    Args:
        probability: of the class, shape (N,).
        positive: where it is right, bool, shape (N,).
        cost: of wrong decisions.
        slack: standard errors of the paired difference from the cheapest threshold.
    """
    counted = decisions(probability, positive)
    upper = torch.cat([counted.threshold.new_ones(1), counted.threshold[1:]])
    lower = torch.cat([counted.threshold[1:], counted.threshold.new_zeros(1)])
    aim = 0.5 if cost is None else cost.indifferent
    middle = (upper + lower) / 2
    middle[(lower < aim) & (aim < upper)] = aim
    if cost is None:
        worse, allowed = counted.f1().max() - counted.f1(), torch.zeros(())
    else:
        worse, error = _beyond_cheapest(counted, cost)
        allowed = slack * error
    best = (worse <= allowed + 1e-12).nonzero().flatten()
    return float(middle[best[(middle[best] - aim).abs().argmin()]])


def _beyond_cheapest(counted: Decisions, cost: Cost) -> tuple[Tensor, Tensor]:
    """Gives how much more each threshold costs than the cheapest, and its standard error."""
    rows, each = counted.positives + counted.negatives, counted.cost(cost)
    cheapest = int(each.argmin())
    worse = each - each[cheapest]
    # the two thresholds decide differently for the rows between them, and only for these
    alarms = (counted.false_positive - counted.false_positive[cheapest]).abs()
    missed = (counted.false_negative - counted.false_negative[cheapest]).abs()
    squares = cost.false_positive**2 * alarms + cost.false_negative**2 * missed
    return worse, (squares / rows - worse.square()).clamp(min=0).div(rows).sqrt()


def ks(counted: Decisions) -> float:
    """Gives the Kolmogorov-Smirnov distance of the class's probabilities from the others'.

    NaN where only one of the two is there.
    """
    if not counted.positives or not counted.negatives:
        return float("nan")
    return float((counted.found() - counted.alarmed()).max())


def binary_scores(
    probability: Tensor, positive: Tensor, *, threshold: float, cost: Cost | None = None
) -> dict[str, float]:
    """Scores of probabilities of one class, and of the decisions at a threshold.

    Args:
        probability: of the class, shape (N,).
        positive: where it is right, bool, shape (N,).
        threshold: from which it is decided for.
        cost: of wrong decisions; 1 each by default.

    Returns:
        `auroc`, `average_precision`, `ks`, `brier`; and at the threshold `f1`, `precision`,
        `recall`, and `cost` per example. What no example defines is NaN, or 0 for the decisions.
    """
    truth, decided = positive.long(), probability >= threshold
    both = bool(positive.any()) and not bool(positive.all())
    nan = torch.tensor(torch.nan)
    wrong = Cost(1, 1) if cost is None else cost
    alarms, missed = (decided & ~positive).double(), (~decided & positive).double()
    scores: dict[str, Tensor | float] = {
        "auroc": F.binary_auroc(probability, truth) if both else nan,
        "average_precision": F.binary_average_precision(probability, truth) if both else nan,
        "ks": ks(decisions(probability, positive)),
        "brier": (probability.double() - truth).square().mean(),
        "f1": F.binary_f1_score(decided.long(), truth),
        "precision": F.binary_precision(decided.long(), truth),
        "recall": F.binary_recall(decided.long(), truth),
        "cost": (wrong.false_positive * alarms + wrong.false_negative * missed).mean(),
    }
    return {name: float(value) for name, value in scores.items()}

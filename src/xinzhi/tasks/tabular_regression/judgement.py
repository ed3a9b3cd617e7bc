"""What predictions and their intervals are worth on one split. Shapes: N rows."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import torch
from torch import Tensor

from xinzhi.evaluation.answers import number_outcomes
from xinzhi.metrics.intervals import conformal_margin, interval_scores
from xinzhi.metrics.regression import pinball, regression_scores

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.figure import Figure

    from xinzhi.evaluation.outcomes import Outcomes

_KEPT = ("row", "label", "group")
Loss = Literal["squared", "absolute"]


def losses(outputs: Tensor, targets: Tensor, *, loss: Loss, level: float) -> Tensor:
    """Gives the losses of predictions and of both ends of intervals, in the outputs' unit.

    Args:
        outputs: prediction, lower and upper quantile, shape (…, 3).
        targets: shape (…).
        loss: squared predicts means, absolute medians.
        level: share of truths that the intervals are to hold.
    """
    error, tail = outputs[..., 0] - targets, (1 - level) / 2
    ends = pinball(outputs[..., 1:], targets, (tail, 1 - tail)).sum(-1)
    return (error.square() if loss == "squared" else error.abs()) + ends


class Answered(NamedTuple):
    """What is said of rows, in the label's own unit.

    Attributes:
        predicted: shape (N,), float64.
        lower: end of the interval, shape (N,).
        upper: the other end, shape (N,).
    """

    predicted: Tensor
    lower: Tensor
    upper: Tensor

    @classmethod
    def of(cls, outputs: Tensor, *, centre: float, scale: float) -> "Answered":
        """Makes it of a model's outputs, shape (N, 3), in the training rows' unit."""
        predicted, first, second = (outputs.double() * scale + centre).unbind(1)
        # quantiles that are learned apart may cross
        return cls(predicted, first.minimum(second), first.maximum(second))

    def widened(self, margin: float) -> "Answered":
        """Moves both ends outwards, or inwards, but not past each other."""
        middle = (self.lower + self.upper) / 2
        return self._replace(
            lower=(self.lower - margin).minimum(middle), upper=(self.upper + margin).maximum(middle)
        )


@dataclass(frozen=True, kw_only=True)
class RegressionJudgement:
    """Answers to a split beside the truth.

    Args:
        answered: with the intervals as the model leaves them.
        true: shape (N,), float64.
        losses: of each row, shape (N,).
        rows: which ones of the split, shape (N,).
        level: the share of truths that intervals promise to hold.
        validation: the judgement of the validation rows; None is that one itself.
    """

    answered: Answered
    true: Tensor
    losses: Tensor
    rows: Tensor
    level: float
    validation: "RegressionJudgement | None" = None

    @cached_property
    def margin(self) -> float:
        """By how much intervals are widened so that they would hold the promised share here."""
        found = conformal_margin(
            self.answered.lower, self.answered.upper, self.true, level=self.level
        )
        # too few rows to promise anything: the widest that any of them needs
        if math.isfinite(found):
            return found
        beyond = (self.answered.lower - self.true).maximum(self.true - self.answered.upper)
        return float(beyond.max())

    @cached_property
    def final(self) -> Answered:
        """The answers with the intervals that validation calibrated."""
        chosen = self if self.validation is None else self.validation
        return self.answered.widened(chosen.margin)

    def metrics(self) -> dict[str, float]:
        """Gives every number by its name; `pinball` is the mean of both ends of the interval."""
        answers, tail = self.final, (1 - self.level) / 2
        ends = torch.stack([answers.lower, answers.upper], dim=1)
        return {
            "loss": float(self.losses.mean()),
            **regression_scores(answers.predicted, self.true),
            "pinball": float(pinball(ends, self.true, (tail, 1 - tail)).mean()),
            **interval_scores(answers.lower, answers.upper, self.true, level=self.level),
        }

    def outcomes(self, table: "pa.Table") -> "Outcomes":
        """Gives the answer to each row, with the intervals as the model answers later.

        Args:
            table: all rows of the split.
        """
        rows = table.select([name for name in _KEPT if name in table.column_names])
        return number_outcomes(
            rows.take(self.rows.numpy()),
            *(part.numpy() for part in self.final),
            level=self.level,
            loss=self.losses.double().numpy(),
        )

    def report(self) -> str:
        """Says in a few lines how good the answers are."""
        values, covered = self.metrics(), f"coverage_{100 * self.level:g}"
        typical = float((self.true - self.true.median()).abs().mean())
        return (
            f"{len(self.true):,} rows: off by {values['mae']:.4g} on average (the median alone "
            f"{typical:.4g}), RMSE {values['rmse']:.4g}, R² {values['r2']:.4f}\n"
            f"{self.level:.0%} intervals hold {values[covered]:.1%} of the truths, "
            f"{values['interval_width']:.4g} wide on average (moved outwards by "
            f"{(self.validation or self).margin:+.4g} on validation)"
        )

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures by name."""
        from xinzhi.evaluation.quantities import quantity_figures

        return quantity_figures(*self.final, self.true, level=self.level)

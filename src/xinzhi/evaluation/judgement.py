"""What a classifier's scores on one split are worth. Shapes: N examples, C classes."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from xinzhi.metrics.classification import classification_scores, multilabel_scores, per_class
from xinzhi.metrics.selective import apply_threshold, choose_threshold

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from matplotlib.figure import Figure

    from xinzhi.evaluation.keys import Keys
    from xinzhi.evaluation.outcomes import Outcomes

# of a split whose examples have one label each
MEASURES = (
    "loss",
    "accuracy",
    "f1_micro",
    "f1_macro",
    "f1_weighted",
    "auroc",
    "average_precision",
    "calibration_error",
    "answered_alone",
    "answered_precision",
)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Scores of a split beside the truth.

    Args:
        classes: C names.
        rows: which examples, shape (N,).
        scores: before softmax or sigmoid, shape (N, C).
        targets: classes, shape (N,), −1 where training never saw the label; or (N, C).
        losses: of each example, shape (N,).
        accept: precision at which an answer needs no person.
        validation: the judgement that chose the threshold for it; None chooses here.
        noun: what the examples are, for people.
    """

    classes: tuple[str, ...]
    rows: Tensor
    scores: Tensor
    targets: Tensor
    losses: Tensor
    accept: float
    validation: "Judgement | None" = None
    noun: str = "examples"

    @property
    def multilabel(self) -> bool:
        """Whether an example may carry several labels."""
        return self.targets.ndim == 2

    @cached_property
    def known(self) -> Tensor:
        """Examples whose label training saw, shape (N,), bool."""
        if self.multilabel:
            return self.targets.new_ones(len(self.targets)).bool()
        return self.targets >= 0

    @cached_property
    def probabilities(self) -> Tensor:
        """Probabilities of the examples whose label is known, shape (known, C)."""
        scores = self.scores[self.known].double()
        return scores.sigmoid() if self.multilabel else scores.softmax(1)

    @cached_property
    def truth(self) -> Tensor:
        """Targets of the examples whose label is known."""
        targets = self.targets[self.known]
        return targets.bool() if self.multilabel else targets

    @cached_property
    def threshold(self) -> float | None:
        """The confidence from which answers are precise enough, chosen on validation."""
        if self.multilabel:
            return None
        if self.validation is not None:
            return self.validation.threshold
        return choose_threshold(self.probabilities, self.truth, accept=self.accept)

    def metrics(self) -> dict[str, float]:
        """Gives every number by its name."""
        score = multilabel_scores if self.multilabel else classification_scores
        values = {"loss": float(self.losses[self.known].mean())}
        values |= score(self.probabilities, self.truth)
        if self.threshold is not None:
            answered = apply_threshold(self.probabilities, self.truth, self.threshold)
            values["answered_alone"] = answered.share
            values["answered_precision"] = answered.precision
        return values

    def outcomes(self, keys: "Keys", *, decisions: "Mapping[str, Any] | None" = None) -> "Outcomes":
        """Gives the answer to each example, for statistics.

        Args:
            keys: of all examples of the split; those of `rows` are taken.
            decisions: further settings.
        """
        from xinzhi.evaluation.answers import beside_truth

        scores = self.scores.double()
        turned = scores.sigmoid() if self.multilabel else scores.softmax(1)
        truth = self.targets.bool() if self.multilabel else self.targets
        settings = {"accept": finite(self.threshold), **(decisions or {})}
        return beside_truth(
            keys.at(self.rows.numpy()), truth.numpy(), turned.numpy(), self.classes, settings
        )

    def report(self) -> str:
        """Gives the table of classes, and what can be answered without a person."""
        from xinzhi.evaluation.report import class_table

        text = class_table(per_class(self.probabilities, self.truth, self.classes))
        values = self.metrics()
        if "answered_alone" in values:
            text += f"\nanswered alone at {self.accept:.0%} precision ("
            chosen = finite(self.threshold)
            text += "no threshold" if chosen is None else f"threshold {chosen:.3f}"
            text += f", from validation): {values['answered_alone']:.1%} of the {self.noun}"
            if values["answered_alone"]:
                text += f", {values['answered_precision']:.1%} of them right"
        return text

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures by name."""
        from xinzhi.evaluation.figures import classification_figures

        return classification_figures(
            self.probabilities,
            self.truth,
            self.classes,
            accept=self.accept,
            threshold=self.threshold,
            offline=False,
        )


def faultless(classes: tuple[str, ...], *, multilabel: bool, accept: float) -> Judgement:
    """Gives the judgement of a model without fault, whose metrics have the names of all others.

    Args:
        classes: C names.
        multilabel: whether an example may carry several labels.
        accept: precision at which an answer needs no person.
    """
    right = torch.eye(len(classes))
    return Judgement(
        classes=classes,
        rows=torch.arange(len(right)),
        scores=right,
        targets=right if multilabel else torch.arange(len(right)),
        losses=torch.zeros(len(right)),
        accept=accept,
    )


def finite(threshold: float | None) -> float | None:
    """Gives the threshold, or None where no confidence is high enough: JSON knows no infinity."""
    return threshold if threshold is not None and math.isfinite(threshold) else None

"""What warnings are worth: how they rank, how many events they precede, and by how much."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from xinzhi.metrics.selective import coverage_curve

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Warnings:
    """Probabilities that an event follows, beside whether one does.

    Args:
        probabilities: shape (N,).
        truth: bool, shape (N,).
        loss: as trained.
        precision: share of the alarms that must be right.
        given: threshold of an alarm; None chooses one here.
        at: places of the first steps ahead, shape (N,).
        leads: gives the lead time of each event, 0 where there was none, for alarms (N,).
    """

    probabilities: Tensor
    truth: Tensor
    loss: float
    precision: float
    given: float | None
    at: np.ndarray
    leads: Callable[[np.ndarray], np.ndarray]

    @cached_property
    def threshold(self) -> float:
        """The lowest probability from which alarms are precise enough; above 1 where none is."""
        if self.given is not None:
            return self.given
        curve = coverage_curve(self.probabilities, self.truth)
        held = (curve.precision >= self.precision - 1e-12).nonzero()
        return float(curve.threshold[held[-1]]) if len(held) else 1.1

    @cached_property
    def lead(self) -> np.ndarray:
        """Steps from the first alarm to each event, 0 where there was none."""
        return self.leads((self.probabilities >= self.threshold).numpy())

    @cached_property
    def scores(self) -> dict[str, float]:
        """Every number by its name; lead times in steps, over the events that were warned of."""
        from torchmetrics.functional.classification import binary_auroc, binary_average_precision

        alarmed = self.probabilities >= self.threshold
        right = float(self.truth[alarmed].double().mean()) if alarmed.any() else float("nan")
        warned = self.lead[self.lead > 0]
        return {
            "loss": self.loss,
            "auroc": float(binary_auroc(self.probabilities, self.truth.long())),
            "average_precision": float(
                binary_average_precision(self.probabilities, self.truth.long())
            ),
            "alarm_precision": right,
            "events_warned": float((self.lead > 0).mean()) if len(self.lead) else float("nan"),
            "lead_median": float(np.median(warned)) if len(warned) else float("nan"),
        }

    def report(self) -> str:
        """Says how many events were warned of, and how early."""
        scores = self.scores
        return (
            f"{len(self.truth):,} origins at rest, an event follows {int(self.truth.sum()):,}; "
            f"threshold {self.threshold:.3f} (precision {self.precision:.0%} on validation)\n"
            f"alarms right: {scores['alarm_precision']:.1%}; events warned of: "
            f"{int((self.lead > 0).sum())} of {len(self.lead)}, in the median "
            f"{scores['lead_median']:.0f} steps before"
        )

    def figures(self) -> "dict[str, Figure]":
        """Gives precision over recall, reliability, and the lead times."""
        from xinzhi.evaluation.canvas import BLUE, blank, plain
        from xinzhi.evaluation.curves import precision_recall

        both = torch.stack([1 - self.probabilities, self.probabilities], 1)
        truth = torch.stack([~self.truth, self.truth], 1)
        figure = blank(6.2, 3.8)
        axes = figure.subplots()
        longest = int(self.lead.max()) if len(self.lead) else 0
        counts = np.bincount(self.lead, minlength=longest + 1)
        axes.bar(np.arange(len(counts)), counts, color=BLUE, width=0.9)
        title = f"{(self.lead > 0).sum()} of {len(self.lead)} events warned of"
        plain(axes, title, x="steps from the first alarm to the event (0: none)", y="events")
        return {
            "precision_recall": precision_recall(both.float(), truth, ["no event", "event"]),
            "lead_times": figure,
        }

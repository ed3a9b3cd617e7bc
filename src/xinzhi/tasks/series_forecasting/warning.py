"""What is learned of events to come: loss, optimiser, and how early a warning is."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightning as L
import numpy as np
import torch
from torch import Tensor, nn

from xinzhi.nn.losses import losses
from xinzhi.nn.saving import save_bundle
from xinzhi.tasks.series_forecasting.events import EventData, lead_times
from xinzhi.tasks.series_forecasting.outcomes import warnings
from xinzhi.tasks.series_forecasting.warner import EventWarner
from xinzhi.tasks.series_forecasting.warning_scores import Warnings
from xinzhi.training.gathering import gathered
from xinzhi.training.steps import check_share, log_split, optimisation, step_loss

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes


class EventForecasting(L.LightningModule):
    """Fits the probability that an event falls within the next steps.

    Args:
        model: `history` (B, 1 + O, L) and `known` (B, K, L + H) to a score (B, 1).
        datamodule: gives origins and events.
        optimizer: makes an optimiser of parameter groups.
        scheduler: makes a schedule of an optimiser and `total_steps`; None keeps the rate.
        architecture: target and arguments of the model, kept with its weights.
        precision: share of the alarms on validation that must be right.
    """

    # what validation measures: an objective is judged by it before torch is loaded
    measures = (
        "loss",
        "auroc",
        "average_precision",
        "alarm_precision",
        "events_warned",
        "lead_median",
    )

    def __init__(
        self,
        *,
        model: nn.Module,
        datamodule: EventData,
        optimizer: Callable[..., torch.optim.Optimizer],
        scheduler: Callable[..., Any] | None = None,
        architecture: Mapping[str, Any] | None = None,
        precision: float = 0.9,
    ) -> None:
        super().__init__()
        check_share("precision", precision)
        self.model, self.architecture = model, dict(architecture or {})
        self.datamodule, self.precision_wanted = datamodule, precision
        self._optimizer, self._scheduler = optimizer, scheduler
        self.judgements: dict[str, Warnings] = {}
        self._seen: list[tuple[Tensor, ...]] = []

    def forward(self, history: Tensor, known: Tensor) -> Tensor:
        """Gives a score, shape (B, 1)."""
        scores: Tensor = self.model(history, known)
        return scores

    def _losses(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        scores = self.model(batch["history"], batch["known"]).float()
        return losses(scores, batch["targets"]), scores

    def training_step(self, batch: Mapping[str, Tensor], batch_index: int) -> Tensor:  # noqa: ARG002
        """Gives the batch's share of the mean loss over the whole optimiser step."""
        return step_loss(self._losses(batch)[0], batch, self.trainer)

    def validation_step(self, batch: Mapping[str, Tensor], batch_index: int) -> None:  # noqa: ARG002
        """Keeps scores until the epoch ends: metrics are computed once, off the hot path."""
        each, scores = self._losses(batch)
        self._seen.append((batch["rows"], scores, batch["targets"], each))

    test_step = validation_step

    def on_validation_epoch_end(self) -> None:
        """Judges the validation origins."""
        self._judge("val")

    def on_test_epoch_end(self) -> None:
        """Judges the test origins, at the threshold that validation chose."""
        self._judge("test")

    def _judge(self, split: str) -> None:
        rows, scores, targets, each = gathered(self._seen)
        self._seen.clear()
        known = self.judgements.get("val") if split == "test" else None
        data = self.datamodule
        at = data.split(split).at[rows.numpy()]
        judgement = Warnings(
            probabilities=scores[:, 0].double().sigmoid(),
            truth=targets[:, 0].bool(),
            loss=float(each.mean()),
            precision=self.precision_wanted,
            given=None if known is None else known.threshold,
            at=at,
            leads=lambda alarmed: lead_times(at, alarmed, data.events, horizon=data.horizon),
        )
        self.judgements[split] = judgement
        log_split(self, split, judgement.scores, examples=len(rows))

    def configure_optimizers(self) -> Any:  # noqa: ANN401 - Lightning's union
        """Makes the optimiser, without decay on biases, and its schedule by step."""
        return optimisation(
            self.model,
            optimizer=self._optimizer,
            scheduler=self._scheduler,
            trainer=self.trainer,
        )

    def metric_names(self) -> list[str]:
        """Gives the names of what validation measures."""
        truth = torch.tensor([False, True])
        faultless = Warnings(
            probabilities=truth.double(),
            truth=truth,
            loss=0.0,
            precision=self.precision_wanted,
            given=None,
            at=np.arange(2),
            leads=lambda alarmed: np.ones(int(alarmed.sum()), dtype=np.int64),
        )
        return [f"val/{name}" for name in faultless.scores]

    def report(self) -> str:
        """Says how many events were warned of, and how early."""
        return self.judgements["test"].report()

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures of the test origins."""
        return self.judgements["test"].figures()

    def outcomes(self, split: str, snapshot: "Snapshot") -> "Outcomes | None":  # noqa: ARG002
        """Gives the warnings of a split; None where it was not judged."""
        judged = self.judgements.get(split)
        if judged is None:
            return None
        return warnings(
            self.datamodule.panel,
            judged.at,
            judged.probabilities,
            judged.truth.numpy(),
            horizon=self.datamodule.horizon,
            settings={"threshold": self._threshold()},
        )

    def _threshold(self) -> float:
        """Gives the probability from which the model warns when it answers."""
        known = self.judgements.get("val")
        return 0.5 if known is None else min(known.threshold, 1.0)

    def bundle(self, folder: Path) -> None:
        """Writes all that answers need: weights and JSON, and no pickle."""
        data = self.datamodule
        settings = {"above": data.above, "level": list(data.level), "threshold": self._threshold()}
        save_bundle(
            folder,
            inference=EventWarner,
            model=self.model,
            architecture=self.architecture,
            settings=data.settings() | settings,
        )

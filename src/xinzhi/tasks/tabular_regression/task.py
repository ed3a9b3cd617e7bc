"""What is learned of rows with quantities: loss, optimiser and metrics around a model.

Shapes: B rows, K members, N rows of a split.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightning as L
import torch
from torch import Tensor, nn

from xinzhi.errors import ConfigError
from xinzhi.nn.saving import save_bundle
from xinzhi.tasks.tabular_regression.datamodule import TabularRegressionData
from xinzhi.tasks.tabular_regression.inference import TabularRegressor
from xinzhi.tasks.tabular_regression.judgement import Answered, Loss, RegressionJudgement, losses
from xinzhi.training.gathering import gathered
from xinzhi.training.steps import log_split, optimisation, step_loss

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes


class TabularRegression(L.LightningModule):
    """Fits a model to quantities and judges it on validation and test rows.

    Args:
        model: `numbers` (B, numbers) and `codes` (B, categories) to outputs (B, K, 3): the
            prediction, the lower and the upper quantile.
        datamodule: gives the features, and the unit of the quantities.
        optimizer: makes an optimiser of parameter groups.
        scheduler: makes a schedule of an optimiser and `total_steps`; None keeps the rate.
        architecture: target and arguments of the model, kept with its weights.
        loss: squared predicts means, absolute medians.
        level: share of truths that the intervals are to hold.
    """

    # what validation measures: an objective is judged by it before torch is loaded
    measures = ("loss", "mae", "rmse", "r2", "pinball", "coverage_*", "interval_width")

    def __init__(
        self,
        *,
        model: nn.Module,
        datamodule: TabularRegressionData,
        optimizer: Callable[..., torch.optim.Optimizer],
        scheduler: Callable[..., Any] | None = None,
        architecture: Mapping[str, Any] | None = None,
        loss: Loss = "squared",
        level: float = 0.9,
    ) -> None:
        super().__init__()
        if not 0 < level < 1:
            msg = f"task.level must be above 0 and below 1, was {level}"
            raise ConfigError(msg)
        self.model, self.architecture = model, dict(architecture or {})
        self.data, self.unit = datamodule, datamodule.unit
        self._optimizer, self._scheduler = optimizer, scheduler
        self.loss: Loss = loss
        self.level = level
        self.judgements: dict[str, RegressionJudgement] = {}
        self._seen: list[tuple[Tensor, ...]] = []

    def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """Gives outputs, shape (B, K, 3)."""
        outputs: Tensor = self.model(numbers, codes)
        return outputs

    def _losses(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Gives the losses of outputs (…, 3) against targets (…), shape (…)."""
        return losses(outputs, targets, loss=self.loss, level=self.level)

    def training_step(self, batch: Mapping[str, Tensor], batch_index: int) -> Tensor:  # noqa: ARG002
        """Gives the batch's share of the mean loss over the whole optimiser step."""
        outputs = self.model(batch["numbers"], batch["codes"]).float()
        targets = batch["targets"][:, None].expand(outputs.shape[:2])
        # members learn each for itself: an averaged output would let them lean on one another
        return step_loss(self._losses(outputs, targets).mean(1), batch, self.trainer)

    def validation_step(self, batch: Mapping[str, Tensor], batch_index: int) -> None:  # noqa: ARG002
        """Keeps outputs until the epoch ends: metrics are computed once, off the hot path."""
        outputs = self.model(batch["numbers"], batch["codes"]).float().mean(1)
        each = self._losses(outputs, batch["targets"])
        self._seen.append((batch["rows"], outputs, each))

    test_step = validation_step

    def on_validation_epoch_end(self) -> None:
        """Judges the validation rows."""
        self._judge("val")

    def on_test_epoch_end(self) -> None:
        """Judges the test rows, with the intervals that validation calibrated."""
        self._judge("test")

    def _judge(self, split: str) -> None:
        rows, outputs, each = gathered(self._seen)
        self._seen.clear()
        judgement = RegressionJudgement(
            answered=Answered.of(outputs, **self.unit._asdict()),
            true=torch.from_numpy(self.data.quantities(split))[rows],
            losses=each,
            rows=rows,
            level=self.level,
            validation=self.judgements.get("val") if split == "test" else None,
        )
        self.judgements[split] = judgement
        log_split(self, split, judgement.metrics(), examples=len(rows))

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
        zeros = torch.zeros(1, dtype=torch.float64)
        judgement = RegressionJudgement(
            answered=Answered(zeros, zeros, zeros),
            true=zeros,
            losses=zeros,
            rows=torch.zeros(1).long(),
            level=self.level,
        )
        return [f"val/{name}" for name in judgement.metrics()]

    def report(self) -> str:
        """Says how good the test answers are, and what became of the columns."""
        return f"{self.judgements['test'].report()}\n{self.data.features.summary()}"

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures of the test rows."""
        from xinzhi.evaluation.importances import importance_figure

        def loss(outputs: Tensor, targets: Tensor) -> float:
            return float((outputs.mean(1)[:, 0] - targets).abs().mean() * self.unit.scale)

        drawn = importance_figure(
            self.model,
            self.data.split("test"),
            self.data.features.prepared.parts,
            loss=loss,
            measure="mean absolute error",
        )
        return {**self.judgements["test"].figures(), "importance": drawn}

    def outcomes(self, split: str, snapshot: "Snapshot") -> "Outcomes | None":
        """Gives the answers to the rows of a split; None where it was not judged."""
        judgement = self.judgements.get(split)
        return None if judgement is None else judgement.outcomes(snapshot.table(split))

    def bundle(self, folder: Path) -> None:
        """Writes all that answers need: weights, features and JSON, and no pickle."""
        validation = self.judgements.get("val")
        save_bundle(
            folder,
            inference=TabularRegressor,
            model=self.model,
            architecture=self.architecture,
            beside=[self.data.features.prepared],
            settings={
                **self.unit._asdict(),
                "level": self.level,
                "loss": self.loss,
                "margin": 0.0 if validation is None else validation.margin,
            },
        )

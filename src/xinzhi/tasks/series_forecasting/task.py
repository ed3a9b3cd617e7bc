"""What is learned of steps: quantile loss, optimiser and backtests around a model of quantiles.

Shapes: B windows, H steps ahead, Q quantiles.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightning as L
import numpy as np
import torch
from torch import Tensor, nn

from xinzhi.metrics.forecasts import pinball, widened, widening
from xinzhi.nn.saving import save_bundle
from xinzhi.tasks.series_forecasting.datamodule import SeriesForecastingData
from xinzhi.tasks.series_forecasting.inference import SeriesForecaster
from xinzhi.tasks.series_forecasting.judgement import ForecastJudgement
from xinzhi.tasks.series_forecasting.outcomes import forecasts
from xinzhi.training.gathering import gathered
from xinzhi.training.steps import log_split, optimisation, step_loss

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes


class SeriesForecasting(L.LightningModule):
    """Fits quantiles of the next steps and judges them from rolling origins.

    The bands of test and of answers are widened, or narrowed, by the one factor with which the
    outer one would have held its share of the validation steps.

    Args:
        model: `history` (B, 1 + O, L) and `known` (B, K, L + H) to quantiles (B, H, Q).
        datamodule: gives the steps and their roles.
        optimizer: makes an optimiser of parameter groups.
        scheduler: makes a schedule of an optimiser and `total_steps`; None keeps the rate.
        architecture: target and arguments of the model, kept with its weights.
    """

    # what validation measures: an objective is judged by it before torch is loaded
    measures = (
        "loss",
        "mae",
        "rmse",
        "smape",
        "mase",
        "quantile_loss",
        "coverage_*",
        "width_*",
    )

    def __init__(
        self,
        *,
        model: nn.Module,
        datamodule: SeriesForecastingData,
        optimizer: Callable[..., torch.optim.Optimizer],
        scheduler: Callable[..., Any] | None = None,
        architecture: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.model, self.architecture = model, dict(architecture or {})
        self.datamodule = datamodule
        self.levels = tuple(self.architecture["arguments"]["levels"])
        self._optimizer, self._scheduler = optimizer, scheduler
        self.judgements: dict[str, ForecastJudgement] = {}
        self._seen: list[tuple[Tensor, ...]] = []

    def forward(self, history: Tensor, known: Tensor) -> Tensor:
        """Gives ascending quantiles, shape (B, H, Q)."""
        quantiles: Tensor = self.model(history, known)
        return quantiles

    def _losses(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        quantiles = self.model(batch["history"], batch["known"]).float()
        there = ~batch["targets"].isnan()
        truth = torch.where(there, batch["targets"], 0.0)
        each = pinball(quantiles, truth, self.levels).mean(2) * there
        return each.sum(1) / there.sum(1).clamp_min(1), quantiles

    def training_step(self, batch: Mapping[str, Tensor], batch_index: int) -> Tensor:  # noqa: ARG002
        """Gives the batch's share of the mean quantile loss over the whole optimiser step."""
        return step_loss(self._losses(batch)[0], batch, self.trainer)

    def validation_step(self, batch: Mapping[str, Tensor], batch_index: int) -> None:  # noqa: ARG002
        """Keeps quantiles until the epoch ends: metrics are computed once, off the hot path."""
        each, quantiles = self._losses(batch)
        self._seen.append((batch["rows"], quantiles, each))

    test_step = validation_step

    def on_validation_epoch_end(self) -> None:
        """Judges the validation origins."""
        self._judge("val")

    def on_test_epoch_end(self) -> None:
        """Judges the test origins."""
        self._judge("test")

    def _judge(self, split: str) -> None:
        rows, normal, each = gathered(self._seen)
        self._seen.clear()
        data = self.datamodule
        back = data.restored(split, rows.numpy(), normal.numpy())
        quantiles = torch.from_numpy(back.quantiles)
        if split == "test":
            quantiles = widened(quantiles, self.levels, self._widening())
        judgement = ForecastJudgement(
            quantiles=quantiles,
            truth=torch.from_numpy(back.truth),
            levels=self.levels,
            naive=torch.from_numpy(back.naive),
            times=back.times,
            series=back.series,
            at=back.at,
            target=data.roles.target,
            loss=float(each.mean()),
        )
        self.judgements[split] = judgement
        log_split(self, split, judgement.scores, examples=len(rows))

    def _widening(self) -> float:
        """Gives the factor by which the bands must be wider to hold their share of validation."""
        known = self.judgements.get("val")
        return 1.0 if known is None else widening(known.quantiles, known.truth, self.levels)

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
        shape = (1, self.datamodule.horizon)
        faultless = ForecastJudgement(
            quantiles=torch.zeros(*shape, len(self.levels)),
            truth=torch.zeros(shape),
            levels=self.levels,
            naive=torch.ones(1),
            times=np.zeros(shape),
            series=np.zeros(1),
            at=np.zeros(1, np.int64),
            target=self.datamodule.roles.target,
            loss=0.0,
        )
        return [f"val/{name}" for name in faultless.scores]

    def report(self) -> str:
        """Gives the test error by step ahead."""
        return self.judgements["test"].report()

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures of the test origins."""
        from xinzhi.tasks.series_forecasting.figures import errors_by_horizon, fans

        judgement = self.judgements["test"]
        return {"forecasts": fans(judgement), "error_by_horizon": errors_by_horizon(judgement)}

    def outcomes(self, split: str, snapshot: "Snapshot") -> "Outcomes | None":  # noqa: ARG002
        """Gives the forecasts of a split, with bands as answered; None where it was not judged."""
        judged = self.judgements.get(split)
        if judged is None:
            return None
        quantiles = judged.quantiles
        if split == "val":  # those of test are widened already
            quantiles = widened(quantiles, self.levels, self._widening())
        return forecasts(
            self.datamodule.panel,
            judged.at,
            quantiles,
            judged.truth,
            levels=self.levels,
            naive=judged.naive,
        )

    def bundle(self, folder: Path) -> None:
        """Writes all that forecasts need: weights and JSON, and no pickle."""
        save_bundle(
            folder,
            inference=SeriesForecaster,
            model=self.model,
            architecture=self.architecture,
            settings=self.datamodule.settings()
            | {"levels": list(self.levels), "widening": self._widening()},
        )

"""What is learned of labelled series: loss, optimiser and metrics around a model of scores.

Shapes: B windows, C channels, T steps, K classes.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import lightning as L
import torch
from torch import Tensor, nn

from xinzhi.evaluation.judgement import MEASURES, Judgement, faultless, finite
from xinzhi.evaluation.keys import keys
from xinzhi.nn.losses import losses
from xinzhi.nn.saving import save_bundle
from xinzhi.tasks.series_classification.augmentation import Augmentation
from xinzhi.tasks.series_classification.datamodule import SeriesClassificationData
from xinzhi.tasks.series_classification.inference import SeriesClassifier
from xinzhi.tasks.series_classification.judgement import SeriesJudgement, judged
from xinzhi.training.gathering import gathered
from xinzhi.training.steps import check_share, log_split, optimisation, step_loss

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes


class SeriesClassification(L.LightningModule):
    """Fits a model to windows of labelled series and judges it on windows and on whole series.

    Args:
        model: `series` (B, C, T) and `lengths` (B,) to scores (B, K).
        datamodule: gives classes, channels, window and standardisation.
        optimizer: makes an optimiser of parameter groups.
        scheduler: makes a schedule of an optimiser and `total_steps`; None keeps the rate.
        architecture: target and arguments of the model, kept with its weights.
        label_smoothing: share of a target spread over all classes (Szegedy et al. 2016).
        class_weights: balanced weighs a class by 1 / its frequency, None weighs all alike.
        noise: standard deviation of what is added to each step, in those of the channel.
        scale: standard deviation of the factor of each channel around 1.
        drift: standard deviation of what is added to a whole channel.
        accept: precision at which an answer needs no person.
    """

    # what validation measures: an objective is judged by it before torch is loaded
    measures = (*MEASURES, "series_accuracy", "series_f1_macro", "series_auroc")

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        model: nn.Module,
        datamodule: SeriesClassificationData,
        optimizer: Callable[..., torch.optim.Optimizer],
        scheduler: Callable[..., Any] | None = None,
        architecture: Mapping[str, Any] | None = None,
        label_smoothing: float = 0.0,
        class_weights: Literal["balanced"] | None = None,
        noise: float = 0.0,
        scale: float = 0.0,
        drift: float = 0.0,
        accept: float = 0.95,
    ) -> None:
        super().__init__()
        check_share("accept", accept)
        check_share("label_smoothing", label_smoothing, with_0=True)
        self.class_weights: Tensor | None
        self.model, self.architecture = model, dict(architecture or {})
        self.datamodule, self.classes = datamodule, tuple(datamodule.classes)
        self._optimizer, self._scheduler = optimizer, scheduler
        self.label_smoothing, self.accept = label_smoothing, accept
        self.augmentation = Augmentation(noise=noise, scale=scale, drift=drift)
        weights = datamodule.balanced_weights() if class_weights == "balanced" else None
        self.register_buffer("class_weights", weights, persistent=False)
        self.judgements: dict[str, SeriesJudgement] = {}
        self._seen: list[tuple[Tensor, ...]] = []

    def forward(self, series: Tensor, lengths: Tensor) -> Tensor:
        """Gives scores, shape (B, K)."""
        scores: Tensor = self.model(series, lengths)
        return scores

    def _losses(self, series: Tensor, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        scores = self.model(series, batch["lengths"]).float()
        each = losses(
            scores,
            batch["targets"],
            label_smoothing=self.label_smoothing,
            class_weights=self.class_weights,
        )
        return each, scores

    def training_step(self, batch: Mapping[str, Tensor], batch_index: int) -> Tensor:  # noqa: ARG002
        """Gives the batch's share of the mean loss over the whole optimiser step."""
        varied = self.augmentation(batch["series"], batch["lengths"])
        return step_loss(self._losses(varied, batch)[0], batch, self.trainer)

    def validation_step(self, batch: Mapping[str, Tensor], batch_index: int) -> None:  # noqa: ARG002
        """Keeps scores until the epoch ends: metrics are computed once, off the hot path."""
        each, scores = self._losses(batch["series"], batch)
        self._seen.append((batch["rows"], scores, batch["targets"], each))

    test_step = validation_step

    def on_validation_epoch_end(self) -> None:
        """Judges the validation windows and series."""
        self._judge("val")

    def on_test_epoch_end(self) -> None:
        """Judges the test windows and series, at the threshold that validation chose."""
        self._judge("test")

    def _judge(self, split: str) -> None:
        rows, scores, targets, each = gathered(self._seen)
        self._seen.clear()
        windows = Judgement(
            classes=self.classes,
            rows=rows,
            scores=scores,
            targets=targets,
            losses=each,
            accept=self.accept,
            noun="windows",
        )
        of_series = torch.from_numpy(self.datamodule.split(split).windows.series)[rows]
        validation = self.judgements.get("val") if split == "test" else None
        judgement = judged(windows, of_series, validation=validation)
        self.judgements[split] = judgement
        log_split(self, split, judgement.metrics(), examples=len(rows))

    def configure_optimizers(self) -> Any:  # noqa: ANN401 - Lightning's union
        """Makes the optimiser, without decay on biases and norms, and its schedule by step."""
        return optimisation(
            self.model,
            optimizer=self._optimizer,
            scheduler=self._scheduler,
            trainer=self.trainer,
        )

    def metric_names(self) -> list[str]:
        """Gives the names of what validation measures, as a faultless model would have them."""
        windows = faultless(self.classes, multilabel=False, accept=self.accept)
        whole = judged(windows, windows.rows, validation=None)
        return [f"val/{name}" for name in whole.metrics()]

    def report(self) -> str:
        """Gives the table of classes on the test windows, and what whole series come to."""
        return self.judgements["test"].report()

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures of the test windows and series."""
        return self.judgements["test"].figures()

    def outcomes(self, split: str, snapshot: "Snapshot") -> "Outcomes | None":
        """Gives the answers to the whole series of a split; None where it was not judged."""
        judgement = self.judgements.get(split)
        return None if judgement is None else judgement.series.outcomes(keys(snapshot.table(split)))

    def bundle(self, folder: Path) -> None:
        """Writes all that answers need: weights and JSON, and no pickle."""
        data, validation = self.datamodule, self.judgements.get("val")
        threshold = None if validation is None else finite(validation.series.threshold)
        save_bundle(
            folder,
            inference=SeriesClassifier,
            model=self.model,
            architecture=self.architecture,
            settings={
                "channels": list(data.channels),
                "classes": list(self.classes),
                "window": data.window,
                "stride": data.stride,
                "short": data.short,
                "mean": data.mean.tolist(),
                "scale": data.scale.tolist(),
                "longest": data.longest,
                "source": data.source_columns(),
                "threshold": threshold,
            },
        )

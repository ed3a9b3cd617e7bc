"""What is learned of labelled rows: loss, optimiser and metrics around a model of scores.

Shapes: B rows, K members, C classes, N rows of a split.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import lightning as L
import torch
from torch import Tensor, nn

from xinzhi.errors import ConfigError
from xinzhi.evaluation.judgement import MEASURES
from xinzhi.evaluation.keys import keys
from xinzhi.nn.losses import losses
from xinzhi.nn.members import pooled
from xinzhi.nn.saving import save_bundle
from xinzhi.tasks.tabular_classification.calibration import Method
from xinzhi.tasks.tabular_classification.datamodule import TabularClassificationData
from xinzhi.tasks.tabular_classification.inference import TabularClassifier
from xinzhi.tasks.tabular_classification.judgement import TabularJudgement
from xinzhi.tasks.tabular_classification.rules import Rules
from xinzhi.training.gathering import gathered
from xinzhi.training.steps import check_share, log_split, optimisation, step_loss

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes


class TabularClassification(L.LightningModule):
    """Fits a model to labelled rows and judges it on validation and test rows.

    Args:
        model: `numbers` (B, numbers) and `codes` (B, categories) to scores (B, K, C).
        datamodule: gives classes, their counts and the features.
        optimizer: makes an optimiser of parameter groups.
        scheduler: makes a schedule of an optimiser and `total_steps`; None keeps the rate.
        architecture: target and arguments of the model, kept with its weights.
        label_smoothing: share of a target spread over all classes (Szegedy et al. 2016).
        class_weights: balanced weighs a class by 1 / its frequency, None weighs all alike.
        focal: γ of the focal loss (Lin et al. 2017); 0 is cross-entropy.
        positive: the class of two that a threshold decides for; the rarer one by default.
        cost: `{false_positive: 1, false_negative: 5}` of wrong decisions, for which validation
            chooses the threshold; None chooses the highest F1.
        calibration: how probabilities are made true on validation rows.
        accept: precision at which an answer needs no person.
    """

    # what validation measures: an objective is judged by it before torch is loaded
    measures = (*MEASURES, "ks", "brier", "f1", "precision", "recall", "cost")

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        model: nn.Module,
        datamodule: TabularClassificationData,
        optimizer: Callable[..., torch.optim.Optimizer],
        scheduler: Callable[..., Any] | None = None,
        architecture: Mapping[str, Any] | None = None,
        label_smoothing: float = 0.0,
        class_weights: Literal["balanced"] | None = None,
        focal: float = 0.0,
        positive: str | None = None,
        cost: Mapping[str, float] | None = None,
        calibration: Method = "platt",
        accept: float = 0.95,
    ) -> None:
        super().__init__()
        check_share("accept", accept)
        check_share("label_smoothing", label_smoothing, with_0=True)
        if focal < 0:
            msg = f"task.focal must be at least 0, was {focal}"
            raise ConfigError(msg)
        self.model, self.architecture = model, dict(architecture or {})
        self.data = datamodule
        self._optimizer, self._scheduler = optimizer, scheduler
        self.label_smoothing, self.focal = label_smoothing, focal
        self.class_weights: Tensor | None
        weights = datamodule.balanced_weights() if class_weights == "balanced" else None
        self.register_buffer("class_weights", weights, persistent=False)
        self.rules = Rules.of(
            datamodule.classes,
            datamodule.class_counts(),
            positive=positive,
            cost=cost,
            calibration=calibration,
            accept=accept,
        )
        self.judgements: dict[str, TabularJudgement] = {}
        self._seen: list[tuple[Tensor, ...]] = []

    def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """Gives scores, shape (B, K, C)."""
        scores: Tensor = self.model(numbers, codes)
        return scores

    def training_step(self, batch: Mapping[str, Tensor], batch_index: int) -> Tensor:  # noqa: ARG002
        """Gives the batch's share of the mean loss over the whole optimiser step."""
        scores = self.model(batch["numbers"], batch["codes"]).float()
        members = scores.shape[1]
        each = losses(
            scores.flatten(0, 1),
            batch["targets"].repeat_interleave(members),
            label_smoothing=self.label_smoothing,
            class_weights=self.class_weights,
            focal=self.focal,
        )
        # members learn each for itself: averaged scores would let them lean on one another
        return step_loss(each.view(-1, members).mean(1), batch, self.trainer)

    def validation_step(self, batch: Mapping[str, Tensor], batch_index: int) -> None:  # noqa: ARG002
        """Keeps scores until the epoch ends: metrics are computed once, off the hot path."""
        scores = pooled(self.model(batch["numbers"], batch["codes"]).float())
        each = losses(scores, batch["targets"], class_weights=self.class_weights, focal=self.focal)
        self._seen.append((batch["rows"], scores, batch["targets"], each))

    test_step = validation_step

    def on_validation_epoch_end(self) -> None:
        """Judges the validation rows."""
        self._judge("val")

    def on_test_epoch_end(self) -> None:
        """Judges the test rows, at the threshold and with the calibration of validation."""
        self._judge("test")

    def _judge(self, split: str) -> None:
        rows, scores, targets, each = gathered(self._seen)
        self._seen.clear()
        judgement = TabularJudgement(
            rules=self.rules,
            rows=rows,
            scores=scores,
            targets=targets,
            losses=each,
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
        """Gives the names of what validation measures, as a faultless model would have them."""
        classes = len(self.rules.classes)
        faultless = TabularJudgement(
            rules=self.rules,
            rows=torch.arange(classes),
            scores=torch.eye(classes),
            targets=torch.arange(classes),
            losses=torch.zeros(classes),
        )
        return [f"val/{name}" for name in faultless.metrics()]

    def report(self) -> str:
        """Gives the table of classes on the test rows, and what became of the columns."""
        return f"{self.judgements['test'].report()}\n{self.data.features.summary()}"

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures of the test rows."""
        from xinzhi.evaluation.importances import importance_figure

        drawn = importance_figure(
            self.model,
            self.data.split("test"),
            self.data.features.prepared.parts,
            loss=lambda scores, targets: float(losses(pooled(scores), targets).mean()),
            measure="log loss",
        )
        return {**self.judgements["test"].figures(), "importance": drawn}

    def outcomes(self, split: str, snapshot: "Snapshot") -> "Outcomes | None":
        """Gives the answers to the rows of a split; None where it was not judged."""
        judgement = self.judgements.get(split)
        return None if judgement is None else judgement.outcomes(keys(snapshot.table(split)))

    def bundle(self, folder: Path) -> None:
        """Writes all that answers need: weights, features and JSON, and no pickle."""
        validation = self.judgements.get("val")
        save_bundle(
            folder,
            inference=TabularClassifier,
            model=self.model,
            architecture=self.architecture,
            beside=[self.data.features.prepared],
            settings={
                "classes": list(self.rules.classes),
                **({} if validation is None else validation.settings()),
            },
        )

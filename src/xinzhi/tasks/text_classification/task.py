"""What is learned of labelled texts: loss, optimiser and metrics around a model of scores.

Shapes: B texts, C classes, N texts of a split.
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
from xinzhi.tasks.text_classification.datamodule import TextClassificationData
from xinzhi.tasks.text_classification.fused import FusedTextClassifier, fuse
from xinzhi.tasks.text_classification.inference import TextClassifier
from xinzhi.training.gathering import gathered
from xinzhi.training.steps import check_share, log_split, optimisation, step_loss

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes

_TAKES: tuple[str, ...] = ("ids", "lengths")  # of a batch, in this order


class TextClassification(L.LightningModule):
    """Fits a model to labelled texts and judges it on validation and test texts.

    Args:
        model: `ids` (B, T) and `lengths` (B,) to scores (B, C).
        datamodule: gives classes, their counts and the tokenizer.
        optimizer: makes an optimiser of parameter groups.
        scheduler: makes a schedule of an optimiser and `total_steps`; None keeps the rate.
        architecture: target and arguments of the model, kept with its weights.
        label_smoothing: share of a target spread over all classes (Szegedy et al. 2016).
        class_weights: balanced weighs a class by 1 / its frequency, None weighs all alike.
        layer_decay: learning rate of a layer relative to the one above it.
        accept: precision at which an answer needs no person.
    """

    # what validation measures: an objective is judged by it before torch is loaded
    measures = (*MEASURES, "subset_accuracy")

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        model: nn.Module,
        datamodule: TextClassificationData,
        optimizer: Callable[..., torch.optim.Optimizer],
        scheduler: Callable[..., Any] | None = None,
        architecture: Mapping[str, Any] | None = None,
        label_smoothing: float = 0.0,
        class_weights: Literal["balanced"] | None = None,
        layer_decay: float = 1.0,
        accept: float = 0.95,
    ) -> None:
        super().__init__()
        check_share("accept", accept)
        check_share("layer_decay", layer_decay)
        check_share("label_smoothing", label_smoothing, with_0=True)
        self.class_weights: Tensor | None
        self.model, self.architecture, self.takes = model, dict(architecture or {}), _TAKES
        self.beside = datamodule.beside
        if self.beside is not None:
            self.model, self.architecture = fuse(model, self.architecture, datamodule)
            self.takes = (*_TAKES, "numbers", "codes")
        self.classes, self.multilabel = tuple(datamodule.classes), datamodule.multilabel
        self.text_columns = datamodule.snapshot.text_columns
        self.tokenizer, self.max_length = datamodule.tokenizer, datamodule.max_length
        self._optimizer, self._scheduler = optimizer, scheduler
        self.label_smoothing, self.layer_decay = label_smoothing, layer_decay
        self.accept = accept
        self.register_buffer(
            "class_weights",
            datamodule.balanced_weights() if class_weights == "balanced" else None,
            persistent=False,
        )
        self.judgements: dict[str, Judgement] = {}
        self._seen: list[tuple[Tensor, ...]] = []

    def forward(self, ids: Tensor, lengths: Tensor, *columns: Tensor) -> Tensor:
        """Gives scores, shape (B, C)."""
        scores: Tensor = self.model(ids, lengths, *columns)
        return scores

    def _losses(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        scores = self.model(*(batch[name] for name in self.takes)).float()
        each = losses(
            scores,
            batch["targets"],
            label_smoothing=self.label_smoothing,
            class_weights=self.class_weights,
        )
        return each, scores

    def training_step(self, batch: Mapping[str, Tensor], batch_index: int) -> Tensor:  # noqa: ARG002
        """Gives the batch's share of the mean loss over the whole optimiser step."""
        return step_loss(self._losses(batch)[0], batch, self.trainer)

    def validation_step(self, batch: Mapping[str, Tensor], batch_index: int) -> None:  # noqa: ARG002
        """Keeps scores until the epoch ends: metrics are computed once, off the hot path."""
        each, scores = self._losses(batch)
        self._seen.append((batch["rows"], scores, batch["targets"], each))

    test_step = validation_step

    def on_validation_epoch_end(self) -> None:
        """Judges the validation texts."""
        self._judge("val")

    def on_test_epoch_end(self) -> None:
        """Judges the test texts, at the threshold that validation chose."""
        self._judge("test")

    def _judge(self, split: str) -> None:
        rows, scores, targets, each = gathered(self._seen)
        self._seen.clear()
        judgement = Judgement(
            classes=self.classes,
            rows=rows,
            scores=scores,
            targets=targets,
            losses=each,
            accept=self.accept,
            validation=self.judgements.get("val") if split == "test" else None,
            noun="texts",
        )
        self.judgements[split] = judgement
        log_split(self, split, judgement.metrics(), examples=len(rows))

    def configure_optimizers(self) -> Any:  # noqa: ANN401 - Lightning's union
        """Makes the optimiser, without decay on biases and norms, and its schedule by step."""
        return optimisation(
            self.model,
            optimizer=self._optimizer,
            scheduler=self._scheduler,
            trainer=self.trainer,
            layer_decay=self.layer_decay,
        )

    def metric_names(self) -> list[str]:
        """Gives the names of what validation measures, as a faultless model would have them."""
        judgement = faultless(self.classes, multilabel=self.multilabel, accept=self.accept)
        return [f"val/{name}" for name in judgement.metrics()]

    def report(self) -> str:
        """Gives the table of classes on the test texts."""
        return self.judgements["test"].report()

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures of the test texts."""
        return self.judgements["test"].figures()

    def outcomes(self, split: str, snapshot: "Snapshot") -> "Outcomes | None":
        """Gives the answers to the texts of a split; None where it was not judged."""
        judgement = self.judgements.get(split)
        return None if judgement is None else judgement.outcomes(keys(snapshot.table(split)))

    def bundle(self, folder: Path) -> None:
        """Writes all that answers need: weights, tokenizer and JSON, and no pickle."""
        validation = self.judgements.get("val")
        columns = [] if self.beside is None else [self.beside.prepared]
        save_bundle(
            folder,
            inference=FusedTextClassifier if columns else TextClassifier,
            model=self.model,
            architecture=self.architecture,
            beside=[self.tokenizer, *columns],
            settings={
                "text": list(self.text_columns),
                "classes": list(self.classes),
                "multilabel": self.multilabel,
                "max_length": self.max_length,
                "accept": self.accept,
                "threshold": None if validation is None else finite(validation.threshold),
            },
        )

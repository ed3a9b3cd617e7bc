"""What is learned of labelled images: loss, optimiser and metrics around a model of scores.

Shapes: B images, C colours, H × W, K classes, N images of a split.
"""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import lightning as L
import torch
from torch import Tensor, nn

from xinzhi.evaluation.judgement import MEASURES, Judgement, faultless, finite
from xinzhi.evaluation.keys import keys
from xinzhi.nn.augmentation import Augmentation
from xinzhi.nn.images import Looks, channels_last, looked_at, normalised
from xinzhi.nn.losses import losses
from xinzhi.nn.saving import save_bundle
from xinzhi.tasks.image_classification.datamodule import ImageClassificationData
from xinzhi.tasks.image_classification.inference import ImageClassifier
from xinzhi.tasks.image_classification.mistakes import mistakes
from xinzhi.training.gathering import gathered
from xinzhi.training.steps import check_share, log_split, optimisation, step_loss

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes


class ImageClassification(L.LightningModule):
    """Fits a model to labelled images and judges it on validation and test images.

    Args:
        model: images (B, C, H, W) to scores (B, K).
        datamodule: gives classes, their counts, and how images are read.
        optimizer: makes an optimiser of parameter groups.
        scheduler: makes a schedule of an optimiser and `total_steps`; None keeps the rate.
        architecture: target and arguments of the model, kept with its weights.
        augmentation: changes the training images; None leaves them as they are.
        label_smoothing: share of a target spread over all classes (Szegedy et al. 2016).
        class_weights: balanced weighs a class by 1 / its frequency, None weighs all alike.
        layer_decay: learning rate of a block relative to the one above it.
        average: decay of the moving average of the weights that answers, 0 for none.
        tta: looks at each image when it answers: none, flip (its mirror image too), or
            flip_and_shift (both, moved a little as well). Validation within the fit takes one look.
        accept: precision at which an answer needs no person.
    """

    # what validation measures: an objective is judged by it before torch is loaded
    measures = MEASURES

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        model: nn.Module,
        datamodule: ImageClassificationData,
        optimizer: Callable[..., torch.optim.Optimizer],
        scheduler: Callable[..., Any] | None = None,
        architecture: Mapping[str, Any] | None = None,
        augmentation: Augmentation | None = None,
        label_smoothing: float = 0.0,
        class_weights: Literal["balanced"] | None = None,
        layer_decay: float = 1.0,
        average: float = 0.0,
        tta: Looks = "none",
        accept: float = 0.95,
    ) -> None:
        super().__init__()
        check_share("accept", accept)
        check_share("layer_decay", layer_decay)
        check_share("label_smoothing", label_smoothing, with_0=True)
        check_share("average", average, with_0=True)
        self.model = channels_last(model)
        self.average = average
        self.averaged: nn.Module | None
        self.averaged = copy.deepcopy(self.model).requires_grad_(False) if average else None  # noqa: FBT003
        self.architecture, self.augmentation = dict(architecture or {}), augmentation
        self.classes, self.form = tuple(datamodule.classes), datamodule.form
        self._data, self._optimizer, self._scheduler = datamodule, optimizer, scheduler
        self.label_smoothing, self.layer_decay = label_smoothing, layer_decay
        self.looks: Looks = tta
        self.accept = accept
        self.mean: Tensor
        self.std: Tensor
        self.class_weights: Tensor | None
        self.register_buffer("mean", torch.tensor(datamodule.scale.mean), persistent=False)
        self.register_buffer("std", torch.tensor(datamodule.scale.std), persistent=False)
        weights = datamodule.balanced_weights() if class_weights == "balanced" else None
        self.register_buffer("class_weights", weights, persistent=False)
        self.judgements: dict[str, Judgement] = {}
        self._seen: list[tuple[Tensor, ...]] = []

    @property
    def answering(self) -> nn.Module:
        """The weights that answer: the average, where there is one."""
        return self.model if self.averaged is None else self.averaged

    def forward(self, images: Tensor) -> Tensor:
        """Gives scores of bytes (B, H, W, C), shape (B, K)."""
        scores: Tensor = self.answering(normalised(images, self.mean, self.std))
        return scores.float()

    def _losses(self, scores: Tensor, targets: Tensor, *, smoothing: float) -> Tensor:
        return losses(scores, targets, label_smoothing=smoothing, class_weights=self.class_weights)

    def training_step(self, batch: Mapping[str, Tensor], batch_index: int) -> Tensor:  # noqa: ARG002
        """Gives the batch's share of the mean loss over the whole optimiser step."""
        images, targets, smoothing = batch["images"], batch["targets"], self.label_smoothing
        mixed = None
        if self.augmentation is not None:
            images = self.augmentation(images)
            mixed = self.augmentation.mixed(images)
        seen = images if mixed is None else mixed.images
        scores = self.model(normalised(seen, self.mean, self.std)).float()
        each = self._losses(scores, targets, smoothing=smoothing)
        if mixed is not None:
            others = self._losses(scores, targets[mixed.partners], smoothing=smoothing)
            each = mixed.shares * each + (1.0 - mixed.shares) * others
        return step_loss(each, batch, self.trainer)

    def on_before_zero_grad(self, optimizer: torch.optim.Optimizer) -> None:  # noqa: ARG002
        """Takes the weights of the step before into the average, and the norms' counts."""
        if self.averaged is None:
            return
        steps = self.trainer.global_step
        share = 1.0 - min(self.average, (1 + steps) / (10 + steps))  # so that the first ones fade
        followed = self.model.state_dict().values()
        for mean, value in zip(self.averaged.state_dict().values(), followed, strict=True):
            if mean.is_floating_point():
                mean.lerp_(value, share)
            else:
                mean.copy_(value)

    def validation_step(self, batch: Mapping[str, Tensor], batch_index: int) -> None:  # noqa: ARG002
        """Keeps scores until the epoch ends: metrics are computed once, off the hot path."""
        self._see(batch, "none")

    def test_step(self, batch: Mapping[str, Tensor], batch_index: int) -> None:  # noqa: ARG002
        """Looks at each image as often as an answer does."""
        self._see(batch, self.looks)

    def _see(self, batch: Mapping[str, Tensor], looks: Looks) -> None:
        scores = looked_at(self, batch["images"], looks)
        each = self._losses(scores, batch["targets"], smoothing=0.0)
        self._seen.append((batch["rows"], scores, batch["targets"], each))

    def on_validation_epoch_end(self) -> None:
        """Judges the validation images."""
        self._log("val", self._judged(None))

    def on_test_epoch_start(self) -> None:
        """Judges the validation images as the test images will be: it chooses their threshold."""
        if self.looks == "none" or self.trainer.limit_val_batches != 1.0:
            return
        with torch.inference_mode(), self.trainer.precision_plugin.forward_context():
            for batch in self._data.val_dataloader():
                self._see(self.transfer_batch_to_device(batch, self.device, 0), self.looks)
        self.judgements["val"] = self._judged(None)

    def on_test_epoch_end(self) -> None:
        """Judges the test images, at the threshold that validation chose."""
        self._log("test", self._judged(self.judgements.get("val")))

    def _judged(self, validation: Judgement | None) -> Judgement:
        rows, scores, targets, each = gathered(self._seen)
        self._seen.clear()
        return Judgement(
            classes=self.classes,
            rows=rows,
            scores=scores,
            targets=targets,
            losses=each,
            accept=self.accept,
            validation=validation,
            noun="images",
        )

    def _log(self, split: str, judgement: Judgement) -> None:
        self.judgements[split] = judgement
        log_split(self, split, judgement.metrics(), examples=len(judgement.rows))

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
        best = faultless(self.classes, multilabel=False, accept=self.accept)
        return [f"val/{name}" for name in best.metrics()]

    def report(self) -> str:
        """Gives the table of classes on the test images."""
        return self.judgements["test"].report()

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures of the test images, and the worst mistakes themselves."""
        judgement = self.judgements["test"]
        figures = judgement.figures()
        pixels = self._data.split("test").pictures.pixels
        rows = judgement.rows[judgement.known]
        sheet = mistakes(
            judgement.probabilities, judgement.truth, self.classes, lambda at: pixels[int(rows[at])]
        )
        return figures if sheet is None else {**figures, "mistakes": sheet}

    def outcomes(self, split: str, snapshot: "Snapshot") -> "Outcomes | None":
        """Gives the answers to the images of a split; None where it was not judged."""
        judgement = self.judgements.get(split)
        if judgement is None:
            return None
        readable = self._data.split(split).pictures.rows
        return judgement.outcomes(keys(snapshot.table(split)).at(readable))

    def bundle(self, folder: Path) -> None:
        """Writes all that answers need: weights and JSON, and no pickle."""
        validation = self.judgements.get("val")
        save_bundle(
            folder,
            inference=ImageClassifier,
            model=self.answering,
            architecture=self.architecture,
            settings={
                **self.form._asdict(),
                "classes": list(self.classes),
                "mean": self.mean.tolist(),
                "std": self.std.tolist(),
                "looks": self.looks,
                "accept": self.accept,
                "threshold": None if validation is None else finite(validation.threshold),
            },
        )

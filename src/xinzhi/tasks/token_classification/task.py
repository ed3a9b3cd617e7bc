"""What is learned of tagged tokens: loss, optimiser and metrics around a tagger.

Shapes: B windows, T pieces, W tokens that are asked for, C tags, N tokens of a split.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightning as L
import numpy as np
import torch
from torch import Tensor

from xinzhi.evaluation.keys import keys
from xinzhi.metrics.spans import bio_numbers
from xinzhi.nn.losses import losses
from xinzhi.nn.pooling import token_mask
from xinzhi.nn.saving import save_bundle
from xinzhi.tasks.token_classification.datamodule import TokenClassificationData
from xinzhi.tasks.token_classification.decoding import best_tags
from xinzhi.tasks.token_classification.inference import EntityRecognizer
from xinzhi.tasks.token_classification.judgement import TagJudgement, faultless
from xinzhi.tasks.token_classification.model import Tagger
from xinzhi.training.gathering import gathered
from xinzhi.training.steps import check_share, log_split, optimisation, step_loss

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes


class TokenClassification(L.LightningModule):
    """Fits a tagger to sentences and judges the entities it finds.

    With a CRF the loss is −log of the probability of the right chain of tags, without one it is
    the cross-entropy of each token's tag; both are divided by the mean number of tokens.

    Args:
        model: `ids` (B, T), `lengths` (B,) and `places` (B, W) to scores (B, W, C).
        datamodule: gives tags, tokens and the tokenizer.
        optimizer: makes an optimiser of parameter groups.
        scheduler: makes a schedule of an optimiser and `total_steps`; None keeps the rate.
        architecture: target and arguments of the model, kept with its weights.
        label_smoothing: share of a target spread over all tags, where there is no CRF.
        layer_decay: learning rate of a layer relative to the one above it.
    """

    # what validation measures: an objective is judged by it before torch is loaded
    measures = (
        "loss",
        "entity_f1",
        "entity_precision",
        "entity_recall",
        "entity_f1_*",
        "token_accuracy",
        "tag_f1_macro",
        "tag_f1_macro_without_o",
    )

    def __init__(
        self,
        *,
        model: Tagger,
        datamodule: TokenClassificationData,
        optimizer: Callable[..., torch.optim.Optimizer],
        scheduler: Callable[..., Any] | None = None,
        architecture: Mapping[str, Any] | None = None,
        label_smoothing: float = 0.0,
        layer_decay: float = 1.0,
    ) -> None:
        super().__init__()
        check_share("layer_decay", layer_decay)
        check_share("label_smoothing", label_smoothing, with_0=True)
        self.model, self.architecture = model, dict(architecture or {})
        self.types, self.rows = datamodule.types, datamodule.rows
        self.tokenizer, self.max_length = datamodule.tokenizer, datamodule.max_length
        self.by_character = datamodule.by_character
        self._optimizer, self._scheduler = optimizer, scheduler
        self.label_smoothing, self.layer_decay = label_smoothing, layer_decay
        table = datamodule.split("train").table
        self.mean_tokens = table.tokens / max(len(table), 1)
        self.judgements: dict[str, TagJudgement] = {}
        self._tokens: list[tuple[Tensor, ...]] = []
        self._windows: list[tuple[Tensor, ...]] = []

    def forward(self, ids: Tensor, lengths: Tensor, places: Tensor | None = None) -> Tensor:
        """Gives scores, shape (B, W, C)."""
        scores: Tensor = self.model(ids, lengths, places)
        return scores

    def _losses(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Gives the loss of each window, shape (B,), summed over its tokens, and the scores."""
        scores = self.model(batch["ids"], batch["lengths"], batch["places"]).float()
        if self.model.chain.learned:
            return self.model.chain.losses(scores, batch["targets"], batch["sizes"]), scores
        each = losses(
            scores.flatten(0, 1), batch["targets"].flatten(), label_smoothing=self.label_smoothing
        ).view_as(batch["targets"])
        asked = token_mask(batch["sizes"], each.shape[1])
        return torch.where(asked, each, 0.0).sum(1), scores

    def training_step(self, batch: Mapping[str, Tensor], batch_index: int) -> Tensor:  # noqa: ARG002
        """Gives the batch's share of the mean loss over the whole optimiser step."""
        return step_loss(self._losses(batch)[0] / self.mean_tokens, batch, self.trainer)

    def validation_step(self, batch: Mapping[str, Tensor], batch_index: int) -> None:  # noqa: ARG002
        """Keeps scores until the epoch ends: chains run over whole documents, off the hot path."""
        each, scores = self._losses(batch)
        asked = token_mask(batch["sizes"], scores.shape[1])
        self._tokens.append((batch["tokens"][asked], scores[asked]))
        self._windows.append((batch["rows"], each, batch["sizes"]))

    test_step = validation_step

    def on_validation_epoch_end(self) -> None:
        """Judges the validation sentences."""
        self._judge("val")

    def on_test_epoch_end(self) -> None:
        """Judges the test sentences."""
        self._judge("test")

    def _judge(self, split: str) -> None:
        places, scores = gathered(self._tokens)
        _, each, sizes = gathered(self._windows)
        self._tokens.clear()
        self._windows.clear()
        rows = self.rows(split)
        # where only some batches are judged, only whole documents are
        counts = np.bincount(
            np.searchsorted(rows.offsets, places.numpy(), "right") - 1,
            minlength=len(rows.offsets) - 1,
        )
        counts = np.where(counts == np.diff(rows.offsets), counts, 0)
        whole = np.repeat(counts > 0, np.diff(rows.offsets))
        kept = whole[places.numpy()]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        judgement = TagJudgement(
            kinds=rows.kinds,
            known=len(self.types),
            gold=bio_numbers(rows.spans, len(rows.tokens))[places.numpy()[kept]],
            predicted=best_tags(self.model.chain, scores[torch.from_numpy(kept)], offsets),
            offsets=offsets,
            loss=float(each.double().sum() / sizes.sum()),
        )
        self.judgements[split] = judgement
        log_split(self, split, judgement.metrics(), examples=len(offsets) - 1)

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
        return [f"val/{name}" for name in faultless(self.types).metrics()]

    def report(self) -> str:
        """Gives the tables of the test sentences."""
        return self.judgements["test"].report()

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures of the test sentences."""
        return self.judgements["test"].figures()

    def outcomes(self, split: str, snapshot: "Snapshot") -> "Outcomes | None":
        """Gives the answers to the sentences of a split; None where it was not judged."""
        judgement = self.judgements.get(split)
        return None if judgement is None else judgement.outcomes(keys(snapshot.table(split)))

    def bundle(self, folder: Path) -> None:
        """Writes all that answers need: weights, tokenizer and JSON, and no pickle."""
        save_bundle(
            folder,
            inference=EntityRecognizer,
            model=self.model,
            architecture=self.architecture,
            beside=[self.tokenizer],
            settings={
                "types": list(self.types),
                "max_length": self.max_length,
                "by_character": self.by_character,
            },
        )

"""From raw texts to answers: what predict, serve and MLflow's pyfunc call."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from xinzhi.data.batching import TokenBudgetSampler
from xinzhi.data.records import require_columns
from xinzhi.data.texts import joined, text_columns
from xinzhi.data.tokenizers import Tokenizer
from xinzhi.data.tokens import TokenTable
from xinzhi.errors import DataError
from xinzhi.evaluation.answers import class_outcomes, labelled
from xinzhi.nn.saving import read_bundle, rebuild

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes

_TOKEN_BUDGET = 8192
_MAX_EXAMPLES = 128


class TextClassifier:
    """Answers texts with labels and probabilities.

    Args:
        model: `ids` (B, T) and `lengths` (B,) to scores (B, C).
        tokenizer: cuts the texts as in training.
        settings: classes, multilabel, max_length, accept and the threshold for it; and `text`, the
            columns of the training file that made up the text, if they are known.

    Attributes:
        sources: those columns, under the name of the input column that they make up.
    """

    columns: tuple[str, ...] = ("text",)

    def __init__(self, model: nn.Module, tokenizer: Tokenizer, settings: Mapping[str, Any]) -> None:
        self.model, self.tokenizer, self.settings = model.eval(), tokenizer, dict(settings)
        self.classes: tuple[str, ...] = tuple(settings["classes"])
        self.sources = {"text": tuple(settings.get("text") or self.columns)}

    @classmethod
    def load(cls, folder: Path) -> "TextClassifier":
        """Reads what `save_bundle` wrote: safetensors and JSON, no pickle, no code."""
        architecture, settings = read_bundle(folder)
        tokenizer = Tokenizer.load(folder)
        num_classes = len(settings["classes"])
        model = rebuild(architecture, folder, tokenizer=tokenizer, num_classes=num_classes)
        return cls(model, tokenizer, settings)

    def predict(self, records: pd.DataFrame | Sequence[str]) -> pd.DataFrame:
        """Answers each record, in order.

        Args:
            records: texts, or a table with the columns of the training's text, or with `text`.

        Returns:
            `label`, `probability` of it, `accepted` (whether the answer needs no person, where
            validation found a threshold), and `p:<class>` for each class. With several labels per
            text, `label` joins those of at least 0.5 by `|`.

        Raises:
            DataError: there are no such columns.
        """
        scores = self._forward(self._texts(records), self.model, self._beside(records))
        probabilities = self._probabilities(scores)
        return labelled(
            probabilities,
            self.classes,
            threshold=self.settings.get("threshold"),
            multilabel=self.settings["multilabel"],
        )

    def outcomes(self, snapshot: "Snapshot", split: str) -> "Outcomes":
        """Gives the answers to the texts of a split beside their labels.

        Args:
            snapshot: with `text` and `label`.
            split: train, val or test.
        """
        rows = snapshot.table(split)
        require_columns(rows.column_names, ("text", "label"), f"snapshot {snapshot.folder.name}")
        texts = [text or "" for text in rows["text"].to_pylist()]
        scores = self._forward(texts, self.model, self._frozen(snapshot, split))
        return class_outcomes(
            self._probabilities(scores),
            rows,
            self.classes,
            multilabel=self.settings["multilabel"],
            decisions={"accept": self.settings.get("threshold")},
        )

    def embed(self, records: pd.DataFrame | Sequence[str]) -> np.ndarray:
        """Gives the model's features of each record, shape (records, D), float32.

        Raises:
            DataError: the model has no features() beside its scores.
        """
        features = getattr(self.model, "features", None)
        if features is None:
            kind = type(self.model).__name__
            msg = f"form=embeddings needs a model with features(), {kind} has none"
            raise DataError(msg)
        return self._forward(self._texts(records), features, self._beside(records))

    def _beside(self, records: pd.DataFrame | Sequence[str]) -> tuple[Tensor, ...]:  # noqa: ARG002
        """Gives what the model takes of each record beside its text."""
        return ()

    def _frozen(self, snapshot: "Snapshot", split: str) -> tuple[Tensor, ...]:  # noqa: ARG002
        """Gives the same of the rows of a snapshot."""
        return ()

    def _texts(self, records: pd.DataFrame | Sequence[str]) -> list[str]:
        if not isinstance(records, pd.DataFrame):
            return [str(text) for text in records]
        there = list(map(str, records.columns))
        try:
            columns = text_columns(there, self.sources["text"], where="the records")
        except DataError as error:
            error.mend = "call the column that holds the text `text`"
            raise
        cells = [records[name].astype(object).fillna("").tolist() for name in columns]
        return [joined(row) for row in zip(*cells, strict=True)]

    def _probabilities(self, scores: np.ndarray) -> np.ndarray:
        tensor = torch.from_numpy(scores).double()
        turned = tensor.sigmoid() if self.settings["multilabel"] else tensor.softmax(1)
        return turned.numpy()

    @torch.inference_mode()
    def _forward(
        self,
        texts: Sequence[str],
        function: Any,  # noqa: ANN401
        beside: tuple[Tensor, ...],
    ) -> np.ndarray:
        """Runs texts of similar length together and gives the rows back in order."""
        if not texts:
            width = len(self.classes)
            return np.zeros((0, width), dtype=np.float32)
        encoded = self.tokenizer.encode(
            [text.strip() for text in texts], max_length=self.settings["max_length"]
        )
        table = TokenTable(encoded.ids, encoded.offsets, pad_id=self.tokenizer.pad_id)
        batches = TokenBudgetSampler(
            table.lengths,
            token_budget=max(_TOKEN_BUDGET, int(table.lengths.max())),
            max_examples=_MAX_EXAMPLES,
            shuffle=False,
        )
        rows: list[np.ndarray] = []
        parts: list[Tensor] = []
        for batch in batches:
            ids, lengths = map(torch.from_numpy, table.batch(batch.indices))
            columns = (column[batch.indices] for column in beside)
            parts.append(function(ids, lengths, *columns).float())
            rows.append(batch.indices)
        joined = torch.cat(parts).numpy()
        ordered = np.empty_like(joined)
        ordered[np.concatenate(rows)] = joined
        return ordered

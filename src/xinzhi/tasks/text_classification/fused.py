"""A text beside columns of a table: one model of both, and what answers with it.

Shapes: B texts, T tokens, D features of a text, W of a row, N numbers, C classes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import torch
from torch import Tensor, nn

from xinzhi.data.features import Prepared
from xinzhi.data.sourced import sourced
from xinzhi.data.table_rows import encoded, example, widths
from xinzhi.data.tokenizers import Tokenizer
from xinzhi.errors import ConfigError
from xinzhi.nn.saving import build
from xinzhi.nn.tabular import TabularVector
from xinzhi.tasks.text_classification.inference import TextClassifier

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.tasks.text_classification.datamodule import TextClassificationData

_EXAMPLE = "The delivery was late but the product works well."


class Fused(nn.Module):
    """A text's features beside a row's vector, under one hidden layer and a head.

    The hidden layer is there because what the columns say may depend on what the text says.

    Args:
        body: a text model with `features()` and a `head`; or, to build it without weights, its
            target and arguments.
        text_width: D.
        num_classes: C.
        numbers: N.
        cardinalities: how many codes each category has.
        tokenizer: for a body that is built.
        training_numbers: the training rows, shape (rows, N); None where weights are loaded.
        hidden: features of the hidden layer.
        dropout: on it.

    Attributes:
        recipe: target and arguments of the body.
    """

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        body: nn.Module | Mapping[str, Any],
        text_width: int,
        num_classes: int,
        numbers: int,
        cardinalities: Sequence[int],
        tokenizer: Tokenizer | None = None,
        training_numbers: Tensor | None = None,
        hidden: int = 128,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.recipe: Mapping[str, Any] = {}
        if not isinstance(body, nn.Module):
            self.recipe = body
            body = build(body, tokenizer=tokenizer, num_classes=num_classes)
        self.body: Any = body
        # it would get no gradient, which the ranks of a distributed fit wait for
        self.body.head = nn.Identity()
        self.beside = TabularVector(
            numbers=numbers, cardinalities=cardinalities, training_numbers=training_numbers
        )
        self.hidden = nn.Linear(text_width + self.beside.width, hidden)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, num_classes)

    def features(self, ids: Tensor, lengths: Tensor, numbers_BN: Tensor, codes: Tensor) -> Tensor:
        """Gives one vector per record, shape (B, hidden)."""
        text = self.body.features(ids, lengths)
        both = torch.cat([text, self.beside(numbers_BN, codes).to(text.dtype)], dim=1)
        return torch.relu(self.hidden(both))

    def forward(self, ids: Tensor, lengths: Tensor, numbers_BN: Tensor, codes: Tensor) -> Tensor:
        """Gives one score per class, shape (B, C)."""
        found = self.features(ids, lengths, numbers_BN, codes)
        scores: Tensor = self.head(self.dropout(found))
        return scores

    def portable(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Gives the weights, and the body's arguments without those that name files."""
        own = getattr(self.body, "portable", None)
        weights, replaced = (self.body.state_dict(), {}) if own is None else own()
        state = {name: v for name, v in self.state_dict().items() if not name.startswith("body.")}
        state |= {f"body.{name}": value for name, value in weights.items()}
        arguments = {**self.recipe["arguments"], **replaced}
        return state, {"body": {"target": self.recipe["target"], "arguments": arguments}}


def fuse(
    model: nn.Module, architecture: Mapping[str, Any], data: "TextClassificationData"
) -> tuple[Fused, dict[str, Any]]:
    """Puts a text model beside the columns of its data.

    Args:
        model: with `features()` and a linear `head`.
        architecture: target and arguments of it.
        data: with features beside the text.

    Returns:
        Both as one model, with its target and arguments.

    Raises:
        ConfigError: the model gives no features.
    """
    head = getattr(model, "head", None)
    if data.beside is None or not hasattr(model, "features") or not isinstance(head, nn.Linear):
        msg = f"data.features needs a model with features(), {type(model).__name__} has none"
        raise ConfigError(msg, mend="model=minilm, or model=textcnn")
    prepared = data.beside.prepared
    arguments: dict[str, Any] = {
        "text_width": head.in_features,
        **widths(prepared),
    }
    fused = Fused(
        body=model,
        num_classes=len(data.classes),
        training_numbers=data.split("train").columns["numbers"],
        **arguments,
    )
    fused.recipe = dict(architecture)
    target = f"{Fused.__module__}.{Fused.__qualname__}"
    return fused, {"target": target, "arguments": arguments}


class FusedTextClassifier(TextClassifier):
    """Answers texts with their columns.

    Args:
        model: ids, lengths, numbers and codes to scores (B, C).
        tokenizer: cuts the texts as in training.
        settings: as TextClassifier's.
        prepared: makes numbers and codes of the columns.
    """

    table = True

    def __init__(
        self,
        model: nn.Module,
        tokenizer: Tokenizer,
        settings: Mapping[str, Any],
        prepared: Prepared,
    ) -> None:
        super().__init__(model, tokenizer, settings)
        self.prepared = prepared
        beside = [column.name for column in prepared.columns]
        self.columns = (*self.sources["text"], *beside)
        self.sources |= {name: (name,) for name in beside}

    @classmethod
    def load(cls, folder: Path) -> "FusedTextClassifier":
        """Reads what `save_bundle` wrote: safetensors and JSON, no pickle, no code."""
        plain = TextClassifier.load(folder)
        return cls(plain.model, plain.tokenizer, plain.settings, Prepared.load(folder))

    def predict(self, records: pd.DataFrame | Sequence[str]) -> pd.DataFrame:
        """Answers each record, and says which cells of its columns were not as in training."""
        answers = super().predict(records)
        answers.attrs["unread"] = encoded(pd.DataFrame(records), self.prepared).unread
        return answers

    def _beside(self, records: pd.DataFrame | Sequence[str]) -> tuple[Tensor, ...]:
        found = encoded(pd.DataFrame(records), self.prepared)
        return torch.from_numpy(found.numeric), torch.from_numpy(found.categorical)

    def _frozen(self, snapshot: "Snapshot", split: str) -> tuple[Tensor, ...]:
        found = self.prepared.transform(sourced(snapshot, split))
        return torch.from_numpy(found.numeric), torch.from_numpy(found.categorical)

    def example(self) -> pd.DataFrame:
        """Gives one made-up record."""
        texts = pd.DataFrame({name: [_EXAMPLE] for name in self.sources["text"]})
        return pd.concat([texts, example(self.prepared)], axis=1)

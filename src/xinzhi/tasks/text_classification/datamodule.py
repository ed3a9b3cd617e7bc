"""From a snapshot of texts to token-budget batches."""

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from xinzhi.data.batching import Batch, plan_sizes
from xinzhi.data.features import Matrix
from xinzhi.data.snapshot import SPLITS, Snapshot
from xinzhi.data.table_rows import TableFeatures
from xinzhi.data.targets import balanced_weights, class_flags, class_numbers
from xinzhi.data.tokenizers import Tokenizer
from xinzhi.data.tokens import TokenTable, cached_tokens
from xinzhi.training.batches import check_at_least, loader, splits_of

_UNKNOWN_WARNING = 0.1


class TextBatches(Dataset[dict[str, Tensor]]):
    """Examples of a split; an index is a whole batch of them.

    Args:
        tokens: token ids of each text.
        targets: class of each text, shape (examples,), −1 for a label that training never saw; or
            for several labels, shape (examples, classes), 0 or 1.
        beside: numbers and codes of the columns beside each text, if there are any.
    """

    def __init__(
        self, tokens: TokenTable, targets: np.ndarray, beside: Matrix | None = None
    ) -> None:
        self.tokens, self.targets = tokens, targets
        self.columns: dict[str, Tensor] = {}
        if beside is not None:
            self.columns["numbers"] = torch.from_numpy(beside.numeric)
            self.columns["codes"] = torch.from_numpy(beside.categorical)

    def __getitem__(self, batch: Batch) -> dict[str, Tensor]:
        ids, lengths = self.tokens.batch(batch.indices)
        return {
            "ids": torch.from_numpy(ids),
            "lengths": torch.from_numpy(lengths),
            **{name: column[batch.indices] for name, column in self.columns.items()},
            "targets": torch.from_numpy(self.targets[batch.indices]),
            "rows": torch.from_numpy(batch.indices),
            "step_examples": torch.tensor(batch.step_examples),
        }

    def __len__(self) -> int:
        return len(self.tokens)


class TextClassificationData(L.LightningDataModule):
    """Tokens of a snapshot, cut once, as batches of similar length under a token budget.

    Args:
        snapshot: texts and labels of train, val and test.
        tokenizer: learns a tokenizer from the training texts, or brings a pretrained one.
        max_length: tokens of a text, at most; the rest is cut off.
        token_budget: tokens of a padded batch, at most.
        max_examples: texts of a batch, at most.
        cache_folder: where token caches are kept.
        seed: of the batches' composition and order.
    """

    def __init__(
        self,
        *,
        snapshot: Snapshot,
        tokenizer: Callable[[Iterable[str]], Tokenizer],
        max_length: int = 128,
        token_budget: int = 4096,
        max_examples: int = 32,
        cache_folder: Path,
        seed: int = 0,
    ) -> None:
        super().__init__()
        check_at_least({"max_length": max_length, "max_examples": max_examples})
        self.snapshot, self._learn = snapshot, tokenizer
        self.max_length, self.token_budget, self.max_examples = (
            max_length,
            token_budget,
            max_examples,
        )
        self.cache_folder, self.seed = cache_folder, seed
        self.classes = snapshot.classes
        self.multilabel = snapshot.multilabel
        declared = snapshot.manifest.get("declaration", {}).get("features")
        self.beside = TableFeatures(snapshot=snapshot) if declared else None
        self._splits: dict[str, TextBatches] = {}

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer, learned from the training texts where it is not a pretrained one."""
        return self._learn(self.snapshot.table("train")["text"].to_pylist())

    def setup(self, stage: str | None = None) -> None:
        """Opens the splits that a stage needs, cutting texts that no cache holds."""
        for name in splits_of(stage):
            self.split(name)

    def split(self, name: str) -> TextBatches:
        """Gives the examples of train, val or test."""
        if name not in self._splits:
            tokens = cached_tokens(
                self.snapshot,
                name,
                self.tokenizer,
                max_length=self.max_length,
                folder=self.cache_folder,
            )
            labels = self.snapshot.table(name)["label"].to_pylist()
            beside = None if self.beside is None else self.beside.matrix(name)
            self._splits[name] = TextBatches(tokens, self._targets(labels), beside)
        return self._splits[name]

    def model_inputs(self) -> dict[str, Any]:
        """Gives what a model of this data may be built from."""
        return {
            "tokenizer": self.tokenizer,
            "num_classes": len(self.classes),
            "training_tokens": self.split("train").tokens,
        }

    def balanced_weights(self) -> Tensor:
        """Gives the factor of each class that makes rare ones count as much, shape (classes,).

        One label per text: examples / (classes × examples of the class), as scikit-learn's
        `balanced`; several labels: negatives / positives.
        """
        targets = self.split("train").targets
        if self.multilabel:
            positive = targets.sum(0).clip(min=1)
            return torch.from_numpy((len(targets) - positive) / positive).float()
        return balanced_weights(targets, len(self.classes))

    def check(self) -> None:
        """Refuses a token budget that the longest text of any split does not fit into."""
        for name in SPLITS:
            plan_sizes(
                self.split(name).tokens.lengths,
                token_budget=self.token_budget,
                max_examples=self.max_examples,
            )

    def warnings(self) -> list[str]:
        """Says what is odd about the texts as this tokenizer sees them."""
        share = self.tokenizer.unknown_share(self.split("train").tokens.ids)
        left_out = [] if self.beside is None else self.beside.warnings()
        if share <= _UNKNOWN_WARNING:
            return left_out
        return [
            *left_out,
            f"the tokenizer turns {share:.0%} of the tokens into {self.tokenizer.unknown}: choose "
            "a model for this language, or one on characters (model=textcnn)",
        ]

    def _targets(self, labels: list[Any]) -> np.ndarray:
        if self.multilabel:
            return class_flags(labels, self.classes).astype(np.float32)
        return class_numbers(labels, self.classes)

    def _loader(self, name: str, *, shuffle: bool) -> DataLoader[Any]:
        examples = self.split(name)
        return loader(
            examples,
            lengths=examples.tokens.lengths,
            token_budget=self.token_budget,
            max_examples=self.max_examples if shuffle else 4 * self.max_examples,
            trainer=self.trainer,
            shuffle=shuffle,
            seed=self.seed,
        )

    def train_dataloader(self) -> DataLoader[Any]:
        """Gives the training batches, others in every epoch."""
        return self._loader("train", shuffle=True)

    def val_dataloader(self) -> DataLoader[Any]:
        """Gives the validation batches."""
        return self._loader("val", shuffle=False)

    def test_dataloader(self) -> DataLoader[Any]:
        """Gives the test batches."""
        return self._loader("test", shuffle=False)

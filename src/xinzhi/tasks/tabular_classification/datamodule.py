"""From a snapshot of a table to batches of numbers, codes and classes."""

from collections.abc import Mapping
from typing import Any, Literal

import lightning as L
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from xinzhi.data.features import Recipe
from xinzhi.data.snapshot import Snapshot
from xinzhi.data.table_rows import ANSWERED, TableFeatures, TableRows, batch_rows, widths
from xinzhi.data.targets import balanced_weights, class_numbers
from xinzhi.errors import ConfigError, DataError
from xinzhi.training.batches import check_at_least, loader, splits_of


class TabularClassificationData(L.LightningDataModule):
    """A table's rows, their features fitted to the training rows, whole in memory.

    Args:
        snapshot: rows and labels of train, val and test.
        columns: what single columns become, such as `{amount: quantile, id: ignore}`.
        scaling: of numbers.
        min_count: categories with fewer training rows count as unknown.
        batch_size: rows of a batch; None goes by the number of rows.
        seed: of the batches' composition and order.
    """

    def __init__(
        self,
        *,
        snapshot: Snapshot,
        columns: Mapping[str, Any] | None = None,
        scaling: Literal["quantile", "standard", "minmax"] = "quantile",
        min_count: int = 5,
        batch_size: int | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        check_at_least({} if batch_size is None else {"batch_size": batch_size})
        if snapshot.multilabel:
            msg = "a row must have one label for tabular_classification, data.multilabel is set"
            raise ConfigError(msg, mend="data.multilabel=null")
        if not snapshot.classes:
            msg = "the label of tabular_classification must be a class, it is a number or not there"
            mend = "data.label=COLUMN data.label_as=class, or experiment=tabular_regression"
            raise DataError(msg, mend=mend)
        self.snapshot, self.classes, self.seed = snapshot, snapshot.classes, seed
        self.batch_size = batch_size or batch_rows(snapshot.counts["train"])
        self.features = TableFeatures(
            snapshot=snapshot,
            declared=columns,
            recipe=Recipe(scaling=scaling, min_count=min_count),
        )
        self._splits: dict[str, TableRows] = {}

    def setup(self, stage: str | None = None) -> None:
        """Encodes the splits that a stage needs."""
        for name in splits_of(stage):
            self.split(name)

    def split(self, name: str) -> TableRows:
        """Gives the rows of train, val or test; a label that training never saw is −1."""
        if name not in self._splits:
            labels = self.snapshot.table(name, ["label"])["label"].to_pylist()
            targets = class_numbers(labels, self.classes)
            self._splits[name] = TableRows(self.features.matrix(name), targets)
        return self._splits[name]

    def model_inputs(self) -> dict[str, Any]:
        """Gives what a model of this data may be built from."""
        return {
            **widths(self.features.prepared),
            "num_classes": len(self.classes),
            "training_numbers": self.split("train").numbers,
        }

    def class_counts(self) -> Tensor:
        """Gives how many training rows each class has, shape (classes,)."""
        return torch.bincount(self.split("train").targets, minlength=len(self.classes))

    def balanced_weights(self) -> Tensor:
        """Gives rows / (classes × rows of the class), shape (classes,)."""
        return balanced_weights(self.split("train").targets.numpy(), len(self.classes))

    def warnings(self) -> list[str]:
        """Says which columns are left out and why."""
        return self.features.warnings()

    def _loader(self, name: str, *, shuffle: bool) -> DataLoader[Any]:
        return loader(
            self.split(name),
            max_examples=self.batch_size if shuffle else ANSWERED,
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

"""From a snapshot of a table to batches of numbers, codes and standardised quantities."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import lightning as L
import numpy as np
from torch.utils.data import DataLoader

from xinzhi.data.features import Recipe
from xinzhi.data.snapshot import Snapshot
from xinzhi.data.table_rows import ANSWERED, TableFeatures, TableRows, batch_rows, widths
from xinzhi.errors import DataError
from xinzhi.training.batches import check_at_least, loader, splits_of


class Unit(NamedTuple):
    """What a model's numbers are counted in.

    Attributes:
        centre: mean of the training rows.
        scale: their standard deviation.
    """

    centre: float
    scale: float


class TabularRegressionData(L.LightningDataModule):
    """A table's rows, their features fitted to the training rows, whole in memory.

    Args:
        snapshot: rows and labels, which are numbers, of train, val and test.
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
        self.snapshot, self.seed = snapshot, seed
        self.batch_size = batch_size or batch_rows(snapshot.counts["train"])
        self.features = TableFeatures(
            snapshot=snapshot,
            declared=columns,
            recipe=Recipe(scaling=scaling, min_count=min_count),
        )
        quantities = self.quantities("train")
        self.unit = Unit(float(quantities.mean()), float(quantities.std()))
        if not self.unit.scale > 0:
            msg = f"the label must vary, it is {self.unit.centre:g} in every training row"
            raise DataError(msg)
        self._splits: dict[str, TableRows] = {}

    def quantities(self, name: str) -> np.ndarray:
        """Gives the labels of train, val or test as they are, shape (rows,), float64.

        Raises:
            DataError: they are no finite numbers.
        """
        labels = self.snapshot.table(name, ["label"])["label"].to_pylist()
        try:
            found = np.array(labels, dtype=np.float64)
        except (TypeError, ValueError) as error:
            msg = f"the label of tabular_regression must be a number in every row: {error}"
            mend = "data.label_as=number, or experiment=tabular_classification for classes"
            raise DataError(msg, mend=mend) from error
        if not np.isfinite(found).all():
            count = int((~np.isfinite(found)).sum())
            msg = f"the label must be a finite number, {count} of {len(found)} {name} rows are not"
            raise DataError(msg)
        return found

    def setup(self, stage: str | None = None) -> None:
        """Encodes the splits that a stage needs."""
        for name in splits_of(stage):
            self.split(name)

    def split(self, name: str) -> TableRows:
        """Gives the rows of train, val or test; their targets are in the training rows' unit."""
        if name not in self._splits:
            standardised = (self.quantities(name) - self.unit.centre) / self.unit.scale
            targets = standardised.astype(np.float32)
            self._splits[name] = TableRows(self.features.matrix(name), targets)
        return self._splits[name]

    def model_inputs(self) -> dict[str, Any]:
        """Gives what a model of this data may be built from."""
        return {
            **widths(self.features.prepared),
            "training_numbers": self.split("train").numbers,
        }

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

"""A snapshot's table as the numbers and codes of its rows, whole in memory, batch by batch."""

import datetime as dt
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from xinzhi.data import features
from xinzhi.data.features.categories import Categories
from xinzhi.data.features.cell_types import is_text
from xinzhi.data.features.dates import Dates
from xinzhi.data.features.embedded import Vectors
from xinzhi.data.features.numeric import Numbers
from xinzhi.data.naming import OURS
from xinzhi.data.records import require_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import pyarrow as pa

    from xinzhi.data.batching import Batch
    from xinzhi.data.features import Matrix, Prepared
    from xinzhi.data.features.recipe import Declared
    from xinzhi.data.snapshot import Snapshot

_STEPS = 16  # in an epoch, about, where there are few rows
_SMALLEST, _LARGEST = 32, 512
ANSWERED = 4096  # rows that go through a model at once, where nothing is learned


class TableRows(Dataset[dict[str, Tensor]]):
    """Rows of a split; an index is a whole batch of them.

    Args:
        matrix: numbers and codes of the rows.
        targets: of each row, shape (rows, …).
    """

    def __init__(self, matrix: "Matrix", targets: np.ndarray) -> None:
        self.numbers = torch.from_numpy(matrix.numeric)
        self.codes = torch.from_numpy(matrix.categorical)
        self.targets = torch.from_numpy(targets)

    def __getitem__(self, batch: "Batch") -> dict[str, Tensor]:
        rows = torch.from_numpy(batch.indices)
        return {
            "numbers": self.numbers.index_select(0, rows),
            "codes": self.codes.index_select(0, rows),
            "targets": self.targets.index_select(0, rows),
            "rows": rows,
            "step_examples": torch.tensor(batch.step_examples),
        }

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def matrix(self) -> np.ndarray:
        """Numbers, then codes, as trees take them, shape (rows, numbers + categories)."""
        return np.concatenate([self.numbers.numpy(), self.codes.numpy()], axis=1)

    @property
    def categorical(self) -> np.ndarray:
        """Which columns of `matrix` are codes, shape (numbers + categories,)."""
        return np.arange(self.numbers.shape[1] + self.codes.shape[1]) >= self.numbers.shape[1]


class TableFeatures:
    """What a snapshot's columns become, fitted to its training rows.

    Args:
        snapshot: of a table.
        declared: what single columns become, by their names in the source, such as
            `{amount: quantile, id: ignore}`; the others are inferred.
        recipe: how columns become features.
    """

    def __init__(
        self,
        *,
        snapshot: "Snapshot",
        declared: "Declared | None" = None,
        recipe: features.Recipe | None = None,
    ) -> None:
        self.snapshot, self._declared, self._recipe = snapshot, declared, recipe

    @cached_property
    def renamed(self) -> dict[str, str]:
        """Stored column → its name in the source, for each column that may be a feature."""
        there = self.snapshot.table("train").column_names
        sources: Mapping[str, str] = self.snapshot.manifest.get("renamed") or {}
        declaration = self.snapshot.manifest.get("declaration", {})
        known = {name: sources.get(name, name) for name in there if name not in OURS}
        chosen = declaration.get("features")
        if chosen is None:
            return {} if declaration.get("text") else known
        return {name: source for name, source in known.items() if source in chosen}

    @cached_property
    def prepared(self) -> "Prepared":
        """The encoders, fitted."""
        table = self._table("train").rename_columns(list(self.renamed.values()))
        return features.fit(table, self._declared or None, recipe=self._recipe)

    def matrix(self, split: str) -> "Matrix":
        """Gives the numbers and codes of train, val or test."""
        table = self._table(split).rename_columns(list(self.renamed.values()))
        return self.prepared.transform(table)

    def summary(self) -> str:
        """Says in a line what the columns became."""
        made = self.prepared
        kinds = Counter(column.encoder.kind for column in made.columns)
        told = ", ".join(f"{count} of {kind}" for kind, count in kinds.most_common())
        return (
            f"{len(made.columns)} columns ({told}) as {len(made.names)} numbers and "
            f"{len(made.categories)} codes; {len(made.left_out)} left out"
        )

    def warnings(self) -> list[str]:
        """Says which columns are left out and why."""
        return [f"left out: {left.name}: {left.why}" for left in self.prepared.left_out]

    def _table(self, split: str) -> "pa.Table":
        return self.snapshot.table(split, list(self.renamed))


def batch_rows(rows: int) -> int:
    """Gives how many rows a batch has: a power of two, more for larger tables.

    >>> batch_rows(700), batch_rows(4000), batch_rows(1_000_000)
    (32, 256, 512)

    Args:
        rows: of the training split.
    """
    power = round(np.log2(max(rows, 1) / _STEPS))
    return int(np.clip(2.0**power, _SMALLEST, _LARGEST))


def widths(prepared: "Prepared") -> dict[str, Any]:
    """Gives what a model is built from: numbers of a row, and codes of each of its categories.

    Args:
        prepared: fitted.
    """
    return {"numbers": len(prepared.names), "cardinalities": list(prepared.cardinalities)}


def encoded(records: "pd.DataFrame", prepared: "Prepared") -> "Matrix":
    """Gives numbers and codes of records as a file or a person gives them.

    Args:
        records: with the columns of training; further ones are not looked at.
        prepared: fitted.

    Raises:
        DataError: a column is missing, or its cells cannot be read as those of training.
    """
    import pyarrow as pa

    wanted = [column.name for column in prepared.columns]
    require_columns(list(map(str, records.columns)), wanted, "the records")
    cells = {
        column.name: _arrow(records[column.name], column.encoder) for column in prepared.columns
    }
    return prepared.transform(pa.table(cells))


def _arrow(cells: "pd.Series", encoder: object) -> "pa.Array":
    """Gives the cells of a column, whatever pandas took them for."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        found = pa.array(cells, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # numbers and strings in one column
        said = [None if pd.isna(cell) else str(cell) for cell in cells]
        found = pa.array(said, pa.large_string())
    if found.null_count == len(found):  # pandas takes what is missing for a fraction
        return pa.nulls(len(found))
    if _is_truth(encoder) and is_text(found.type):
        return pc.utf8_lower(found)  # Python writes True, Arrow true
    return found


def _is_truth(encoder: object) -> bool:
    return isinstance(encoder, Categories) and {*encoder.values} <= {"false", "true"}  # noqa: PD011


@torch.inference_mode()
def forward(model: torch.nn.Module, matrix: "Matrix") -> Tensor:
    """Gives what a model says of rows, in their order, on the CPU in float32.

    Args:
        model: of numbers and codes.
        matrix: the rows.
    """
    numbers, codes = torch.from_numpy(matrix.numeric), torch.from_numpy(matrix.categorical)
    # split gives one empty part where there are no rows
    parts = zip(torch.split(numbers, ANSWERED), torch.split(codes, ANSWERED), strict=True)
    return torch.cat([model(*part).float() for part in parts])


def example(prepared: "Prepared") -> "pd.DataFrame":
    """Gives one made-up row with the columns of training: medians and known categories.

    Args:
        prepared: fitted.
    """
    import pandas as pd

    return pd.DataFrame({column.name: [_cell(column.encoder)] for column in prepared.columns})


def _cell(encoder: object) -> object:
    if isinstance(encoder, Numbers):
        return encoder.scale.fill
    if isinstance(encoder, Categories):
        return next(iter(encoder.values), "")
    if isinstance(encoder, Dates):
        return dt.date(2026, 1, 31).strftime(encoder.form or "%Y-%m-%d")
    return [0.0] * len(encoder.mean) if isinstance(encoder, Vectors) else "a few words"

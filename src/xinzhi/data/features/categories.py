"""Categories as whole numbers: 0 is the unknown one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from xinzhi.data.features.cells import Floats, Integers, strings

if TYPE_CHECKING:
    import pyarrow as pa

    from xinzhi.data.features.cell_types import Cells

_SHOWN = 4


@dataclass(frozen=True, kw_only=True)
class Categories:
    """A column of categories.

    Attributes:
        values: the known ones in the order of their code points; their codes count from 1.
        missing: whether missing cells are a category of their own, with the last code.
        onehot: whether each known category is an output of 0 and 1, instead of one code.
        rare: how many training rows have an unknown category, as too few rows have it.
    """

    kind: ClassVar[str] = "categories"
    values: tuple[str, ...]
    missing: bool
    onehot: bool
    rare: int

    @property
    def cardinality(self) -> int:
        """How many codes there are, the unknown one included."""
        return 1 + len(self.values) + self.missing

    @property
    def outputs(self) -> tuple[str, ...]:
        """What each numeric output adds to the column's name."""
        if not self.onehot:
            return ()
        known = tuple(f"={value}" for value in self.values)
        return (*known, ":missing") if self.missing else known

    def codes(self, cells: "Cells") -> Integers:
        """Encodes cells, shape: (rows,)."""
        import pyarrow.compute as pc

        text = strings(cells)
        found = pc.index_in(text, value_set=self._values).cast("int64").fill_null(-1)
        codes = np.array(found.to_numpy(zero_copy_only=False), np.int64) + 1
        if self.missing:
            codes[text.is_null().to_numpy(zero_copy_only=False)] = self.cardinality - 1
        return codes

    def numbers(self, cells: "Cells") -> Floats:
        """Encodes cells as 0 and 1, shape: (rows, outputs); all are 0 for the unknown one."""
        return np.equal.outer(self.codes(cells), np.arange(1, self.cardinality)).astype(np.float64)

    def describe(self) -> str:
        """Says for a person what was fitted."""
        names = [*self.values[:_SHOWN], *(["…"] if len(self.values) > _SHOWN else [])]
        missing = " and missing" if self.missing else ""
        rare = f"; {self.rare:,} rows unknown as rare" if self.rare else ""
        return f"{len(self.values)} known{missing}: {', '.join(names)}{rare}"

    @cached_property
    def _values(self) -> "pa.Array":
        import pyarrow as pa

        return pa.array(self.values, pa.large_string())


def fit_categories(
    counts: Mapping[str, int], missing: int, *, min_count: int, onehot: bool
) -> Categories | None:
    """Chooses the categories that enough rows have.

    Args:
        counts: rows of each string.
        missing: rows without one.
        min_count: categories, and missing ones, with fewer rows are unknown.
        onehot: whether they become several outputs.

    Returns:
        None where no category has enough rows.
    """
    known = tuple(sorted(value for value, count in counts.items() if count >= min_count))
    if not known:
        return None
    rare = sum(count for count in counts.values() if count < min_count)
    told = missing >= min_count
    return Categories(
        values=known, missing=told, onehot=onehot, rare=rare + (0 if told else missing)
    )


def counted(cells: "Cells") -> tuple[dict[str, int], int]:
    """Counts the strings of a column, in the order of their code points, and its missing cells.

    Args:
        cells: of the training rows.
    """
    import pyarrow.compute as pc

    text = strings(cells)
    pairs = pc.value_counts(text.drop_null())
    values, counts = pairs.field("values").to_pylist(), pairs.field("counts").to_pylist()
    return dict(sorted(zip(values, counts, strict=True))), text.null_count

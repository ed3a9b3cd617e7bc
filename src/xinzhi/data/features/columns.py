"""Columns before and after: which are used and how, and the matrix they become."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from xinzhi.data.features.categories import Categories
from xinzhi.data.features.cells import Integers
from xinzhi.data.features.encoders import Encoder


class Matrix(NamedTuple):
    """Rows as a model takes them.

    Attributes:
        numeric: float32, finite, shape: (rows, numbers).
        categorical: int64 codes, 0 is unknown, shape: (rows, categories).
        names: of the numbers.
        categories: names of the categorical columns.
        cardinalities: how many codes each of these has, for embeddings.
        unread: how many cells were unknown categories or no number, by column and reason.
    """

    numeric: npt.NDArray[np.float32]
    categorical: Integers
    names: tuple[str, ...]
    categories: tuple[str, ...]
    cardinalities: tuple[int, ...]
    unread: Mapping[str, int]

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be read as in training, for people."""
        return counted(self.unread, len(self.numeric))


def counted(unread: Mapping[str, int], rows: int) -> tuple[str, ...]:
    """Says in how many rows something was.

    Args:
        unread: what → rows.
        rows: in all.
    """
    return tuple(f"{said} in {count:,} of {rows:,} rows" for said, count in unread.items())


class Part(NamedTuple):
    """Which outputs come from a column: places in `numeric` and in `categorical`."""

    column: str
    numeric: tuple[int, ...]
    categorical: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the table and how it is encoded.

    Attributes:
        name: in the table.
        encoder: fitted.
        why: it is encoded so.
        missing: share of the training rows without a value.
        importance: of its most important output, where outputs were selected.
    """

    name: str
    encoder: Encoder
    why: str
    missing: float
    importance: float | None = None

    @property
    def coded(self) -> bool:
        """Whether it is one code, and no numbers."""
        return isinstance(self.encoder, Categories) and not self.encoder.onehot


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A column that is no feature.

    Attributes:
        name: in the table.
        why: it is none.
        warning: whether a person should look at it.
    """

    name: str
    why: str
    warning: bool = False

    def line(self) -> str:
        """Says so to a person."""
        return f"{'warning' if self.warning else 'left out'}: {self.name}: {self.why}"

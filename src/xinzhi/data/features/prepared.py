"""Fitted feature preparation: a table → numbers and codes that a network or a classifier takes."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from xinzhi.data.features import storage
from xinzhi.data.features.blocks import encoded
from xinzhi.data.features.categories import Categories
from xinzhi.data.features.cells import LARGEST, Floats, Integers
from xinzhi.data.features.columns import Column, LeftOut, Matrix, Part
from xinzhi.data.features.describing import drawn
from xinzhi.data.features.encoders import FORMS
from xinzhi.data.features.projection import Projection
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Feature preparation that training rows have fitted; nothing in it changes any more.

    Attributes:
        columns: those that are used.
        left_out: those that are not.
        rows: how many it was fitted on.
        kept: which of the encoders' numbers were selected; None keeps all.
        projection: of these numbers on components.

    Raises:
        ValueError: the parts do not fit each other, as in a file that someone changed.
    """

    columns: tuple[Column, ...]
    left_out: tuple[LeftOut, ...] = ()
    rows: int
    kept: Integers | None = None
    projection: Projection | None = None

    def __post_init__(self) -> None:
        width = sum(len(column.encoder.outputs) for column in self.columns)
        if not self.columns:
            raise ValueError("no columns")
        if self.kept is not None and not np.all((self.kept >= 0) & (self.kept < width)):
            raise ValueError("kept outputs that are not there")
        if self.projection is not None and len(self.projection.axes) != len(self.encoded):
            raise ValueError("a projection of other outputs")

    def transform(self, table: "pa.Table") -> Matrix:
        """Encodes rows; missing columns of the table are refused, further ones ignored.

        Args:
            table: with the columns of training, in any order.

        Raises:
            DataError: a column is missing, or its cells cannot be read as those of training.
        """
        names, categories = self.names, self.categories
        numeric = np.empty((table.num_rows, len(names)), np.float32)
        categorical = np.empty((table.num_rows, len(categories)), np.int64)
        seen: Counter[str] = Counter()
        stop = 0
        for values, codes in encoded(table, self.columns, self.kept, seen):
            start, stop = stop, stop + len(values)
            projected = values if self.projection is None else self.projection(values)
            numeric[start:stop] = np.clip(projected, -LARGEST, LARGEST)
            categorical[start:stop] = codes
        return Matrix(numeric, categorical, names, categories, self.cardinalities, dict(seen))

    def encode(self, table: "pa.Table") -> tuple[Floats, Integers]:
        """Encodes rows in full precision, before any projection.

        Args:
            table: with the columns of training.

        Returns:
            Numbers, shape: (rows, encoded), and codes, shape: (rows, categories).
        """
        found = list(encoded(table, self.columns, self.kept, Counter()))
        none = (np.empty((0, len(self.encoded))), np.empty((0, len(self.categories)), np.int64))
        values, codes = zip(none, *found, strict=True)
        return np.concatenate(values), np.concatenate(codes)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return self.encoded if self.projection is None else self.projection.names

    @property
    def encoded(self) -> tuple[str, ...]:
        """Names of the numbers before any projection."""
        return tuple(f"{column}{output}" for column, output in self._outputs())

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the categorical columns."""
        return tuple(column.name for column in self.columns if column.coded)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """How many codes each categorical column has, the unknown one included."""
        encoders = [column.encoder for column in self.columns if column.coded]
        return tuple(part.cardinality for part in encoders if isinstance(part, Categories))

    @property
    def parts(self) -> tuple[Part, ...]:
        """Which outputs come from which column; of a projection, each comes from all numbers."""
        origins = [column for column, _ in self._outputs()]
        coded, found = self.categories, []
        for column in self.columns:
            places = [place for place, origin in enumerate(origins) if origin == column.name]
            if places and self.projection is not None:
                places = list(range(len(self.projection.names)))
            code = (coded.index(column.name),) if column.coded else ()
            found.append(Part(column.name, tuple(places), code))
        return tuple(found)

    def save(self, folder: Path) -> None:
        """Writes `features.json` and `features.safetensors` into a folder.

        Args:
            folder: made where it is not there.

        Raises:
            DataError: the folder cannot be written.
        """
        storage.save(self, folder)

    @classmethod
    def load(cls, folder: Path) -> "Prepared":
        """Reads what `save` wrote; runs none of it, and needs no scikit-learn.

        Args:
            folder: written by save.

        Raises:
            DataError: a file is missing, broken, or of another format.
        """
        found = storage.load(folder, (cls, Column, LeftOut, Projection, *FORMS))
        if not isinstance(found, cls):
            raise DataError(f"{folder} must hold features as they were saved, was {found!r:.60}")
        return found

    def describe(self) -> str:
        """Draws a table for people: each column, what it became, and why."""
        counts = f"{len(self.names)} numbers, {len(self.categories)} codes"
        lines = [drawn(f"features of {self.rows:,} rows: {counts}", self.columns)]
        if self.kept is not None:
            lines.append(f"selected by importance: {len(self.kept)} numbers")
        if self.projection is not None:
            shares = ", ".join(f"{share:.1%}" for share in self.projection.shares[:8])
            method = self.projection.method
            lines.append(f"{method} of {len(self.encoded)} numbers; shares explained: {shares}")
        return "\n".join([*lines, *(left.line() for left in self.left_out)])

    def _outputs(self) -> list[tuple[str, str]]:
        pairs = [
            (column.name, output) for column in self.columns for output in column.encoder.outputs
        ]
        return pairs if self.kept is None else [pairs[place] for place in self.kept]

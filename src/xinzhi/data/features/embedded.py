"""Vectors that came from another modality (an image's or a text's embedding), scaled."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from xinzhi.data.features.cells import Floats, vectors
from xinzhi.data.features.numeric import beside

if TYPE_CHECKING:
    from xinzhi.data.features.cell_types import Cells


@dataclass(frozen=True, kw_only=True)
class Vectors:
    """A column of vectors of one length.

    Attributes:
        mean: of each component, shape: (width,).
        deviation: of each component, shape: (width,).
        indicator: whether a further output says that the vector was missing.
    """

    kind: ClassVar[str] = "vectors"
    mean: Floats
    deviation: Floats
    indicator: bool

    def __post_init__(self) -> None:
        if self.mean.shape != self.deviation.shape:
            raise ValueError(f"{self.mean.shape} means must have so many deviations")

    @property
    def outputs(self) -> tuple[str, ...]:
        """What each output adds to the column's name."""
        named = tuple(f"[{number}]" for number in range(len(self.mean)))
        return (*named, ":missing") if self.indicator else named

    def numbers(self, cells: "Cells") -> Floats:
        """Encodes cells, shape: (rows, outputs); a missing component is taken for its mean."""
        values = vectors(cells, len(self.mean))
        missing = np.isnan(values)
        scaled = np.where(missing, 0.0, (values - self.mean) / self.deviation)
        return beside(scaled, np.any(missing, axis=1) if self.indicator else None)

    def describe(self) -> str:
        """Says for a person what was fitted."""
        return f"{len(self.mean)} components, each to mean 0 and deviation 1"


def fit_vectors(cells: "Cells", *, indicator: bool) -> Vectors:
    """Fits scikit-learn's StandardScaler to the components.

    Args:
        cells: with at least one vector.
        indicator: whether missing vectors are to be told, if there are any.

    Raises:
        DataError: the vectors differ in length.
    """
    from sklearn.preprocessing import StandardScaler

    values = vectors(cells)
    missing = bool(np.isnan(values).any())
    scaler = StandardScaler().fit(np.sort(values, axis=0))  # sums depend on the order of rows
    mean = np.nan_to_num(np.asarray(scaler.mean_, np.float64))
    deviation = np.nan_to_num(np.asarray(scaler.scale_, np.float64), nan=1.0)
    return Vectors(mean=mean, deviation=deviation, indicator=indicator and missing)

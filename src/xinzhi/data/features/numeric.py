"""Numbers on one scale: standard, min-max, or quantiles of the normal distribution."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from xinzhi.data.features.cells import Floats, numbers
from xinzhi.data.features.normal import normal_quantile

if TYPE_CHECKING:
    from xinzhi.data.features.cell_types import Cells

Scaling = Literal["standard", "minmax", "quantile"]

_EDGE = 1e-7
_QUANTILES = 1000


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How one column of numbers is scaled.

    Attributes:
        scaling: standard `(x - shift) / factor`, minmax `x * factor + shift`, or quantile.
        fill: what a missing number is taken for, before scaling: the training rows' median.
        shift: see scaling.
        factor: see scaling.
        quantiles: of the training rows, evenly spaced, for quantile.
    """

    scaling: Scaling
    fill: float
    shift: float = 0.0
    factor: float = 1.0
    quantiles: Floats

    def __call__(self, values: Floats) -> Floats:
        """Scales numbers, NaN among them, shape: (rows,)."""
        filled = np.where(np.isnan(values), self.fill, values)
        if self.scaling == "standard":
            return (filled - self.shift) / self.factor
        if self.scaling == "minmax":
            return filled * self.factor + self.shift
        return to_normal(filled, self.quantiles)


def fit_scale(values: Floats, scaling: Scaling) -> Scale:
    """Fits a scale with scikit-learn; the order of the values makes no difference.

    The scale sees the numbers that are there; the missing ones take their median afterwards.

    Args:
        values: NaN where missing; at least one is not.
        scaling: which one.

    Returns:
        The scale, which needs no scikit-learn any more.
    """
    from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, StandardScaler

    there = np.sort(values[~np.isnan(values)])[:, None]  # sums depend on the order, this does not
    fill = float(np.median(there))
    none = np.empty(0)
    if scaling == "standard":
        standard = StandardScaler().fit(there)
        shift, factor = float(standard.mean_[0]), float(standard.scale_[0])
        return Scale(scaling=scaling, fill=fill, shift=shift, factor=factor, quantiles=none)
    if scaling == "minmax":
        minmax = MinMaxScaler().fit(there)
        shift, factor = float(minmax.min_[0]), float(minmax.scale_[0])
        return Scale(scaling=scaling, fill=fill, shift=shift, factor=factor, quantiles=none)
    count = min(_QUANTILES, len(there))
    quantile = QuantileTransformer(
        n_quantiles=count, output_distribution="normal", subsample=None
    ).fit(there)
    return Scale(scaling=scaling, fill=fill, quantiles=quantile.quantiles_[:, 0])


def to_normal(values: Floats, quantiles: Floats) -> Floats:
    """Maps values to the normal distribution by their rank among the quantiles.

    Between repeated quantiles it takes the middle, as scikit-learn's QuantileTransformer.

    Args:
        values: without NaN, shape: (rows,).
        quantiles: ascending, shape: (count,).
    """
    shares = np.linspace(0.0, 1.0, len(quantiles))
    share = np.interp(values, quantiles, shares)
    if np.any(quantiles[1:] == quantiles[:-1]):  # else both directions give the same
        share = 0.5 * (share - np.interp(-values, -quantiles[::-1], -shares[::-1]))
    share[values + _EDGE > quantiles[-1]] = 1.0
    share[values - _EDGE < quantiles[0]] = 0.0
    return normal_quantile(share)


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """A column of numbers, scaled.

    Attributes:
        scale: of the numbers that are there.
        indicator: whether a second output says that the number was missing.
    """

    kind: ClassVar[str] = "numbers"
    scale: Scale
    indicator: bool

    @property
    def outputs(self) -> tuple[str, ...]:
        """What each output adds to the column's name."""
        return ("", ":missing") if self.indicator else ("",)

    def numbers(self, cells: "Cells") -> Floats:
        """Encodes cells, shape: (rows, outputs)."""
        return self.scaled(numbers(cells))

    def scaled(self, values: Floats) -> Floats:
        """Encodes numbers, NaN among them, shape: (rows, outputs)."""
        return beside(self.scale(values)[:, None], np.isnan(values) if self.indicator else None)

    def describe(self) -> str:
        """Says for a person what was fitted."""
        scale = self.scale
        told = {
            "standard": f"mean {scale.shift:.6g}, deviation {scale.factor:.6g}",
            "minmax": f"× {scale.factor:.6g} + {scale.shift:.6g}",
            "quantile": f"{len(scale.quantiles)} quantiles to normal",
        }[scale.scaling]
        return f"{told}; missing = {scale.fill:.6g}"


def fit_numbers(cells: "Cells", scaling: Scaling, *, indicator: bool) -> Numbers:
    """Fits a scale to a column.

    Args:
        cells: with at least one number.
        scaling: which scale.
        indicator: whether missing numbers are to be told, if there are any.
    """
    values = numbers(cells)
    there = bool(np.isnan(values).any())
    return Numbers(scale=fit_scale(values, scaling), indicator=indicator and there)


def beside(values: Floats, missing: npt.NDArray[np.bool_] | None) -> Floats:
    """Puts an indicator column beside values, if there is one.

    Args:
        values: shape: (rows, outputs).
        missing: shape: (rows,).
    """
    return values if missing is None else np.column_stack((values, missing))

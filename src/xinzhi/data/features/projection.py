"""Numbers on fewer axes: principal components, or discriminants of the classes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from xinzhi.data.features.cells import Floats, Integers
from xinzhi.errors import DataError

_WIDEST = 16  # components, unless more are asked for


@dataclass(frozen=True, kw_only=True)
class Projection:
    """A projection `(x - mean) @ axes`.

    Attributes:
        method: pca or lda.
        mean: of the training rows, shape: (numbers,).
        axes: shape: (numbers, components).
        shares: of the variance (between the classes, for lda) that each component explains.
    """

    method: Literal["pca", "lda"]
    mean: Floats
    axes: Floats
    shares: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the components."""
        return tuple(f"{self.method}_{number + 1}" for number in range(self.axes.shape[1]))

    def __call__(self, values: Floats) -> Floats:
        """Projects rows, shape: (rows, numbers) → (rows, components)."""
        return np.asarray((values - self.mean) @ self.axes)


def fit_pca(values: Floats, width: int | None) -> Projection:
    """Fits scikit-learn's PCA.

    Args:
        values: of the training rows, in an order that does not depend on the table's.
        width: how many components; as many as possible up to 16 by default.

    Raises:
        DataError: there are not so many components.
    """
    from sklearn.decomposition import PCA

    most = min(values.shape)
    pca = PCA(_checked("pca", width, most) or min(_WIDEST, most), random_state=0).fit(values)
    shares = np.nan_to_num(pca.explained_variance_ratio_)
    return Projection(
        method="pca",
        mean=np.asarray(pca.mean_, np.float64),
        axes=np.ascontiguousarray(pca.components_.T, np.float64),
        shares=tuple(map(float, shares)),
    )


def fit_lda(values: Floats, classes: Integers, width: int | None) -> Projection:
    """Fits scikit-learn's linear discriminant analysis.

    Args:
        values: of the training rows, in an order that does not depend on the table's.
        classes: of these rows.
        width: how many discriminants; all by default.

    Raises:
        DataError: there are not so many discriminants.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    most = min(values.shape[1], len(np.unique(classes)) - 1)
    width = _checked("lda", width, most) or most
    lda = LinearDiscriminantAnalysis(n_components=width).fit(values, classes)
    axes = np.ascontiguousarray(lda.scalings_[:, :width], np.float64)
    return Projection(
        method="lda",
        mean=np.asarray(lda.xbar_, np.float64),
        axes=axes,
        shares=tuple(map(float, lda.explained_variance_ratio_[: axes.shape[1]])),
    )


def _checked(method: str, width: int | None, most: int) -> int | None:
    if most < 1:
        raise DataError(f"reduce={method} needs numeric columns and, for lda, two classes")
    if width is not None and width > most:
        raise DataError(f"reduce_to must be at most {most} for {method} here, was {width}")
    return width

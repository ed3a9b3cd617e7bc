"""How much an output tells about the label: mutual information, or a forest."""

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from xinzhi.data.features.cell_types import decoded, is_boolean, is_number, is_text
from xinzhi.data.features.cells import Floats, Integers, numbers, strings
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE = 20_000  # rows, the first in their order; mutual information takes its time
_FEW = 20


class Target(NamedTuple):
    """A label as numbers.

    Attributes:
        values: classes from 0, or quantities; of the rows that have a label.
        there: which rows these are, shape: (rows,).
        classes: how many, 0 for quantities.
    """

    values: Floats
    there: npt.NDArray[np.bool_]
    classes: int


def target(cells: "pa.ChunkedArray") -> Target:
    """Reads a label: fractions and more than 20 different numbers are quantities, else classes.

    Args:
        cells: of the training rows.

    Raises:
        DataError: several labels in a cell, or fewer than two different ones.
    """
    import pyarrow.compute as pc

    cells = decoded(cells)
    kind = cells.type
    if not (is_number(kind) or is_text(kind) or is_boolean(kind)):
        raise DataError(f"a label to select or reduce by must be one per row, was {kind}")
    if is_number(kind):
        quantities = numbers(cells)
        there = ~np.isnan(quantities)
        distinct = np.unique(quantities[there])
        if len(distinct) > _FEW or np.any(distinct != np.trunc(distinct)):
            return Target(quantities[there], there, 0)
    text = strings(cells)
    there = text.is_valid().to_numpy()
    names = pc.unique(text.drop_null()).sort()
    if len(names) < 2:
        raise DataError(f"a label to select or reduce by must have two classes, had {len(names)}")
    codes = pc.index_in(text.drop_null(), value_set=names).to_numpy()
    return Target(codes.astype(np.float64), there, len(names))


def importances(
    values: Floats, codes: Integers, known: Target, by: Literal["information", "forest"]
) -> Floats:
    """Scores each number and each code, shape: (numbers + categories,); more is more important.

    Args:
        values: shape: (rows, numbers), in the order that `canonical` gives.
        codes: shape: (rows, categories), in the same order.
        known: the label, in the same order.
        by: mutual information in nats, or mean decrease of impurity in extremely randomised trees.
    """
    both = np.concatenate((values[:SAMPLE], codes[:SAMPLE]), axis=1)
    labels = known.values[:SAMPLE]
    if by == "forest":
        from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

        trees = ExtraTreesClassifier if known.classes else ExtraTreesRegressor
        forest = trees(n_estimators=100, min_samples_leaf=5, random_state=0).fit(both, labels)
        return np.asarray(forest.feature_importances_, np.float64)
    from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

    information = mutual_info_classif if known.classes else mutual_info_regression
    discrete = np.arange(both.shape[1]) >= values.shape[1]
    return np.asarray(information(both, labels, discrete_features=discrete, random_state=0))


def canonical(values: Floats, codes: Integers, labels: Floats) -> Integers:
    """An order of rows that is the same however they came, and as good as a random one.

    Rows are ordered by a hash of their bits, as sorting by 40 columns takes eight times as long.

    Args:
        values: shape: (rows, numbers).
        codes: shape: (rows, categories).
        labels: shape: (rows,).
    """
    key = np.zeros(len(values), np.uint64)
    for column in (*values.T, *codes.T, labels):
        key ^= np.ascontiguousarray(column).view(np.uint64)
        key *= np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(32)
    return np.argsort(key, kind="stable")

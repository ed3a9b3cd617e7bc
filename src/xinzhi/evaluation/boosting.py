"""Gradient-boosted trees as a baseline: shape and number of trees chosen on validation rows."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

_RATES, _LEAVES = (0.05, 0.1), (7, 31)
_MOST_TREES, _PATIENCE = 400, 20
_MOST_CODES = 255  # that scikit-learn's trees take for a category

Array = np.ndarray[Any, Any]


class Boosted(NamedTuple):
    """What the chosen trees say.

    Attributes:
        val: of the validation rows.
        test: of the test rows.
        trees: how many there are, per class.
        rate: the learning rate.
        leaves: of a tree, at most.
    """

    val: Array
    test: Array
    trees: int
    rate: float
    leaves: int


def boosted(
    kind: str,
    rows: Sequence[Array],
    targets: Sequence[Array],
    *,
    categorical: Array,
    loss: Callable[[Array], float],
) -> Boosted:
    """Fits scikit-learn's HistGradientBoosting with early stopping on the validation rows.

    Of two learning rates and two sizes of trees, and of all numbers of trees on the way, the one
    with the least validation loss answers.

    Args:
        kind: Classifier or Regressor.
        rows: of train, val and test, each of shape (rows, columns).
        targets: of train and val: classes from 0, or quantities.
        categorical: which columns are codes, bool, shape (columns,).
        loss: of what is said of the validation rows.
    """
    from sklearn import ensemble

    make: Any = getattr(ensemble, f"HistGradientBoosting{kind}")
    train, val, test = (_few_codes(part, categorical) for part in rows)
    method = "staged_predict_proba" if kind == "Classifier" else "staged_predict"
    best: tuple[float, Any, Boosted] | None = None
    for rate, leaves in product(_RATES, _LEAVES):
        trees = make(
            learning_rate=rate,
            max_leaf_nodes=leaves,
            max_iter=_MOST_TREES,
            early_stopping=True,
            n_iter_no_change=_PATIENCE,
            categorical_features=categorical if categorical.any() else None,
            random_state=0,
        ).fit(train, targets[0], X_val=val, y_val=targets[1])
        for count, said in enumerate(getattr(trees, method)(val), start=1):
            lost = loss(said)
            if best is None or lost < best[0]:
                best = lost, trees, Boosted(said, said, count, rate, leaves)
    assert best is not None  # noqa: S101 - there is at least one tree
    _, trees, found = best
    stages = enumerate(getattr(trees, method)(test), start=1)
    return found._replace(test=next(said for count, said in stages if count == found.trees))


def _few_codes(rows: Array, categorical: Array) -> Array:
    """Gives the rows with codes beyond those that trees take as the unknown one."""
    clipped: Array = np.where(categorical & (rows >= _MOST_CODES), 0, rows)
    return clipped

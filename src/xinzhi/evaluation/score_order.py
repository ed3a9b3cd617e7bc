"""Scores of a class in order, and what its order is worth.

Shapes: N examples, G groups of equal scores.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from xinzhi.evaluation.tallies import Array, ratio, share

Order = Callable[[Array, Array], Array]


class Ordered(NamedTuple):
    """The examples in ascending order of their score.

    Attributes:
        order: of examples, shape (N,).
        starts: where groups of equal scores begin, shape (G,).
        positive: whether the class is right, in that order, bool, shape (N,).
    """

    order: Array
    starts: Array
    positive: Array

    @property
    def group(self) -> Array:
        """Which group each example is in, in that order, shape (N,)."""
        return np.repeat(np.arange(len(self.starts)), np.diff(self.starts, append=len(self.order)))

    def counts(self, weights: Array) -> tuple[Array, Array]:
        """Counts the class's examples and the others at each score, shape (…, G) both.

        Args:
            weights: how often each example is there, shape (…, N).
        """
        drawn = weights[..., self.order]
        positives = drawn * self.positive
        if len(self.starts) == len(self.order):
            return positives, drawn - positives
        found = np.add.reduceat(positives, self.starts, axis=-1)
        return found, np.add.reduceat(drawn, self.starts, axis=-1) - found


def ordered(scores: Array, positive: Array) -> Ordered:
    """Orders examples.

    Args:
        scores: shape (N,).
        positive: where the class is right, bool, shape (N,).
    """
    order = np.argsort(scores)
    ascending = scores[order]
    new = np.ones(len(order), bool)
    new[1:] = ascending[1:] != ascending[:-1]
    return Ordered(order, np.flatnonzero(new), positive[order])


def auroc(positives: Array, negatives: Array) -> Array:
    """Gives the area under the ROC curve, shape (…); NaN where only one of both is there.

    Args:
        positives: examples of the class at each score, ascending, shape (…, G).
        negatives: the others, shape (…, G).
    """
    below = negatives.cumsum(-1, dtype=np.float64)
    pairs = (positives * (below - negatives / 2)).sum(-1)
    return ratio(pairs, positives.sum(-1) * below[..., -1])


def average_precision(positives: Array, negatives: Array) -> Array:
    """Gives the mean precision at the class's examples, shape (…); NaN where there are none.

    Args:
        positives: as for `auroc`.
        negatives: likewise.
    """
    true = positives[..., ::-1].cumsum(-1, dtype=np.float64)  # answered from this score on
    answered = true + negatives[..., ::-1].cumsum(-1, dtype=np.float64)
    precision = (positives[..., ::-1] * share(true, answered)).sum(-1)
    return ratio(precision, true[..., -1])


def ks(positives: Array, negatives: Array) -> Array:
    """Gives the widest distance of both distributions, shape (…); NaN where one is not there.

    Args:
        positives: as for `auroc`.
        negatives: likewise.
    """
    found = positives.cumsum(-1, dtype=np.float64)
    below = negatives.cumsum(-1, dtype=np.float64)
    return np.asarray(np.abs(ratio(found, found[..., -1:]) - ratio(below, below[..., -1:])).max(-1))


ORDERS: dict[str, Order] = {"auroc": auroc, "average_precision": average_precision, "ks": ks}

"""Measures of order as sums: what each example adds to first order.

Shapes: N examples, C ranked classes, G groups of equal scores.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from xinzhi.evaluation.score_order import Ordered
from xinzhi.evaluation.tallies import Array, Measure, share


class Added(NamedTuple):
    """What examples add to the measure of one class, in the order of their scores.

    The measure is (Σ own + rest) / (the class's examples) + Σ other − Σ other of all examples.

    Attributes:
        own: of the class's examples, 0 elsewhere, shape (N,).
        other: of the others, 0 elsewhere, shape (N,).
        rest: what the others add to all examples together.
    """

    own: Array
    other: Array
    rest: float = 0.0


def auroc(ranked: Ordered) -> Added:
    """Gives placement values (DeLong et al. 1988): which share of the others each one outdoes."""
    (positives, found), (negatives, below) = _counted(ranked)
    placed = (below - negatives / 2) / below[-1]
    outdone = (found[-1] - found + positives / 2) / found[-1]
    area = (positives * placed).sum() / found[-1]
    return _added(ranked, placed, (outdone - area) / below[-1])


def average_precision(ranked: Ordered) -> Added:
    """Gives the derivative of Σ precision at the class's examples by an example's weight."""
    (positives, found), (negatives, below) = _counted(ranked)
    true, alarms = found[-1] - found + positives, below[-1] - below + negatives
    answered = true + alarms
    # an example counts in the precision at its own score and at all below
    gained = (positives * alarms / answered**2).cumsum()
    lost = (positives * true / answered**2).cumsum()
    added = _added(ranked, true / answered + gained, -lost / found[-1])
    return added._replace(rest=float(added.other.sum() * found[-1]))


def ks(ranked: Ordered) -> Added:
    """Gives what is below the score where both distributions are widest apart."""
    (_, found), (_, below) = _counted(ranked)
    apart = found / found[-1] - below / below[-1]
    widest = int(np.abs(apart).argmax())
    beyond = (np.arange(len(found)) <= widest) - below[widest] / below[-1]
    signed = np.sign(apart[widest]) * beyond
    return _added(ranked, signed, -signed / below[-1])


ADDED: dict[str, Callable[[Ordered], Added]] = {
    "auroc": auroc,
    "average_precision": average_precision,
    "ks": ks,
}


def measured(rests: Array, less: float) -> Measure:
    """Gives the mean over classes from sums: own of each, their examples, and all others.

    Args:
        rests: of each class, shape (C,).
        less: Σ other of all examples and classes.
    """
    size = len(rests)

    def measure(sums: Array) -> Array:
        own, there, other = sums[..., :size], sums[..., size:-1], sums[..., -1]
        present = there > 0
        scores = np.where(present, share(own + rests, there), 0.0).sum(-1)
        some = present.sum(-1)
        return np.asarray(scores / np.where(some > 0, some, np.nan) + (other - less) / size)

    return measure


def _counted(ranked: Ordered) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Counts the class's examples and the others at each score, and up to it."""
    positives, negatives = ranked.counts(np.ones(len(ranked.order)))
    return (positives, positives.cumsum()), (negatives, negatives.cumsum())


def _added(ranked: Ordered, own: Array, other: Array) -> Added:
    """Hands what is known of groups to their examples."""
    group, positive = ranked.group, ranked.positive
    return Added(np.where(positive, own[group], 0.0), np.where(positive, 0.0, other[group]))

"""Measures of order: AUROC, average precision and the Kolmogorov-Smirnov distance.

Of few examples they are computed anew from how often each was drawn. Of one class of many examples
scores are rounded to so many bins that nothing is lost. Of many classes they are sums of what each
example adds to first order, over the drawn number of the class's examples.
Shapes: N examples, C ranked classes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from xinzhi.evaluation import linear_rankings
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.evaluation.score_order import ORDERS, Order, Ordered, ordered
from xinzhi.evaluation.tallies import Array, Measure, Tally, every

_EXACT = 2_500  # scores up to which order is computed anew in each resample
_BINS = 500  # of each, the class's scores and the others'


def ranked(outcomes: Outcomes, names: Iterable[str], *, apart: bool) -> list[Tally]:
    """Gives the tallies of measures of order.

    Args:
        outcomes: of classes or labels.
        names: of the measures.
        apart: each example must keep a code of its own.
    """
    scores, right = _ranked_classes(outcomes)
    tallies = []
    for name in names:
        # torchmetrics has an average precision where all examples are the class's
        there = right.any(0) & (~right.all(0) | (name == "average_precision"))
        used, positive = scores[:, there], right[:, there]
        if used.size <= _EXACT:
            tally = _anew(used, positive, name)
        elif used.shape[1] == 1 and not apart:
            tally = _binned(used[:, 0], positive[:, 0], name)
        else:
            tally = _linear(used, positive, name)
        parts = np.minimum(positive.sum(0), (~positive).sum(0))
        tallies.append(replace(tally, parts={name: parts}))
    return tallies


def _ranked_classes(outcomes: Outcomes) -> tuple[Array, Array]:
    """Gives scores and what is right of the classes that are ranked; of two classes one is."""
    scores, truth = outcomes.columns["probabilities"], outcomes.columns["truth"]
    if outcomes.kind == "labels":
        return scores, truth.astype(bool)
    places = np.arange(scores.shape[1])
    if len(places) == 2:
        positive = outcomes.settings.get("positive")
        places = places[[1 if positive is None else positive]]
    return scores[:, places], truth[:, None] == places


def _anew(scores: Array, right: Array, name: str) -> Tally:
    """Gives the tally whose sums are how often each example was drawn."""
    columns = [ordered(score, positive) for score, positive in zip(scores.T, right.T, strict=True)]
    measure = _mean_of(columns, ORDERS[name])
    return Tally(codes=np.arange(len(scores)), size=len(scores), measures={name: measure})


def _mean_of(columns: Sequence[Ordered], order: Order) -> Measure:
    def measure(drawn: Array) -> Array:
        if not columns:
            return np.full(drawn.shape[:-1], np.nan)
        values = np.stack([order(*column.counts(drawn)) for column in columns])
        there = ~np.isnan(values)
        some = there.sum(0)
        return np.asarray(np.where(there, values, 0.0).sum(0) / np.where(some > 0, some, np.nan))

    return measure


def _binned(scores: Array, positive: Array, name: str) -> Tally:
    """Gives the tally that counts the class's examples and the others in bins of scores."""
    parts = [np.sort(part) for part in (scores[positive], scores[~positive])]
    edges = np.unique(np.concatenate([p[:: max(len(p) // _BINS, 1)] for p in parts]))
    bins = np.searchsorted(edges, scores, side="right")
    size = 2 * (len(edges) + 1)
    order = ORDERS[name]

    def measure(drawn: Array) -> Array:
        return order(drawn[..., 1::2], drawn[..., 0::2])

    tally = Tally(codes=2 * bins + positive, size=size, measures={name: measure})
    exact = order(*ordered(scores, positive).counts(np.ones(len(scores))))
    return replace(tally, shifts={name: float(exact) - tally.value(name)})


def _linear(scores: Array, right: Array, name: str) -> Tally:
    """Gives the tally of what examples add to first order."""
    examples, size = scores.shape
    rows = np.zeros((examples, 2 * size + 1), np.float32)
    other, rests = np.zeros(examples), np.zeros(size)
    for at in range(size):
        column = ordered(scores[:, at], right[:, at])
        added = linear_rankings.ADDED[name](column)
        rows[column.order, at] = added.own
        other[column.order] += added.other
        rests[at] = added.rest
    rows[:, size:-1], rows[:, -1] = right, other
    measure = linear_rankings.measured(rests, float(rows[:, -1].sum(dtype=np.float64)))
    strata = right.argmax(1) if (right.sum(1) <= 1).all() else None
    return every(rows, {name: measure}, strata=strata)

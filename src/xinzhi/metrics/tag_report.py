"""Precision, recall and F1 from counts, by name and on average, and those of tags one by one."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from xinzhi.metrics.classification import ClassRow

Counts = np.ndarray[Any, np.dtype[np.int64]]


class Scores(NamedTuple):
    """Of what is found: how much is right, how much of what is there, and their harmonic mean."""

    precision: float
    recall: float
    f1: float


class TagReport(NamedTuple):
    """How well each tag is found.

    Attributes:
        rows: one per tag.
        averages: `micro`, `macro` and `weighted` over all tags, then `… without O`.
        confusion: places of tag row that were answered as tag column, shape (C, C).
    """

    rows: list[ClassRow]
    averages: dict[str, Scores]
    confusion: Counts


def scores(right: float, predicted: float, support: float) -> Scores:
    """Gives the scores of counts; what has no denominator is 0, as in conlleval.

    >>> scores(right=1, predicted=2, support=1)
    Scores(precision=0.5, recall=1.0, f1=0.6666666666666666)
    """
    return Scores(
        float(right / predicted) if predicted else 0.0,
        float(right / support) if support else 0.0,
        float(2 * right / (predicted + support)) if predicted + support else 0.0,
    )


def score_rows(
    names: Sequence[str], right: Counts, predicted: Counts, support: Counts
) -> list[ClassRow]:
    """Gives the scores of each name.

    Args:
        names: C names.
        right: how often each was predicted where it was, shape (C,).
        predicted: how often it was predicted, shape (C,).
        support: how often it was there, shape (C,).
    """
    counts = zip(names, right, predicted, support, strict=True)
    return [ClassRow(name, *scores(r, p, s), int(s), int(p)) for name, r, p, s in counts]


def averages(right: Counts, predicted: Counts, support: Counts) -> dict[str, Scores]:
    """Gives `micro`, `macro` and `weighted` scores, as scikit-learn defines them.

    A name that is neither there nor predicted is left out of the macro average.

    Args:
        right: as for `score_rows`.
        predicted: likewise.
        support: likewise.
    """
    each = np.array([scores(*row) for row in zip(right, predicted, support, strict=True)])
    each = each.reshape(-1, 3)
    seen = (predicted + support) > 0
    total = support.sum()
    return {
        "micro": scores(right.sum(), predicted.sum(), total),
        "macro": Scores(*(float(v) for v in each[seen].mean(0))) if seen.any() else Scores(0, 0, 0),
        "weighted": Scores(*(float(v) for v in support @ each / max(int(total), 1))),
    }


def tag_report(gold: Counts, predicted: Counts, names: Sequence[str]) -> TagReport:
    """Judges tags place by place.

    Args:
        gold: number of the right tag of each place, shape (N,).
        predicted: number of the answered one, shape (N,).
        names: C names, O the first.
    """
    size = len(names)
    pairs = np.bincount(gold.astype(np.int64) * size + predicted, minlength=size * size)
    confusion = pairs.reshape(size, size)
    right, answered, support = np.diag(confusion), confusion.sum(0), confusion.sum(1)
    means = averages(right, answered, support)
    others = averages(right[1:], answered[1:], support[1:])
    means |= {f"{name} without O": value for name, value in others.items()}
    return TagReport(score_rows(names, right, answered, support), means, confusion)

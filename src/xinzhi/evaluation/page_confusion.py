"""Which classes are taken for which, bounded so that a page can show it.

Shapes: N examples, C classes.
"""

from dataclasses import dataclass

import numpy as np

from xinzhi.evaluation.confusion import confused_most
from xinzhi.evaluation.outcomes import Array, Outcomes
from xinzhi.evaluation.proportions import wilson
from xinzhi.evaluation.wrongness import decided, threshold

_MOST, _PAIRS, _ROWS = 12, 12, 30


@dataclass(frozen=True, kw_only=True)
class ClassLine:
    """How well one class is found.

    Attributes:
        name: of the class.
        precision: share of its answers that are right, None where there is none.
        recall: share of its examples that are found, None where there is none.
        recall_low: end of the recall's interval.
        recall_high: the other end.
        f1: harmonic mean of precision and recall.
        support: its examples.
        answered: answers that name it.
    """

    name: str
    precision: float | None
    recall: float | None
    recall_low: float | None
    recall_high: float | None
    f1: float
    support: int
    answered: int


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Counts of answers by the truth.

    Attributes:
        names: of the classes that are shown; the last may sum up the others.
        counts: rows are the truth, columns the answers.
        classes: how many there are.
        unknown: examples whose label training never saw.
        threshold: from which the positive class is decided for, None where the likeliest is.
        pairs: (truth, answer, how many, share of the truth), the most frequent mistakes first.
        lines: by class, those with the lowest F1 first.
        hidden: classes beyond them.
    """

    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    classes: int
    unknown: int
    threshold: float | None
    pairs: tuple[tuple[str, str, int, float], ...]
    lines: tuple[ClassLine, ...]
    hidden: int


def confusion(outcomes: Outcomes) -> Confusion | None:
    """Counts which classes are taken for which.

    Args:
        outcomes: of classes; of several labels, only what each label reaches.

    Returns:
        None for other kinds.
    """
    if outcomes.kind == "labels":
        return _of_labels(outcomes)
    if outcomes.kind != "classes":
        return None
    known = outcomes.columns["truth"] >= 0
    truth, answer = outcomes.columns["truth"][known].astype(int), decided(outcomes)[known]
    size = len(outcomes.classes)
    counts = np.bincount(truth * size + answer, minlength=size * size).reshape(size, size)
    shown, names = confused_most(counts, outcomes.classes, _MOST)
    lines = _lines(outcomes.classes, np.diag(counts), counts.sum(1), counts.sum(0))
    return Confusion(
        names=tuple(names),
        counts=tuple(tuple(row) for row in shown.tolist()),
        classes=size,
        unknown=int((~known).sum()),
        threshold=threshold(outcomes),
        pairs=_pairs(counts, outcomes.classes),
        lines=lines[:_ROWS],
        hidden=max(0, len(lines) - _ROWS),
    )


def _of_labels(outcomes: Outcomes) -> Confusion:
    truth, answered = outcomes.columns["truth"] > 0, outcomes.columns["probabilities"] > 0.5
    lines = _lines(outcomes.classes, (truth & answered).sum(0), truth.sum(0), answered.sum(0))
    return Confusion(
        names=(),
        counts=(),
        classes=len(outcomes.classes),
        unknown=0,
        threshold=None,
        pairs=(),
        lines=lines[:_ROWS],
        hidden=max(0, len(lines) - _ROWS),
    )


def _pairs(counts: Array, names: tuple[str, ...]) -> tuple[tuple[str, str, int, float], ...]:
    errors = counts.copy()
    np.fill_diagonal(errors, 0)
    order = np.argsort(-errors, axis=None, kind="stable")[:_PAIRS]
    cells = [divmod(int(cell), len(names)) for cell in order if errors.flat[cell]]
    return tuple(
        (names[i], names[j], int(errors[i, j]), float(errors[i, j] / counts[i].sum()))
        for i, j in cells
    )


def _lines(
    names: tuple[str, ...], hits: Array, support: Array, answered: Array
) -> tuple[ClassLine, ...]:
    low, high = wilson(hits, np.maximum(support, 1))
    lines = [
        ClassLine(
            name=name,
            precision=float(hits[i] / answered[i]) if answered[i] else None,
            recall=float(hits[i] / support[i]) if support[i] else None,
            recall_low=float(low[i]) if support[i] else None,
            recall_high=float(high[i]) if support[i] else None,
            f1=float(2 * hits[i] / max(support[i] + answered[i], 1)),
            support=int(support[i]),
            answered=int(answered[i]),
        )
        for i, name in enumerate(names)
        if support[i] or answered[i]
    ]
    return tuple(sorted(lines, key=lambda line: line.f1))

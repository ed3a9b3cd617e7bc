"""Measures of decisions, from counts by class: what was right, what was answered, what is true.

Shapes: N examples, C classes or types, K codes.
"""

import numpy as np

from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.evaluation.tallies import Array, Measure, Tally, every, ratio, share

_WIDE = 12  # sums beyond which examples are seldom alike and finding those that are takes long


def answers(outcomes: Outcomes) -> Array:
    """Gives the class that is answered, shape (N,), or the labels, bool, shape (N, C)."""
    probabilities = outcomes.columns["probabilities"]
    if outcomes.kind == "classes":
        return np.asarray(probabilities.argmax(1))
    threshold = outcomes.settings.get("threshold")
    return np.asarray(probabilities > (0.5 if threshold is None else threshold))


def confusion(outcomes: Outcomes) -> Tally:
    """Counts the right answers of one class per example: `accuracy` and F1 scores.

    Args:
        outcomes: of classes, all of them known.
    """
    size = len(outcomes.classes) or outcomes.columns["probabilities"].shape[1]
    pairs = outcomes.columns["truth"].astype(np.int64) * size + answers(outcomes)
    found, codes = np.unique(pairs, return_inverse=True)
    places, truth, answered = np.arange(len(found)), found // size, found % size
    rows = np.zeros((len(found), 3 * size), np.float32)
    rows[places, truth] = truth == answered
    rows[places, size + answered] = 1
    rows[places, 2 * size + truth] = 1
    by_name = averages(size)
    measures: dict[str, Measure] = {"accuracy": by_name["recall"]}
    measures |= {f"f1_{name}": by_name[f"f1_{name}"] for name in ("micro", "macro", "weighted")}
    support = np.bincount(outcomes.columns["truth"])
    return Tally(
        codes=codes.reshape(-1),
        size=len(found),
        rows=rows,
        measures=measures,
        parts={"f1_macro": support[support > 0]},
    )


def labelled(outcomes: Outcomes) -> Tally:
    """Counts the right decisions on labels: `accuracy`, `subset_accuracy` and F1 scores.

    Args:
        outcomes: of labels.
    """
    truth, answered = outcomes.columns["truth"].astype(bool), answers(outcomes)
    size, right = truth.shape[1], truth == answered
    rows = np.concatenate([truth & answered, answered, truth], axis=1).astype(np.float32)
    others = [right.sum(1), right.all(1), np.ones(len(truth))]
    absent = int((~(truth | answered).any(0)).sum())  # they count as 0, as torchmetrics has it
    by_name = averages(size, absent=absent)
    measures: dict[str, Measure] = {
        "accuracy": lambda sums: ratio(sums[..., -3], size * sums[..., -1]),
        "subset_accuracy": lambda sums: ratio(sums[..., -2], sums[..., -1]),
    }
    measures |= {f"f1_{name}": by_name[f"f1_{name}"] for name in ("micro", "macro", "weighted")}
    return merged(np.concatenate([rows, np.stack(others, axis=1)], axis=1), measures)


def entities(outcomes: Outcomes) -> Tally:
    """Counts entities of sentences by type, as conlleval scores them.

    Args:
        outcomes: of spans.
    """
    columns = [outcomes.columns[name] for name in ("right", "answered", "truth")]
    by_name = averages(columns[0].shape[1])
    named = {
        "entity_f1": "f1_micro",
        "entity_precision": "precision",
        "entity_recall": "recall",
        "entity_f1_macro": "f1_macro",
        "entity_f1_weighted": "f1_weighted",
    }
    measures = {name: by_name[known] for name, known in named.items()}
    return merged(np.concatenate(columns, axis=1).astype(np.float64), measures)


def merged(rows: Array, measures: dict[str, Measure]) -> Tally:
    """Gives the tally of examples of which many add the same, where they are quickly found.

    Args:
        rows: what they add, shape (N, d).
        measures: as for `Tally`.
    """
    if rows.shape[1] > _WIDE:
        return every(rows, measures)
    found, codes = np.unique(rows, axis=0, return_inverse=True)
    return Tally(codes=codes.reshape(-1), size=len(found), rows=found, measures=measures)


def averages(size: int, *, absent: int = 0) -> dict[str, Measure]:
    """Gives scores from sums: right ones of each class, then answered ones, then true ones.

    A class that is nowhere is left out of the macro average; what has no denominator is 0.

    Args:
        size: C; further sums are not read.
        absent: classes that count as 0 in the macro average although they are nowhere.
    """

    def parts(sums: Array) -> tuple[Array, Array, Array]:
        return sums[..., :size], sums[..., size : 2 * size], sums[..., 2 * size : 3 * size]

    def f1(sums: Array) -> tuple[Array, Array, Array]:
        right, answered, support = parts(sums)
        either = answered + support
        return share(2 * right, either), either > 0, support

    def micro(sums: Array) -> Array:
        right, answered, support = (part.sum(-1) for part in parts(sums))
        return share(2 * right, answered + support)

    def macro(sums: Array) -> Array:
        scores, there, _ = f1(sums)
        return share((scores * there).sum(-1), there.sum(-1) + absent)

    def weighted(sums: Array) -> Array:
        scores, _, support = f1(sums)
        return share((scores * support).sum(-1), support.sum(-1))

    def precision(sums: Array) -> Array:
        right, answered, _ = parts(sums)
        return share(right.sum(-1), answered.sum(-1))

    def recall(sums: Array) -> Array:
        right, _, support = parts(sums)
        return share(right.sum(-1), support.sum(-1))

    return {
        "f1_micro": micro,
        "f1_macro": macro,
        "f1_weighted": weighted,
        "precision": precision,
        "recall": recall,
    }

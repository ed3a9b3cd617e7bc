"""Two classifiers of which one knows more classes, brought to those of both."""

from dataclasses import replace

import numpy as np

from xinzhi.evaluation.outcomes import Array, Outcomes

_TINY = np.finfo(
    np.float64
).tiny  # in place of the probability 0 of a class that a model does not know


def on_same_classes(one: Outcomes, other: Outcomes) -> tuple[Outcomes, Outcomes]:
    """Gives the outcomes of both over the classes of both.

    A class that a model does not know has probability 0 in its answers. What is truly of that class
    it answers wrongly, instead of not being asked.

    Args:
        one: outcomes.
        other: outcomes, of the same kind.
    """
    if set(one.classes) == set(other.classes) or one.kind != "classes" or other.kind != "classes":
        return one, other
    names = tuple(dict.fromkeys([*one.classes, *other.classes]))
    first, second = (_over(names, outcomes) for outcomes in (one, other))
    return _told_by(first, second), _told_by(second, first)


def _over(names: tuple[str, ...], outcomes: Outcomes) -> Outcomes:
    place = np.array([names.index(name) for name in outcomes.classes])
    probabilities = np.zeros((len(outcomes), len(names)))
    probabilities[:, place] = outcomes.columns["probabilities"]
    truth = np.append(place, -1)[outcomes.columns["truth"]]  # −1, the last, stays −1
    columns = {**outcomes.columns, "truth": truth, "probabilities": probabilities}
    return replace(outcomes, classes=names, columns=columns)


def _told_by(outcomes: Outcomes, other: Outcomes) -> Outcomes:
    """The same with the truth that the other one knows."""
    columns = {name: values.copy() for name, values in outcomes.columns.items()}
    truth: Array = columns["truth"]
    order = np.argsort(other.rows)
    at = np.searchsorted(other.rows[order], outcomes.rows).clip(0, len(other) - 1)
    theirs = order[at]
    known = (other.rows[theirs] == outcomes.rows) & (truth < 0)
    truth[known] = other.columns["truth"][theirs[known]]
    if "loss" in columns:
        columns["loss"][known] = -np.log(_TINY)
    return replace(outcomes, columns=columns)

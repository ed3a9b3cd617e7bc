"""How far two models lie apart on the same examples, and whether chance may have done it.

Both are drawn together, unit by unit, so that what is hard for both counts for neither. The p-value
is that of the interval: below 1 − level just where the interval leaves out 0.
Shapes: N examples, U independent units.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from xinzhi.errors import DataError
from xinzhi.evaluation import closed_forms, differences, measures, seeds
from xinzhi.evaluation.cells import single
from xinzhi.evaluation.counts import answers
from xinzhi.evaluation.differences import Method, Paired, from_counts
from xinzhi.evaluation.draws import Draws
from xinzhi.evaluation.joint import difference
from xinzhi.evaluation.outcomes import Array, Outcomes, aligned

__all__ = [
    "Method",
    "Paired",
    "accuracy",
    "from_counts",
    "holm",
    "mcnemar",
    "over_seeds",
    "paired",
    "together",
]


def paired(
    a: Outcomes,
    b: Outcomes,
    name: str,
    *,
    resamples: int = 10_000,
    level: float = 0.95,
    seed: int = 0,
    method: Literal["auto", "bca"] = "auto",
) -> Paired:
    """Gives the difference of two models in a measure.

    Args:
        a: answers of the first model.
        b: answers of the second, to the same examples; its units are taken to be a's.
        name: of the measure.
        resamples: how often units are drawn anew.
        level: how often the interval holds the true difference.
        seed: of the draws.
        method: `auto` takes the closed form for the accuracy of single examples, and Student's
            interval with the bootstrap's error otherwise; `bca` the bias-corrected one for all.

    Raises:
        ConfigError: there is no such measure.
        DataError: they have no example in common, or other truths for it.
    """
    a, b = together(a, b)
    if (
        name == "accuracy"
        and method == "auto"
        and a.kind == "classes"
        and single(a.units)
        and len(a)
    ):
        return accuracy(a, b, level=level)
    (first,), (second,) = (measures.tallies(one, [name], apart=True) for one in (a, b))
    draws = Draws(difference(first, second, name), a.units, resamples=resamples, seed=seed)
    known = differences.nothing(
        name,
        (first.value(name), second.value(name)),
        units=draws.cells.units,
        disagreement=_differing(a, b, name),
    )
    return differences.resampled(known, draws, level=level, corrected=method == "bca")


def accuracy(a: Outcomes, b: Outcomes, *, level: float = 0.95) -> Paired:
    """Gives the difference in accuracy in closed form, for units of one example each.

    Args:
        a: answers of the first model, as `together` gives them.
        b: answers of the second.
        level: how often the interval holds the true difference.
    """
    first, second = answers(a), answers(b)
    right_a, right_b = first == a.columns["truth"], second == b.columns["truth"]
    both, only_a, only_b = (
        int(np.count_nonzero(which))
        for which in (right_a & right_b, right_a & ~right_b, right_b & ~right_a)
    )
    found = from_counts(both, only_a, only_b, size=len(a), level=level)
    return replace(found, disagreement=float((first != second).mean()))


def over_seeds(
    as_: Sequence[Outcomes],
    bs: Sequence[Outcomes],
    name: str,
    *,
    resamples: int = 10_000,
    level: float = 0.95,
    seed: int = 0,
) -> Paired:
    """Gives the difference of two models in a measure, each of which was run with several seeds.

    What seeds did and what examples did are both part of its error. Of one run of each model only
    the latter is known: then it is `paired`.

    Args:
        as_: answers of the first model's runs.
        bs: answers of the second model's, to the same examples.
        name: of the measure.
        resamples: how often units are drawn anew, where there is one run of each.
        level: how often the interval holds the true difference.
        seed: of the draws.

    Raises:
        ConfigError: there is no such measure.
        DataError: they have no example in common, or other truths for it.
    """
    if len(as_) == len(bs) == 1:
        found = paired(as_[0], bs[0], name, resamples=resamples, level=level, seed=seed)
        alone = "one run of each: what the seed did is not counted"
        return replace(found, note="; ".join(filter(None, (found.note, alone))))
    judged = [measures.judged(one) for one in aligned([*as_, *bs])]
    _check_truths(judged)
    sides = judged[: len(as_)], judged[len(as_) :]
    units = judged[0].units
    first, second = (seeds.runs(side, units, name) for side in sides)
    known = differences.nothing(
        name,
        (float(first.values.mean()), float(second.values.mean())),
        units=len(np.unique(units)),
        disagreement=float(np.mean([_differing(x, y, name) for x in sides[0] for y in sides[1]])),
    )
    return differences.over_runs(known, seeds.spread(first, second), level=level)


def together(a: Outcomes, b: Outcomes) -> tuple[Outcomes, Outcomes]:
    """Gives the examples that both answered and whose truth is known, in one order.

    Args:
        a: answers of the first model.
        b: answers of the second.

    Raises:
        DataError: they have no example in common, or other truths for it.
    """
    if not (np.array_equal(a.rows, b.rows) and a.classes == b.classes and a.kind == b.kind):
        a, b = aligned([a, b])
    a, b = measures.judged(a), measures.judged(b)
    _check_truths([a, b])
    return a, b


def mcnemar(a: Outcomes, b: Outcomes) -> float:
    """Gives the exact p-value of McNemar's test: whether each is right where the other is wrong.

    It takes examples as independent.

    Args:
        a: answers of the first model.
        b: answers of the second, to the same examples.

    Raises:
        DataError: they have no example in common, or other truths for it.
    """
    first, second = (_right(one) for one in together(a, b))
    return closed_forms.mcnemar(int((first & ~second).sum()), int((second & ~first).sum()))


def holm(p_values: Sequence[float]) -> list[float]:
    """Gives p-values of many tests at once: below a rate are no false ones, so often (Holm 1979).

    Args:
        p_values: of each question for itself.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    found, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[place]))
        found[place] = highest
    return found


def _check_truths(outcomes: Sequence[Outcomes]) -> None:
    first = outcomes[0].columns.get("truth")
    if first is None or outcomes[0].kind == "means":
        return
    if not all(np.array_equal(first, one.columns["truth"]) for one in outcomes[1:]):
        raise DataError(
            "models must be compared on the same truth, theirs differs for some of the rows",
            mend="evaluate both on one snapshot: xinzhi evaluate REF data.test=FILE",
        )


def _differing(a: Outcomes, b: Outcomes, name: str) -> float:
    """Gives the share of the examples to which two models answer differently."""
    if a.kind in ("classes", "labels"):
        apart = answers(a) != answers(b)
    elif a.kind == "spans":
        pairs = [a.columns[one] != b.columns[one] for one in ("answered", "right")]
        apart = np.concatenate(pairs, axis=1)
    else:
        column = "answer" if a.kind == "numbers" else name
        first, second = a.columns[column], b.columns[column]
        apart = (first != second) & ~(np.isnan(first) & np.isnan(second))
    whole = apart if apart.ndim == 1 else apart.any(1)
    return float(np.count_nonzero(whole)) / max(len(whole), 1)


def _right(outcomes: Outcomes) -> Array:
    """Gives whether answers are right as a whole, shape (N,)."""
    found = answers(outcomes) == outcomes.columns["truth"]
    return np.asarray(found if found.ndim == 1 else found.all(1))

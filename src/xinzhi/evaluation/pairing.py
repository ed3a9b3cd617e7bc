"""How far two models lie apart on the same examples, and whether chance may have done it.

Both are drawn together, unit by unit, so that what is hard for both counts for neither. The p-value
is that of the interval: below 1 − level just where the interval leaves out 0.
Shapes: N examples, U independent units.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import stdtr, stdtrit

from xinzhi.errors import DataError
from xinzhi.evaluation import bca, closed_forms, measures
from xinzhi.evaluation.counts import answers
from xinzhi.evaluation.draws import Draws
from xinzhi.evaluation.joint import difference
from xinzhi.evaluation.outcomes import Array, Outcomes, aligned

FEW = 10  # units below which resamples say too little
_NOTHING = 1e-12
Method = Literal["score", "bca", "t", "exact", "none"]


@dataclass(frozen=True)
class Paired:
    """The difference of two models in a measure, b's value less a's.

    Attributes:
        name: of the measure.
        value_a: of the first model.
        value_b: of the second.
        difference: b − a, in the measure's own unit, whichever side is better.
        low: end of its interval; NaN where nothing can be said.
        high: the other end.
        error: its standard error.
        p_value: two-sided, of no difference; 1 where nothing can be said.
        units: independent units that both answered.
        disagreement: share of the examples to which they answer differently.
        method: `score` (Tango 1998) for the accuracy of units of one example each; `bca`; `t` for
            few units; `exact` where they do not differ anywhere; `none`.
        note: why it is not the usual method; empty where it is.
    """

    name: str
    value_a: float
    value_b: float
    difference: float
    low: float
    high: float
    error: float
    p_value: float
    units: int
    disagreement: float
    method: Method
    note: str = ""


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
        method: `auto` takes the closed form for the accuracy of single examples.

    Raises:
        ConfigError: there is no such measure.
        DataError: they have no example in common, or other truths for it.
    """
    a, b = together(a, b)
    if name == "accuracy" and method == "auto" and a.kind == "classes" and _single(a):
        return accuracy(a, b, level=level)
    return _resampled(a, b, name, resamples=resamples, level=level, seed=seed)


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
    if a.kind != "means" and not np.array_equal(a.columns["truth"], b.columns["truth"]):
        raise DataError(
            "two models must be compared on the same truth, theirs differs for some of the rows",
            mend="evaluate both on one snapshot: xinzhi evaluate REF data.test=FILE",
        )
    return a, b


def accuracy(a: Outcomes, b: Outcomes, *, level: float = 0.95) -> Paired:
    """Gives the difference in accuracy in closed form, for units of one example each.

    Args:
        a: answers of the first model, as `together` gives them.
        b: answers of the second.
        level: how often the interval holds the true difference.
    """
    first, second = answers(a), answers(b)
    right_a, right_b = first == a.columns["truth"], second == b.columns["truth"]
    both, only_a = int((right_a & right_b).sum()), int((right_a & ~right_b).sum())
    found = from_counts(both, only_a, int((right_b & ~right_a).sum()), size=len(a), level=level)
    return replace(found, disagreement=float((first != second).mean()))


def from_counts(both: int, only_a: int, only_b: int, *, size: int, level: float = 0.95) -> Paired:
    """Gives the difference in accuracy of models from how many units each is right in.

    Args:
        both: units that both answer rightly.
        only_a: units that only the first does.
        only_b: units that only the second does.
        size: all units.
        level: how often the interval holds the true difference.
    """
    difference, differing = (only_b - only_a) / size, (only_a + only_b) / size
    low, high = closed_forms.score_difference(only_b, only_a, size, level)
    return Paired(
        name="accuracy",
        value_a=(both + only_a) / size,
        value_b=(both + only_b) / size,
        difference=difference,
        low=low,
        high=high,
        error=math.sqrt(max(differing - difference**2, 0.0) / size),
        p_value=closed_forms.score_p_value(only_b, only_a),
        units=size,
        disagreement=differing,
        method="score",
    )


def mcnemar(a: Outcomes, b: Outcomes) -> float:
    """Gives the exact p-value of McNemar's test of two models' right answers.

    It takes examples as independent.

    Args:
        a: answers of the first model.
        b: answers of the second, to the same examples.

    Raises:
        DataError: they have no example in common, or other truths for it.
    """
    a, b = together(a, b)
    right_a, right_b = (_right(one) for one in (a, b))
    return closed_forms.mcnemar(int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum()))


def holm(p_values: Sequence[float]) -> list[float]:
    """Gives p-values of which all below a rate are right together with that rate (Holm 1979).

    Args:
        p_values: of single tests.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    found, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[place]))
        found[place] = highest
    return found


def differing(a: Outcomes, b: Outcomes, name: str) -> float:
    """Gives the share of the examples to which two models answer differently.

    Args:
        a: answers of the first model, as `together` gives them.
        b: answers of the second.
        name: of the measure, where answers are known by it alone.
    """
    if a.kind == "classes":
        return float((answers(a) != answers(b)).mean())
    if a.kind == "labels":
        return float((answers(a) != answers(b)).any(1).mean())
    names = ("answered", "right") if a.kind == "spans" else (name,)
    names = ("answer",) if a.kind == "numbers" else names
    apart = np.zeros(len(a), bool)
    for one in names:
        unlike = a.columns[one] != b.columns[one]
        unlike &= ~(np.isnan(a.columns[one]) & np.isnan(b.columns[one]))
        apart |= unlike.any(1) if unlike.ndim == 2 else unlike
    return float(apart.mean())


def _resampled(
    a: Outcomes, b: Outcomes, name: str, *, resamples: int, level: float, seed: int
) -> Paired:
    (first,), (second,) = (measures.tallies(one, [name], apart=True) for one in (a, b))
    values = first.value(name), second.value(name)
    tally = difference(first, second, name)
    draws = Draws(tally, a.units, resamples=resamples, seed=seed)
    units, gap = draws.cells.units, values[1] - values[0]
    told = Paired(
        name, *values, gap, math.nan, math.nan, math.nan, 1.0, units, differing(a, b, name), "none"
    )
    if math.isnan(gap):
        return replace(told, note=f"these examples do not define {name}")
    if units == 1:
        return replace(told, note="one independent unit says nothing of others")
    error = draws.jackknife(name).error
    if error <= _NOTHING * max(abs(values[0]), 1.0):
        return _unmoved(told, level)
    if units < FEW:
        return _student(told, error, level)
    found = bca.corrected(
        draws.values(name),
        gap,
        acceleration=draws.jackknife(name).acceleration,
        units=units,
    )
    low, high = bca.bounds(found, level)
    return replace(
        told,
        low=low,
        high=high,
        error=float(found.values.std(ddof=1)),
        p_value=bca.p_value(found),
        method="bca",
    )


def _unmoved(told: Paired, level: float) -> Paired:
    """Gives what is known where every unit has the same difference."""
    if told.difference:
        return replace(told, note=f"all {told.units} independent units differ by the same")
    reach = closed_forms.hidden(told.units, level)
    note = f"no difference in {told.units} independent units: others differ in at most {reach:.2%}"
    return replace(told, low=-reach, high=reach, error=0.0, method="exact", note=note)


def _student(told: Paired, error: float, level: float) -> Paired:
    free = told.units - 1
    reach = error * float(stdtrit(free, (1 + level) / 2))
    return replace(
        told,
        low=told.difference - reach,
        high=told.difference + reach,
        error=error,
        p_value=2 * float(stdtr(free, -abs(told.difference) / error)),
        method="t",
        note=f"{told.units} independent units are too few to resample: Student's t",
    )


def _right(outcomes: Outcomes) -> Array:
    """Gives whether answers are right as a whole, shape (N,)."""
    found = answers(outcomes) == outcomes.columns["truth"]
    return np.asarray(found if found.ndim == 1 else found.all(1))


def _single(outcomes: Outcomes) -> bool:
    return len(np.unique(outcomes.units)) == len(outcomes)

"""Slices on which a model is worse than on the rest, found without being told where to look.

Conditions are sought on a random half of the units and tested on the other half, so that what was
picked for looking bad has to look bad again; then the halves change places. Among those that were
picked on a half, the share of false ones is held by the procedure of Benjamini and Hochberg, 1995,
at half the rate, so that both together keep the rate; with weights from the half they were picked
on (Genovese, Roeder and Wasserman, 2006): what stood out most is tested with the least strictness.
Two conditions together must be worse than the rest, and than the rest of each of them.
Shapes: N examples.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from xinzhi.evaluation.masks import Mask, Numbers
from xinzhi.evaluation.outcomes import Array, Outcomes
from xinzhi.evaluation.predicates import Partition, Said, partitions
from xinzhi.evaluation.slice_search import ALIKE, Candidate, candidates, inside
from xinzhi.evaluation.slice_test import benjamini_hochberg, p_value
from xinzhi.evaluation.wrongness import Wrongness, wrongness

if TYPE_CHECKING:
    import pyarrow as pa

_FEWEST = 15  # units of a slice in each half: fewer cannot be tested
_PICKED = 10  # candidates that are tested
_DIRECTIONS = 2  # each half is sought on and tested on


@dataclass(frozen=True, kw_only=True)
class FoundSlice:
    """A part of the examples on which the answers are worse than on the rest.

    Attributes:
        name: the condition for a person.
        condition: the same in SQL, for `slices: {name: {where: …}}`.
        size: examples in it.
        share: of all examples.
        what: what value and rest are of.
        value: on the slice, of the half that it was not sought on.
        rest: on all others of that half.
        p_value: one-sided, of that half.
        adjusted: the rate of false discoveries at which it would still be told.
    """

    name: str
    condition: str
    size: int
    share: float
    what: str
    value: float
    rest: float
    p_value: float
    adjusted: float


class _Tested(NamedTuple):
    """A candidate that was tested: its conditions, which examples it takes in, and what it is."""

    columns: frozenset[str]
    said: Sequence[Said]
    everywhere: Mask
    value: float
    rest: float
    p_value: float
    adjusted: float = 1.0


def worst(
    outcomes: Outcomes,
    table: "pa.Table",
    *,
    measure: str,
    smallest: float = 0.02,
    most: int = 10,
    rate: float = 0.05,
    seed: int = 0,
) -> list[FoundSlice]:
    """Finds slices of one or two conditions on which the answers are worse.

    Args:
        outcomes: what the model answered.
        table: rows of the snapshot in the same order, N of them.
        measure: how wrong an answer is, is told by what comes nearest to it.
        smallest: share of the examples that a slice must have.
        most: slices at most.
        rate: of false ones among those that are told.
        seed: of the halves.

    Returns:
        The surest first.
    """
    told = wrongness(outcomes, measure)
    known = np.flatnonzero(np.isfinite(told.values))
    wrong = told.values[known].astype(np.float64)
    units = np.unique(outcomes.units[known], return_inverse=True)[1]
    fewest = max(math.ceil(smallest * len(known)), 2 * _FEWEST)
    if len(known) < 2 * fewest or not wrong.std() > 0:
        return []
    first = np.random.default_rng(seed).permutation(units.max() + 1)[units] % 2 == 0
    parts = partitions(table.take(known), smallest=fewest)
    found = [
        one
        for sought in (first, ~first)
        for one in _found(parts, wrong, units, sought, fewest=fewest)
        if one.adjusted <= rate
    ]
    surest = sorted(found, key=lambda one: one.adjusted)
    return [_in_words(one, told) for one in _apart(surest)][:most]


def _found(
    parts: Sequence[Partition], wrong: Numbers, units: Array, sought: Mask, *, fewest: int
) -> list[_Tested]:
    """Seeks on some examples and tests on the others."""
    if not sought.any() or sought.all():
        return []
    picked = candidates(parts, wrong[sought], sought, fewest=fewest // 2, most=_PICKED)
    tested = [_tested(parts, one, wrong, units, ~sought) for one in picked]
    weights = 1 / np.arange(1, len(tested) + 1)
    adjusted = benjamini_hochberg(np.array([one.p_value for one in tested]), weights)
    return [
        one._replace(adjusted=min(_DIRECTIONS * float(q), 1.0))
        for one, q in zip(tested, adjusted, strict=True)
    ]


def _apart(found: Sequence[_Tested]) -> list[_Tested]:
    """Leaves out what is much the same as what is surer."""
    kept: list[_Tested] = []
    for one in found:
        if not any(_alike(one, surer) for surer in kept):
            kept.append(one)
    return kept


def _alike(one: _Tested, surer: _Tested) -> bool:
    """Says whether most examples are shared; of the same columns, most of the smaller slice's."""
    first, second = one.everywhere, surer.everywhere
    whole = (first | second).sum()
    if one.columns == surer.columns:
        whole = min(first.sum(), second.sum())
    return bool((first & second).sum() > ALIKE * whole)


def _in_words(one: _Tested, told: Wrongness) -> FoundSlice:
    return FoundSlice(
        name=" and ".join(each.name for each in one.said),
        condition=" AND ".join(each.sql for each in one.said),
        size=int(one.everywhere.sum()),
        share=float(one.everywhere.mean()),
        what=told.what,
        value=told.shown(one.value),
        rest=told.shown(one.rest),
        p_value=one.p_value,
        adjusted=one.adjusted,
    )


def _tested(
    parts: Sequence[Partition], one: Candidate, wrong: Numbers, units: Array, rows: Mask
) -> _Tested:
    within, numbers = inside(parts, one.terms, rows), wrong[rows]
    return _Tested(
        columns=frozenset(parts[term.partition].column for term in one.terms),
        said=[parts[term.partition].named(term.first, term.last) for term in one.terms],
        everywhere=inside(parts, one.terms, np.ones_like(rows)),
        value=float(numbers[within].mean()) if within.any() else math.nan,
        rest=float(numbers[~within].mean()) if not within.all() else math.nan,
        p_value=max(_chances(parts, one, numbers, within, units[rows], rows)),
    )


def _chances(
    parts: Sequence[Partition],
    one: Candidate,
    wrong: Numbers,
    within: Mask,
    units: Array,
    rows: Mask,
) -> Iterator[float]:
    """Tests a slice beside all the rest, and a pair beside the rest of each of its conditions.

    Yields:
        A p-value each.
    """
    if len(np.unique(units[within])) < _FEWEST:
        yield 1.0
        return
    yield p_value(wrong, within, units)
    for term in one.terms if len(one.terms) > 1 else ():
        among = inside(parts, [term], rows)
        own = np.unique(units[among], return_inverse=True)[1]
        yield p_value(wrong[among], within[among], own)

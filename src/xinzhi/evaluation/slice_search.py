"""The conditions, one or two, under which numbers stand out most.

Shapes: N examples, P pairs.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from xinzhi.evaluation.masks import Mask, Numbers
from xinzhi.evaluation.predicates import Partition

_PROMISING, _PER_COLUMN = 24, 4  # single conditions that are paired, and of one column
_ADDS = 1.0  # standard errors by which a pair must stand out more than each of its conditions
_STANDS_OUT = 1.3  # standard errors below which nothing is picked
ALIKE = 0.5  # share of the examples of two slices that both have, from which on one is enough
_LARGEST = 0.5  # of all examples: beyond it the rest is the slice
_LOOKED_AT = 400  # candidates, the most outstanding first


class Term(NamedTuple):
    """Rows from one part of a partition to another.

    Attributes:
        partition: its number.
        first: the first part that is in.
        last: the last part that is in.
    """

    partition: int
    first: int
    last: int


class Candidate(NamedTuple):
    """A condition that may matter.

    Attributes:
        terms: all of which must hold.
        z: by how many standard errors the numbers are above the rest.
    """

    terms: tuple[Term, ...]
    z: float


class _Sums(NamedTuple):
    """Of all examples: how many, the sum of their numbers, and the variance of one."""

    examples: int
    total: float
    variance: float

    def z(self, count: Numbers, total: Numbers) -> Numbers:
        """Says how far slices stand above the rest."""
        rest = self.examples - count
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = total / count - (self.total - total) / rest
            error = np.sqrt(self.variance * (1 / count + 1 / rest))
            return np.asarray(np.where((count > 0) & (rest > 0), apart / error, -np.inf))


def inside(partitions: Sequence[Partition], terms: Sequence[Term], rows: Mask) -> Mask:
    """Finds the examples for which all terms hold.

    Args:
        partitions: that the terms speak of.
        terms: of a candidate.
        rows: which examples are asked for, bool.

    Returns:
        Bool, as many as rows are asked for.
    """
    held = np.ones(int(rows.sum()), dtype=bool)
    for term in terms:
        codes = partitions[term.partition].codes[rows]
        held &= (codes >= term.first) & (codes <= term.last)
    return held


def candidates(
    partitions: Sequence[Partition], wrong: Numbers, rows: Mask, *, fewest: int, most: int
) -> list[Candidate]:
    """Picks what stands out most, none much like another.

    Args:
        partitions: of all examples.
        wrong: the numbers of those that are asked for.
        rows: which ones these are, bool, shape (N,).
        fewest: examples that a condition must take in.
        most: how many candidates.
    """
    sums = _Sums(len(wrong), float(wrong.sum()), float(wrong.var()))
    limits = (fewest, int(_LARGEST * len(wrong)))
    found = [
        one
        for number, part in enumerate(partitions)
        for one in _singles(number, part, part.codes[rows], wrong, sums, limits)
    ]
    found.sort(key=lambda one: -one.z)
    found += _pairs(partitions, _promising(found), wrong, rows, sums, limits)
    found.sort(key=lambda one: -one.z)
    return _apart(partitions, found[:_LOOKED_AT], rows, most)


def _singles(
    number: int,
    part: Partition,
    codes: np.ndarray,
    wrong: Numbers,
    sums: _Sums,
    limits: tuple[int, int],
) -> list[Candidate]:
    """Scores each part, and of ordered ones each range."""
    there = codes >= 0
    count = np.bincount(codes[there], minlength=part.parts)
    total = np.bincount(codes[there], weights=wrong[there], minlength=part.parts)
    firsts, lasts = np.triu_indices(part.ordered)
    alone = np.arange(part.ordered, part.parts)
    firsts, lasts = np.append(firsts, alone), np.append(lasts, alone)
    counts, totals = (np.append(0, values.cumsum()) for values in (count, total))
    size = counts[lasts + 1] - counts[firsts]
    z = sums.z(size, totals[lasts + 1] - totals[firsts])
    kept = np.flatnonzero((size >= limits[0]) & (size <= limits[1]) & (z > 0))
    return [Candidate((Term(number, int(firsts[i]), int(lasts[i])),), float(z[i])) for i in kept]


def _promising(found: Sequence[Candidate]) -> list[Candidate]:
    taken: dict[int, int] = {}
    kept: list[Candidate] = []
    for one in found:
        number = one.terms[0].partition
        if taken.get(number, 0) < _PER_COLUMN and len(kept) < _PROMISING:
            taken[number] = taken.get(number, 0) + 1
            kept.append(one)
    return kept


def _pairs(
    partitions: Sequence[Partition],
    singles: Sequence[Candidate],
    wrong: Numbers,
    rows: Mask,
    sums: _Sums,
    limits: tuple[int, int],
) -> list[Candidate]:
    if not singles:
        return []
    masks = np.stack([inside(partitions, one.terms, rows) for one in singles]).astype(np.float32)
    counts, totals = masks @ masks.T, (masks * wrong.astype(np.float32)) @ masks.T
    z = sums.z(counts.astype(float), totals.astype(float))
    found = []
    for i, j in combinations(range(len(singles)), 2):
        one, other = singles[i], singles[j]
        columns = {partitions[each.terms[0].partition].column for each in (one, other)}
        adds = z[i, j] > max(one.z, other.z) + _ADDS
        if len(columns) == 2 and adds and limits[0] <= counts[i, j] <= limits[1]:
            found.append(Candidate((*one.terms, *other.terms), float(z[i, j])))
    return found


def _apart(
    partitions: Sequence[Partition], found: Sequence[Candidate], rows: Mask, most: int
) -> list[Candidate]:
    picked: list[Candidate] = []
    masks: list[Mask] = []
    for one in found:
        if len(picked) == most or one.z < _STANDS_OUT:
            break
        mask = inside(partitions, one.terms, rows)
        if all((mask & other).sum() <= ALIKE * (mask | other).sum() for other in masks):
            picked.append(one)
            masks.append(mask)
    return picked

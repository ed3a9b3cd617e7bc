"""What every example adds to the counts and sums that measures are made of.

A measure that is a function of sums over examples needs no example twice: examples that add the
same are one cell, and a resample is how often each cell was drawn.
Shapes: N examples, K codes, d sums.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Measure = Callable[[Array], Array]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Sums of examples, and the measures that are functions of them.

    Args:
        codes: what each example adds: the number of a row, shape (N,).
        size: K.
        measures: by name, from sums of shape (…, d) to values of shape (…), NaN where they say
            nothing.
        rows: what is added, shape (K, d); None: each code is a sum of its own, how often it occurs.
        strata: codes with another number shall not be merged, shape (K,).
        shifts: by name, what rounding of codes took from the value of all examples.
        parts: by name, examples of the parts of which the measure is the mean; of all by default.
    """

    codes: Array
    size: int
    measures: Mapping[str, Measure]
    rows: Array | None = None
    strata: Array | None = None
    shifts: Mapping[str, float] = field(default_factory=dict)
    parts: Mapping[str, Array] = field(default_factory=dict)

    @property
    def total(self) -> Array:
        """Sums over all examples, shape (d,)."""
        counts = np.bincount(self.codes, minlength=self.size).astype(np.float64)
        return counts if self.rows is None else counts @ self.rows

    def value(self, name: str) -> float:
        """Gives a measure of all examples."""
        return float(self.measures[name](self.total)) + self.shifts.get(name, 0.0)

    def only(self, names: Iterable[str]) -> "Tally":
        """Gives the tally with some of its measures."""
        return replace(self, measures={name: self.measures[name] for name in names})


def every(rows: Array, measures: Mapping[str, Measure], *, strata: Array | None = None) -> Tally:
    """Gives the tally of examples that all add something else.

    Args:
        rows: what they add, shape (N, d).
        measures: as for `Tally`.
        strata: likewise, shape (N,).
    """
    size = len(rows)
    return Tally(codes=np.arange(size), size=size, rows=rows, measures=measures, strata=strata)


def ratio(above: Array, below: Array) -> Array:
    """Divides; what has no denominator is NaN."""
    return np.asarray(above / np.where(below > 0, below, np.nan))


def share(above: Array, below: Array) -> Array:
    """Divides; what has no denominator is 0, as scores of decisions have it."""
    return np.asarray(above / np.where(below > 0, below, 1))


def ratio_of(above: int, below: int) -> Measure:
    """Gives the measure that divides one of the sums by another."""
    return lambda sums: ratio(sums[..., above], sums[..., below])

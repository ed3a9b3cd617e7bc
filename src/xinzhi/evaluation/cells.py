"""Independent units by what they add to counts and sums, and what leaving one out changes.

Units that add the same are one cell. Thousands of units that all add something else can be put
together with those of like influence on a measure.
Shapes: N examples, U units, K cells, d sums, R resamples.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from xinzhi.evaluation.tallies import Array, Measure, Tally

_NUMBERS = 1_000_000  # in one piece of work
_MOST, _TOGETHER = 1_000, 40  # cells of units put together, and units of each


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Independent units, those that add the same together.

    Args:
        counts: units of each cell, shape (K,).
        rows: what a unit of the cell adds, shape (K, d); None: how often cells are drawn is summed.
        spread: where `rows` is None, the cell that each sum belongs to, shape (d,); None: its own.
    """

    counts: Array
    rows: Array | None = None
    spread: Array | None = None

    @property
    def units(self) -> int:
        """How many units there are, U."""
        return int(self.counts.sum())

    @property
    def width(self) -> int:
        """How many sums there are, d."""
        if self.rows is not None:
            return int(self.rows.shape[1])
        return len(self.counts if self.spread is None else self.spread)

    def sums(self, drawn: Array) -> Array:
        """Gives the sums of resamples, shape (R, d), float64.

        Args:
            drawn: how often units of each cell are drawn, shape (R, K).
        """
        if self.rows is not None:
            return np.asarray((drawn @ self.rows.astype(drawn.dtype, copy=False)), np.float64)
        found = drawn if self.spread is None else drawn[..., self.spread]
        return np.asarray(found, np.float64)


class Jackknifed(NamedTuple):
    """What one unit less changes.

    Attributes:
        error: standard error of the measure.
        acceleration: how the error changes with the measure (Efron 1987).
        influence: of a unit of each cell, shape (K,).
        free: degrees of freedom of the error: the fewer, the fewer units carry it (by the kurtosis
            of their influence, Satterthwaite 1946).
    """

    error: float
    acceleration: float
    influence: Array
    free: float


def single(units: Array) -> bool:
    """Says whether each example is a unit of its own.

    Args:
        units: which unit each belongs to, shape (N,).
    """
    if units.dtype.kind in "iu" and bool((units[1:] > units[:-1]).all()):
        return True
    return len(np.unique(units)) == len(units)


def cells(tally: Tally, units: Array) -> Cells:
    """Puts examples of one unit together, and units that add the same.

    Args:
        tally: of the examples.
        units: which unit each belongs to, shape (N,).
    """
    if single(units):
        counts = np.bincount(tally.codes, minlength=tally.size)
        return Cells(counts=counts, rows=tally.rows)
    known, unit = np.unique(units, return_inverse=True)
    size = len(known)
    ones = np.ones(size, np.int64)
    if tally.rows is None:
        return Cells(counts=ones, spread=unit)
    order = np.argsort(unit, kind="stable")
    starts = np.searchsorted(unit[order], np.arange(size))
    return Cells(counts=ones, rows=np.add.reduceat(tally.rows[tally.codes[order]], starts, axis=0))


def jackknife(measured: Cells, measure: Measure) -> Jackknifed:
    """Leaves out each unit once.

    Args:
        measured: the units.
        measure: of their sums.
    """
    total = measured.sums(measured.counts[None].astype(np.float64))[0]
    left = np.concatenate([measure(total - less) for less in _single(measured)])
    there = measured.counts * ~np.isnan(left)
    units = max(int(there.sum()), 1)
    left = np.where(np.isnan(left), 0.0, left)
    influence = np.where(there > 0, (there @ left) / units - left, 0.0)
    squares, cubes, fourths = (float(there @ influence**power) for power in (2, 3, 4))
    error, free = float(np.sqrt(squares * (units - 1) / units)), float(max(units - 1, 1))
    if squares <= 1e-24 * units:
        return Jackknifed(error, 0.0, influence, free)
    doubt = fourths - squares**2 / units
    if doubt > 0:
        free = min(free, max(2 * squares**2 / doubt, 1.0))
    return Jackknifed(error, cubes / (6 * squares**1.5), influence, free)


def _single(measured: Cells) -> Iterator[Array]:
    """Gives the sums of one unit of each cell, piece by piece.

    Yields:
        Sums of some of the cells, shape (…, d), float64.
    """
    size = len(measured.counts)
    step = max(_NUMBERS // max(measured.width, 1), 1)
    for first in range(0, size, step):
        if measured.rows is not None:
            yield measured.rows[first : first + step].astype(np.float64)
        else:
            places = np.arange(first, min(first + step, size))
            own = np.arange(size) if measured.spread is None else measured.spread
            yield (own == places[:, None]).astype(np.float64)


def condensed(measured: Cells, influence: Array, strata: Array | None = None) -> Cells:
    """Puts units of like influence together, each as their mean.

    Args:
        measured: many units, with rows.
        influence: of a unit of each cell, shape (K,).
        strata: cells with another number stay apart, shape (K,).
    """
    assert measured.rows is not None  # noqa: S101
    strata = np.zeros(len(influence), np.int64) if strata is None else strata
    order = np.lexsort((influence, strata))
    counts, rows = measured.counts[order], measured.rows[order]
    # as many units in each, but fewer where they weigh most
    strength = np.abs(influence[order])
    share = counts * (1 + strength / max(float(counts @ strength) / counts.sum(), 1e-300))
    most = int(np.clip(measured.units // _TOGETHER, 50, _MOST))
    place = np.minimum((np.cumsum(share) / share.sum() * most).astype(np.int64), most - 1)
    new = np.ones(len(place), bool)
    new[1:] = (np.diff(place) > 0) | (np.diff(strata[order]) != 0)
    starts = np.flatnonzero(new)
    together = np.add.reduceat(counts, starts)
    summed = np.add.reduceat(rows * counts[:, None], starts, axis=0, dtype=np.float64)
    return Cells(counts=together, rows=summed / together[:, None])


def by_unit(tally: Tally, units: Array, name: str) -> Array:
    """Gives what leaving out each unit changes in a measure, shape (U,), in the units' order.

    Args:
        tally: of the examples.
        units: which unit each belongs to, shape (N,).
        name: of the measure.
    """
    influence = jackknife(cells(tally, units), tally.measures[name]).influence
    return influence[tally.codes] if single(units) else influence

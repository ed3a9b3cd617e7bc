"""How far several runs of one model lie apart from several of another: seeds and examples.

A measured value is the model's, plus what the seed did, plus what the drawn examples did to all
runs alike, plus what they did to this run alone. The mean of S runs on U units varies by
σ²_seed/S + σ²_units/U + σ²_both/(S·U); the spread between runs holds the first and the last.
Shapes: N examples, S runs of a side, U units.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from xinzhi.evaluation import measures
from xinzhi.evaluation.cells import by_unit
from xinzhi.evaluation.outcomes import Array, Outcomes


class Runs(NamedTuple):
    """Runs of one model in one measure.

    Attributes:
        values: of each run, shape (S,).
        influence: of each unit on each run, shape (S, U).
    """

    values: Array
    influence: Array

    @property
    def spread(self) -> float:
        """Variance between runs, of the seeds and of what examples do to single runs."""
        return float(self.values.var(ddof=1))

    @property
    def apart(self) -> float:
        """The part of the spread that examples made, by what each does to one run and not all."""
        beside = self.influence - self.influence.mean(0)
        units = beside.shape[1]
        scale = (units - 1) / (units * (len(self.values) - 1))
        return float((beside**2).sum() * scale)


class Spread(NamedTuple):
    """The difference of two means over runs.

    Attributes:
        difference: the second side's mean less the first's.
        error: its standard error.
        free: degrees of freedom of the error.
    """

    difference: float
    error: float
    free: float


def runs(outcomes: Sequence[Outcomes], units: Array, name: str) -> Runs:
    """Measures runs, and what each unit does to each of them.

    Args:
        outcomes: of each run, as `measures.judged` gives them, on the same examples.
        units: which unit each example belongs to, shape (N,).
        name: of the measure.
    """
    values, rows = [], []
    for one in outcomes:
        (tally,) = measures.tallies(one, [name], apart=True)
        values.append(tally.value(name))
        rows.append(by_unit(tally, units, name))
    return Runs(np.array(values), np.stack(rows))


def spread(first: Runs, second: Runs) -> Spread:
    """Gives the difference of two sides and its error, of which seeds and examples both are part.

    A side of one run is taken to vary over seeds as the other does. Degrees of freedom are those of
    Welch and Satterthwaite.

    Args:
        first: of the one side.
        second: of the other, at least one of the two with several runs.
    """
    units = first.influence.shape[1]
    moved = second.influence.mean(0) - first.influence.mean(0)
    total = common = float((moved**2).sum() * (units - 1) / units)
    doubt = 0.0
    for told, share in _shares(first, second):
        total += share * max(told.spread - told.apart, 0.0)
        common -= share * told.apart  # examples did it to single runs: it is in their spread
        doubt += (share * told.spread) ** 2 / (len(told.values) - 1)
    doubt += max(common, 0.0) ** 2 / (units - 1)
    gap = float(second.values.mean() - first.values.mean())
    return Spread(gap, math.sqrt(total), total**2 / doubt if doubt else math.inf)


def _shares(first: Runs, second: Runs) -> list[tuple[Runs, float]]:
    """Gives the sides that tell a spread, each with how much of it is in the difference."""
    several = [side for side in (first, second) if len(side.values) > 1]
    if len(several) == 2:
        return [(side, 1 / len(side.values)) for side in several]
    return [(several[0], 1 / len(first.values) + 1 / len(second.values))]

"""How far the measures of a model may lie from what they would be on all examples of the kind.

Independent units are drawn, not examples: rows of one group answer alike. Intervals are BCa ones
(`bca`); where all units say the same, or there are few, what can be said without resamples.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from xinzhi.evaluation import bca, measures
from xinzhi.evaluation.cells import single
from xinzhi.evaluation.closed_forms import Bounds, hidden
from xinzhi.evaluation.draws import Draws
from xinzhi.evaluation.outcomes import Array, Outcomes
from xinzhi.evaluation.tallies import Tally

FEW = 10  # units below which resamples say too little
_LOST = 0.01  # of the resamples, from which on it is said
_NOTHING = 1e-12  # an error that is only rounding
# what may be above 1; a mean of a column that is not known may be too
_UNBOUNDED = measures.LOWER - {"brier", "calibration_error"} | {"r2"}
Method = Literal["bca", "t", "exact", "none"]


@dataclass(frozen=True)
class Interval:
    """A measure and where its true value may lie.

    Attributes:
        name: of the measure.
        value: of these examples; NaN where they do not define it.
        low: end of the interval; NaN where nothing can be said.
        high: the other end.
        error: standard error; NaN as the ends.
        units: independent units behind it.
        method: `bca` bootstrap; `t`, Student's with the jackknife's error; `exact`, where all
            units say the same; `none`.
        note: why it is not BCa, for people; empty where it is.
    """

    name: str
    value: float
    low: float
    high: float
    error: float
    units: int
    method: Method
    note: str = ""


def interval(
    outcomes: Outcomes, name: str, *, resamples: int = 10_000, level: float = 0.95, seed: int = 0
) -> Interval:
    """Gives a measure with its interval.

    Args:
        outcomes: answers beside the truth.
        name: of the measure, one of `measures.of(outcomes)`.
        resamples: how often units are drawn anew.
        level: how often the interval holds the true value.
        seed: of the draws.

    Raises:
        ConfigError: there is no such measure.
    """
    return intervals(outcomes, [name], resamples=resamples, level=level, seed=seed)[name]


def intervals(
    outcomes: Outcomes,
    names: Iterable[str] | None = None,
    *,
    resamples: int = 10_000,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Interval]:
    """Gives measures with their intervals; those of the same counts share the resamples.

    Args:
        outcomes: answers beside the truth.
        names: of the measures; all by default.
        resamples: as for `interval`.
        level: likewise.
        seed: likewise.

    Raises:
        ConfigError: there is no such measure.
    """
    asked = measures.of(outcomes) if names is None else tuple(names)
    judged = measures.judged(outcomes)
    found: dict[str, Interval] = {}
    for tally in measures.tallies(judged, asked, apart=not single(judged.units)):
        found |= of_tally(tally, judged.units, resamples=resamples, level=level, seed=seed)
    return {name: found[name] for name in asked}


def of_tally(
    tally: Tally, units: Array, *, resamples: int, level: float, seed: int
) -> dict[str, Interval]:
    """Gives the intervals of all measures of one tally.

    Args:
        tally: of the examples.
        units: which unit each example belongs to, shape (N,).
        resamples: as for `interval`.
        level: likewise.
        seed: likewise.
    """
    drawn = Draws(tally, units, resamples=resamples, seed=seed)
    found = {}
    for name in tally.measures:
        told = _without_resamples(drawn, name, level)
        found[name] = _with_resamples(drawn, name, level) if told is None else told
    return found


def _with_resamples(draws: Draws, name: str, level: float) -> Interval:
    values, value, units = draws.values(name), draws.tally.value(name), draws.cells.units
    found = bca.corrected(values, value, jackknifed=draws.jackknife(name), units=units)
    ends = bca.bounds(found, level)
    lost = 1 - len(found.values) / len(values)
    note = f"left out {lost:.1%} of the resamples, which did not define it" if lost > _LOST else ""
    error = float(found.values.std(ddof=1))
    held = Bounds(
        min(ends.low, value), max(ends.high, value)
    )  # calibration_error: all resamples may be above
    if held != ends:
        note = "; ".join(filter(None, [note, "widened to hold the value itself"]))
    return Interval(name, value, *held, error, units, "bca", note)


def _without_resamples(draws: Draws, name: str, level: float) -> Interval | None:
    """Gives what can be said where resamples would say nothing; None where they do."""
    value, units = draws.tally.value(name), draws.cells.units
    if not units:
        return _unknown(name, math.nan, units, "no example has a known truth")
    if math.isnan(value):
        return _unknown(name, value, units, f"{name} is not defined by these examples")
    if units == 1:
        return _unknown(name, value, units, "one independent unit says nothing of others")
    error = draws.jackknife(name).error
    if error <= _NOTHING * max(abs(value), 1.0):
        return _alike(draws, name, level)
    if units < FEW:
        reach = error * float(stdtrit(units - 1, (1 + level) / 2))
        ends = _within(name, value - reach, value + reach)
        note = f"{units} independent units are too few to resample: Student's t"
        return Interval(name, value, *ends, error, units, "t", note)
    return None


def _alike(draws: Draws, name: str, level: float) -> Interval:
    """Gives the interval where every unit says the same: the widest share of others that hides."""
    value, units = draws.tally.value(name), draws.cells.units
    if name in _UNBOUNDED or value not in (0.0, 1.0):
        note = f"all {units} independent units say the same"
        return _unknown(name, value, units, note)
    parts = np.minimum(draws.tally.parts.get(name, np.array([units])), units)
    unseen = float(np.mean([hidden(max(int(part), 1), level) for part in parts]))
    low, high = (1 - unseen, 1.0) if value == 1 else (0.0, unseen)
    note = f"all {units} independent units say the same: Clopper-Pearson"
    return Interval(name, value, low, high, 0.0, units, "exact", note)


def _unknown(name: str, value: float, units: int, note: str) -> Interval:
    return Interval(name, value, math.nan, math.nan, math.nan, units, "none", note)


def _within(name: str, low: float, high: float) -> Bounds:
    """Keeps an interval where the measure can be."""
    if name in _UNBOUNDED:
        return Bounds(low if name == "r2" else max(low, 0.0), high)
    return Bounds(max(low, 0.0), min(high, 1.0))

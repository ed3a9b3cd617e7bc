"""Dates and times as numbers: days since the first training day, and places in cycles."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from xinzhi.data.features.cells import Floats, Instants, instants
from xinzhi.data.features.numeric import Scale, beside, fit_scale

if TYPE_CHECKING:
    from xinzhi.data.features.cell_types import Cells

CYCLES = ("month", "monthday", "weekday", "hour")
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, kw_only=True)
class Dates:
    """A column of dates or times, as UTC has them.

    Attributes:
        first_day: the first training day, in days since 1970.
        days: the scale of the days since then; a missing date is taken for the median day.
        cycles: those of month, day of the month, weekday and hour that vary in training; each gives
            a sine and a cosine, both 0 for a missing date.
        indicator: whether a further output says that the date was missing.
        form: of strings, as strptime has it; None is ISO 8601.
    """

    kind: ClassVar[str] = "dates"
    first_day: int
    days: Scale
    cycles: tuple[str, ...]
    indicator: bool
    form: str | None

    @property
    def outputs(self) -> tuple[str, ...]:
        """What each output adds to the column's name."""
        turns = [f":{cycle}_{wave}" for cycle in self.cycles for wave in ("sin", "cos")]
        return (":days", *turns, *([":missing"] if self.indicator else []))

    def numbers(self, cells: "Cells") -> Floats:
        """Encodes cells, shape: (rows, outputs)."""
        moments = instants(cells, self.form)
        missing = np.isnat(moments)
        found = [self.days(days_since(moments, self.first_day))]
        for cycle in self.cycles:
            angle = np.where(missing, 0.0, 2 * np.pi * turn(moments, cycle))
            found += [np.where(missing, 0.0, np.sin(angle)), np.where(missing, 0.0, np.cos(angle))]
        return beside(np.column_stack(found), missing if self.indicator else None)

    def describe(self) -> str:
        """Says for a person what was fitted."""
        parts = ", ".join(("days", *self.cycles))
        return f"since {np.datetime64(self.first_day, 'D')}: {parts}"


def fit_dates(cells: "Cells", *, indicator: bool, form: str | None = None) -> Dates:
    """Fits the first day, the scale of days and the cycles that vary.

    Args:
        cells: with at least one date.
        indicator: whether missing dates are to be told, if there are any.
        form: of strings.
    """
    moments = instants(cells, form)
    missing = np.isnat(moments)
    there = moments[~missing]
    first_day = int(there.min().astype("datetime64[D]").astype(np.int64))
    varying = [cycle for cycle in CYCLES if np.ptp(turn(there, cycle)) > 0]
    return Dates(
        first_day=first_day,
        days=fit_scale(days_since(moments, first_day), "standard"),
        cycles=tuple(varying),
        indicator=indicator and bool(missing.any()),
        form=form,
    )


def days_since(moments: Instants, first_day: int) -> Floats:
    """Days with their fraction since midnight of a day; NaN where there is no date.

    Args:
        moments: shape: (rows,).
        first_day: in days since 1970.
    """
    return (moments - np.datetime64(first_day, "D")) / _DAY


def turn(moments: Instants, cycle: str) -> Floats:
    """How far round the cycle each moment is, from 0 to below 1; anything where there is no date.

    >>> noon = np.array(["2024-02-15T12:00"], "datetime64[us]")  # a Thursday
    >>> [float(turn(noon, cycle)[0].round(4)) for cycle in CYCLES]
    [0.0833, 0.4828, 0.4286, 0.5]

    Args:
        moments: shape: (rows,).
        cycle: month (of the year), monthday, weekday (from Monday) or hour (of the day).
    """
    day = moments.astype("datetime64[D]")
    if cycle == "hour":
        return np.asarray((moments - day) / _DAY)
    if cycle == "weekday":
        return np.asarray((day.astype(np.int64) + 3) % 7 / 7)  # 1970 began on a Thursday
    month = moments.astype("datetime64[M]")
    if cycle == "month":
        return np.asarray(month.astype(np.int64) % 12 / 12)
    following = (month + np.timedelta64(1, "M")).astype("datetime64[D]")
    first = month.astype("datetime64[D]")
    return np.asarray((day - first) / (following - first))

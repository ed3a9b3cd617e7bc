"""The rows of a page's table of slices: the main measure on each, with what its size allows to say.

Shapes: N examples.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.evaluation.outcomes import Array, Outcomes
from xinzhi.evaluation.page_words import finite

if TYPE_CHECKING:
    from xinzhi.evaluation.intervals import Interval

SMALLEST = 30  # units below which a slice says little
_RESAMPLES = 2_000  # an interval to look at, beside many others


@dataclass(frozen=True, kw_only=True)
class SliceRow:
    """The main measure on a part of the examples.

    Attributes:
        name: of the slice.
        examples: in it.
        units: independent ones among them.
        share: of all examples.
        value: of the measure, None where the slice defines none.
        low: end of the interval, None where there is none.
        high: the other end.
        small: whether there are too few units to say much.
    """

    name: str
    examples: int
    units: int
    share: float
    value: float | None
    low: float | None
    high: float | None
    small: bool


def slice_rows(
    outcomes: Outcomes,
    slices: Mapping[str, Array],
    measure: str,
    *,
    level: float = 0.95,
    seed: int = 0,
) -> list[SliceRow]:
    """Measures each slice.

    Args:
        outcomes: of all examples.
        slices: bool by name, shape (N,).
        measure: by its name.
        level: of the intervals.
        seed: of the resampling.
    """
    return [
        _row(name, outcomes.taken(inside), measure, len(outcomes), {"level": level, "seed": seed})
        for name, inside in slices.items()
    ]


def _row(
    name: str, part: Outcomes, measure: str, total: int, settings: Mapping[str, Any]
) -> SliceRow:
    units = len(np.unique(part.units))
    found = measured(part, measure, **settings) if len(part) else None
    return SliceRow(
        name=name,
        examples=len(part),
        units=units,
        share=len(part) / total if total else 0.0,
        value=None if found is None else finite(found.value),
        low=None if found is None else finite(found.low),
        high=None if found is None else finite(found.high),
        small=units < SMALLEST,
    )


def measured(part: Outcomes, measure: str, *, level: float, seed: int) -> "Interval":
    """Gives a measure of few examples with an interval that is good enough to look at.

    Args:
        part: of the examples.
        measure: by its name.
        level: of the interval.
        seed: of the resampling.
    """
    from xinzhi.evaluation.intervals import interval

    return interval(part, measure, resamples=_RESAMPLES, level=level, seed=seed)

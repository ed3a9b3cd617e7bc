"""Each measure of each two models: how far they lie apart, and whether chance may have done it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import NormalDist

import numpy as np

from xinzhi.data.progress import after_a_while
from xinzhi.errors import ConfigError
from xinzhi.evaluation import measures, pairing, seeds
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.evaluation.pairing import Paired
from xinzhi.registry.comparison_answers import Answered

RATE = 0.05  # how often a difference may be called real that is none, over all that are looked at
_POWER = 0.8
_FEWEST = 1_000  # resamples that tell the ends of an interval


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two runs in one measure.

    Attributes:
        a: letter of the one.
        b: of the other.
        metric: the measure.
        higher_is_better: whether more of it is better.
        value_a: of the one, the mean over its seeds.
        value_b: of the other.
        difference: b − a.
        low: end of its interval, for itself.
        high: the other end.
        error: its standard error.
        p_value: two-sided, for itself.
        p_holm: the same after Holm's correction for all measures and pairs.
        mcnemar: exact p-value of McNemar's test, of accuracy of one seed each.
        better: letter of the better one where the difference is real; None where none can be told.
        units: independent units behind it.
        seeds: of each side, how many were counted; their variance is known from two on.
        spreads: of each side, the standard deviation over its seeds; None where there is one.
        rows_needed: times as many units as there are that would decide a difference of this size
            with a probability of 80 %; None where it is decided, or no number of them would.
        seeds_needed: of each side, on these units; likewise.
        smallest: difference that is decided here with a probability of 80 %.
        method: as `pairing.Paired` has it.
        note: as `pairing.Paired` has it.
    """

    a: str
    b: str
    metric: str
    higher_is_better: bool
    value_a: float
    value_b: float
    difference: float
    low: float
    high: float
    error: float
    p_value: float
    p_holm: float
    mcnemar: float | None
    better: str | None
    units: int
    seeds: tuple[int, int]
    spreads: tuple[float | None, float | None]
    rows_needed: float | None
    seeds_needed: int | None
    smallest: float
    method: str
    note: str


def check(level: float, resamples: int = _FEWEST) -> None:
    """Refuses numbers that give no interval.

    Args:
        level: of intervals.
        resamples: how often units are drawn anew.

    Raises:
        ConfigError: they are out of range.
    """
    if not 0.5 <= level < 1:
        raise ConfigError(f"level must be from 0.5 to below 1, was {level:g}", mend="level=0.95")
    if resamples < _FEWEST:
        raise ConfigError(
            f"resamples must be {_FEWEST:,} or more, was {resamples:,}", mend="resamples=10000"
        )


def pairs(answered: Answered, names: Sequence[str], *, resamples: int, level: float) -> list[Pair]:
    """Compares every two runs in every measure.

    Args:
        answered: on the same rows.
        names: of the measures.
        resamples: how often units are drawn anew.
        level: of the intervals.
    """
    asked = [(letters, name) for name in names for letters in combinations(answered.outcomes, 2)]
    found = []
    with after_a_while("drawing rows anew") as tell:
        for done, (letters, name) in enumerate(asked):
            tell(done / len(asked))
            found.append(_pair(answered.outcomes, letters, name, resamples=resamples, level=level))
    corrected = pairing.holm([one.p_value for one in found])
    return [
        _decided(one, p, [answered.outcomes[letter] for letter in (one.a, one.b)])
        for one, p in zip(found, corrected, strict=True)
    ]


def _pair(
    outcomes: dict[str, list[Outcomes]],
    letters: tuple[str, str],
    name: str,
    *,
    resamples: int,
    level: float,
) -> Pair:
    a, b = (outcomes[letter] for letter in letters)
    several = len(a) > 1 or len(b) > 1
    if several:
        told = pairing.over_seeds(a, b, name, resamples=resamples, level=level)
    else:
        told = pairing.paired(a[0], b[0], name, resamples=resamples, level=level)
    exact = name == "accuracy" and not several and a[0].kind == "classes"
    return Pair(
        a=letters[0],
        b=letters[1],
        metric=name,
        higher_is_better=measures.higher_is_better(name),
        **_numbers(told),
        p_holm=told.p_value,
        mcnemar=pairing.mcnemar(a[0], b[0]) if exact else None,
        better=None,
        units=told.units,
        seeds=(len(a), len(b)),
        spreads=(_spread(a, name), _spread(b, name)),
        rows_needed=None,
        seeds_needed=None,
        smallest=math.nan,
        method=told.method,
        note=told.note,
    )


def _numbers(told: Paired) -> dict[str, float]:
    names = ("value_a", "value_b", "difference", "low", "high", "error", "p_value")
    return {name: float(getattr(told, name)) for name in names}


def _spread(outcomes: Sequence[Outcomes], name: str) -> float | None:
    if len(outcomes) < 2:
        return None
    values = np.array([measures.value(one, name) for one in outcomes])
    return float(values.std(ddof=1))  # NaN where one of them is


def _decided(one: Pair, p_holm: float, sides: Sequence[Sequence[Outcomes]]) -> Pair:
    strict = RATE * (one.p_value / p_holm if p_holm > 0 and one.p_value > 0 else 1.0)
    reach = NormalDist().inv_cdf(1 - strict / 2) + NormalDist().inv_cdf(_POWER)
    real = p_holm < RATE and one.difference != 0
    ahead = one.b if (one.difference > 0) == one.higher_is_better else one.a
    found = replace(one, p_holm=p_holm, better=ahead if real else None, smallest=reach * one.error)
    if real or not one.difference or not one.error > 0:
        return found
    rows, runs = _needed(one, (one.difference / reach) ** 2, sides)
    return replace(found, rows_needed=rows, seeds_needed=runs)


def _needed(
    one: Pair, wanted: float, sides: Sequence[Sequence[Outcomes]]
) -> tuple[float | None, int | None]:
    """Gives what would bring the variance of the difference down to what is wanted.

    It is the sum of one between units, which falls with their number, and one between seeds.

    Returns:
        How many times as many units, and how many seeds of each.
    """
    own = _between_seeds(one.metric, sides)
    of_seeds = sum(value / k for value, k in zip(own, one.seeds, strict=True))
    of_units = max(one.error**2 - of_seeds, 0.0)
    rows = max(of_units / (wanted - of_seeds), 1.0) if wanted > of_seeds else None
    runs = None
    if max(one.seeds) > 1 and wanted > of_units:
        runs = max(math.ceil(sum(own) / (wanted - of_units)), *one.seeds)
    return rows, runs


def _between_seeds(metric: str, sides: Sequence[Sequence[Outcomes]]) -> list[float]:
    """Gives the variance of one seed of each side; a side of one varies as the other does."""
    told = []
    for side in sides:
        if len(side) > 1:
            judged = [measures.judged(each) for each in side]
            runs = seeds.runs(judged, judged[0].units, metric)
            told.append(max(runs.spread - runs.apart, 0.0))
    return [told[min(n, len(told) - 1)] if told else 0.0 for n in range(2)]

"""Configurations of a sweep with what they reached, in the form that tables and figures need."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xinzhi.sweeping.records import Axis, Job, State, Sweep
from xinzhi.sweeping.search.final import searched

if TYPE_CHECKING:
    from xinzhi.sweeping.search.search import Standing

_ORDER: tuple[State, ...] = ("running", "waiting", "finished", "pruned", "failed")
_FAR = 3.0  # times the distance from the best to the lower quartile


@dataclass(frozen=True)
class Trial:
    """One configuration.

    Attributes:
        number: from 0.
        params: value by key.
        jobs: one per seed.
        standing: what it reached; None where no seed of it was finished.
        state: finished where any seed was, else the state of the job that is furthest from its end.
    """

    number: int
    params: Mapping[str, Any]
    jobs: tuple[Job, ...]
    standing: "Standing | None"
    state: State


def trials(jobs: Sequence[Job], standings: Sequence["Standing"]) -> list[Trial]:
    """All configurations in the order in which they were chosen.

    Args:
        jobs: of a sweep.
        standings: of its configurations.
    """
    reached = {one.trial: one for one in standings if one.values}
    each: dict[int, list[Job]] = defaultdict(list)
    for job in searched(jobs):
        each[job.trial].append(job)
    return [
        Trial(
            number, own[0].params, tuple(own), reached.get(number), _state(own, number in reached)
        )
        for number, own in sorted(each.items())
    ]


def best_of(sweep: Sweep, values: Sequence[float], objective: int = 0) -> float:
    """The best of some values of an objective.

    Args:
        sweep: says whether more or less is better.
        values: at least one.
        objective: which one, from 0.
    """
    return min(values) if sweep.modes[objective] == "min" else max(values)


def far(sweep: Sweep, values: Sequence[float], objective: int = 0) -> float:
    """The value beyond which a bad configuration would squeeze a figure of the good ones.

    Args:
        sweep: says whether more or less is better.
        values: at least one.
        objective: which one, from 0.
    """
    best = best_of(sweep, values, objective)
    ranked = sorted(values, key=lambda value: abs(value - best))
    quarter = ranked[(3 * (len(ranked) - 1)) // 4]
    limit = best + _FAR * (quarter - best)
    worst = ranked[-1]
    return worst if abs(worst - best) <= abs(limit - best) or quarter == best else limit


def front(standings: Sequence["Standing"]) -> list["Standing"]:
    """The configurations that no other beats in every objective, of those with all their seeds.

    Args:
        standings: of a sweep; where none has all, those with some count.
    """
    there = [one for one in standings if one.values]
    ranked = [one for one in there if one.complete] or there
    first = min((one.pareto for one in ranked), default=0)
    return [one for one in ranked if one.pareto == first]


def varied(axes: Sequence[Axis], params: Sequence[Mapping[str, Any]]) -> list[Axis]:
    """The axes along which the configurations do differ.

    Args:
        axes: of a sweep.
        params: of its configurations.
    """
    return [axis for axis in axes if len({str(one.get(axis.key)) for one in params}) > 1]


def _state(jobs: Sequence[Job], reached: bool) -> State:
    states = {job.state for job in jobs}
    if reached and not states & {"running", "waiting"}:
        return "finished"
    return next(state for state in _ORDER if state in states)

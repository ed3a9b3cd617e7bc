"""Which configuration is next, and which was best."""

import bisect
import dataclasses
import functools
import itertools
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from xinzhi.sweeping.records import Job, Point, Sweep
from xinzhi.sweeping.search import drawing, proposing, space, studies, suitable


@dataclasses.dataclass(frozen=True, kw_only=True)
class Standing:
    """What one configuration reached.

    Attributes:
        trial: its number.
        params: value by searched key.
        values: mean of each objective over the seeds that finished.
        spreads: standard deviation over them, one for each objective; 0 where there is one seed.
        n: seeds that finished.
        jobs: all of the configuration.
        complete: whether all of its seeds finished.
        pareto: how many fronts lie before the one it is on; 0 for the best.
    """

    trial: int
    params: Mapping[str, Any]
    values: tuple[float, ...]
    spreads: tuple[float, ...]
    n: int
    jobs: tuple[Job, ...]
    complete: bool
    pareto: int


def points(sweep: Sweep) -> list[Point] | None:
    """All configurations of a sweep whose method needs no results; None for the other methods.

    More `trials` keep the first ones as they are.

    Raises:
        ConfigError: the method or the pruning does not suit what is searched.
    """
    suitable.check(sweep)
    if sweep.method == "grid":
        drawn: Iterator[dict[str, Any]] = drawing.grid(sweep)
    elif sweep.method in {"random", "quasi_random"}:
        drawn = drawing.distinct(sweep)
    else:
        return None
    return [_point(sweep, *each) for each in enumerate(itertools.islice(drawn, sweep.trials))]


def ask(sweep: Sweep, jobs: Sequence[Job]) -> Point | None:
    """The next configuration by what the earlier ones reached.

    The same jobs in the same states give the same configuration, in any process.

    Args:
        sweep: what is searched.
        jobs: all jobs of the sweep so far.

    Returns:
        The configuration; None when there are as many as `trials` or the space has no other.
    """
    number = max((job.trial for job in jobs), default=-1) + 1
    if sweep.trials is not None and number >= sweep.trials:
        return None
    known = points(sweep)
    if known is not None:
        return known[number] if number < len(known) else None
    params = proposing.proposed(sweep, jobs, number)
    return None if params is None else _point(sweep, number, params)


def jobs_of(
    sweep: Sweep,
    point: Point,
    first_number: int,
    identify: Callable[[tuple[str, ...]], str],
) -> list[Job]:
    """The jobs of one configuration: one for each seed.

    Args:
        sweep: whose jobs.
        point: the configuration.
        first_number: of the first job; the others follow.
        identify: the identity of a job by all of its overrides, the sweep's fixed ones first.
    """
    seeded = [(*point.overrides, f"seed={seed}") for seed in sweep.seeds] or [point.overrides]
    return [
        Job(
            sweep=sweep.name,
            number=first_number + index,
            trial=point.trial,
            seed=sweep.seeds[index] if sweep.seeds else None,
            params=point.params,
            overrides=overrides,
            identity=identify((*sweep.fixed, *overrides)),
        )
        for index, overrides in enumerate(seeded)
    ]


def ranking(sweep: Sweep, jobs: Sequence[Job]) -> list[Standing]:
    """The configurations that a seed finished of, best first.

    Those all of whose seeds finished come before the others, whose mean is of other seeds. Several
    objectives rank by Pareto front, then by the first of them.
    """
    standings = [_standing(sweep, each) for each in studies.trials(jobs)]
    ranked: list[Standing] = []
    for complete in (True, False):
        chosen = [one for one in standings if one is not None and one.complete == complete]
        costs = [_costs(sweep, one.values) for one in chosen]
        order = sorted(zip(_fronts(costs), costs, range(len(chosen)), strict=True))
        ranked += [dataclasses.replace(chosen[index], pareto=front) for front, _, index in order]
    return ranked


def _point(sweep: Sweep, trial: int, params: Mapping[str, Any]) -> Point:
    overrides = tuple(space.override(axis, params[axis.key]) for axis in sweep.axes)
    return Point(trial=trial, params=params, overrides=overrides)


def _standing(sweep: Sweep, jobs: Sequence[Job]) -> Standing | None:
    """What a configuration reached, before it is compared; None where no seed of it finished."""
    measured = studies.measured(jobs)
    if not measured:
        return None
    columns = list(zip(*(job.values for job in measured), strict=True))
    return Standing(
        trial=jobs[0].trial,
        params=jobs[0].params,
        values=studies.means(measured),
        spreads=tuple(statistics.stdev(each) if len(each) > 1 else 0.0 for each in columns),
        n=len(measured),
        jobs=tuple(jobs),
        complete=len(measured) == len(jobs) >= len(sweep.seeds),
        pareto=0,
    )


def _costs(sweep: Sweep, values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(
        -value if mode == "max" else value for value, mode in zip(values, sweep.modes, strict=True)
    )


def _fronts(costs: Sequence[tuple[float, ...]]) -> list[int]:
    """How many Pareto fronts lie before each point."""
    if not costs or len(costs[0]) == 1:
        ranks = {cost: rank for rank, cost in enumerate(sorted(set(costs)))}
        return [ranks[cost] for cost in costs]
    fronts: list[list[tuple[float, ...]]] = []
    places: dict[tuple[float, ...], int] = {}
    for cost in sorted(set(costs)):  # none of them is beaten by a later one
        unbeaten = functools.partial(_is_unbeaten, cost)
        place = bisect.bisect_left(fronts, x=True, key=unbeaten)
        fronts += [[]] if place == len(fronts) else []
        fronts[place].append(cost)
        places[cost] = place
    return [places[cost] for cost in costs]


def _is_unbeaten(cost: tuple[float, ...], front: Sequence[tuple[float, ...]]) -> bool:
    pairs = (zip(other, cost, strict=True) for other in reversed(front))
    return not any(all(theirs <= ours for theirs, ours in pair) for pair in pairs)

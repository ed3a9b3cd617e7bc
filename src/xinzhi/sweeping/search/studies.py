"""A sweep as Optuna sees it: a study in memory, rebuilt from the jobs of the ledger."""

import contextlib
import itertools
import math
import statistics
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xinzhi.sweeping.records import Axis, Job, Sweep
from xinzhi.sweeping.search import axes as forms

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial, TrialState


def distributions(axes: Iterable[Axis]) -> dict[str, "BaseDistribution"]:
    """The space in Optuna's words, by key."""
    return {axis.key: _distribution(axis) for axis in axes}


def empty(sweep: Sweep, *, objectives: int | None = None) -> "Study":
    """A study without trials.

    Args:
        sweep: whose modes are its directions.
        objectives: how many of them; None for all.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    maximize, minimize = optuna.study.StudyDirection.MAXIMIZE, optuna.study.StudyDirection.MINIMIZE
    directions = [maximize if mode == "max" else minimize for mode in sweep.modes[:objectives]]
    return optuna.create_study(study_name=sweep.name, directions=directions)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without Optuna's word on what it may still change, which its pinned version settles."""
    from optuna.exceptions import ExperimentalWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield


def blank() -> "FrozenTrial":
    """A running trial without parameters."""
    from optuna.trial import TrialState, create_trial

    return create_trial(state=TrialState.RUNNING)


def study(sweep: Sweep, jobs: Sequence[Job]) -> "Study":
    """All configurations of a sweep as trials of a study, by number.

    A configuration's value is the mean over the seeds that ended; while a seed waits or runs it is
    running. A number that no job has is a failed trial without parameters.
    """
    spaces = distributions(sweep.axes)
    built = empty(sweep)
    for jobs_of_trial in trials(jobs):
        built.add_trial(_trial(sweep, spaces, jobs_of_trial))
    return built


def trials(jobs: Sequence[Job]) -> list[list[Job]]:
    """The jobs by configuration: those of trial 0, of trial 1 …; empty where a number is unused."""
    grouped: list[list[Job]] = [[] for _ in range(max((job.trial for job in jobs), default=-1) + 1)]
    for job in sorted(jobs, key=lambda job: job.number):
        if job.trial >= 0:
            grouped[job.trial].append(job)
    return grouped


def state(sweep: Sweep, jobs: Sequence[Job]) -> "TrialState":
    """The state of one configuration by the states of its jobs."""
    from optuna.trial import TrialState

    if any(job.state in {"waiting", "running"} for job in jobs):
        return TrialState.RUNNING
    pruned = any(job.state == "pruned" for job in jobs)
    # Seeds left out after a Wilcoxon test are no judgement on those that came through; a training
    # that was cut off is one, and the mean of the others would be too good.
    if measured(jobs) and not (pruned and sweep.pruning != "wilcoxon"):
        return TrialState.COMPLETE
    return TrialState.PRUNED if pruned else TrialState.FAIL


def measured(jobs: Iterable[Job]) -> list[Job]:
    """The jobs that came to an end with a finite number for each objective."""
    return [
        job
        for job in jobs
        if job.state == "finished" and job.values and all(map(math.isfinite, job.values))
    ]


def means(jobs: Sequence[Job]) -> tuple[float, ...]:
    """The mean of each objective over jobs that have been measured."""
    return tuple(map(statistics.fmean, zip(*(job.values for job in jobs), strict=True)))


def params(axes: Iterable[Axis], jobs: Sequence[Job]) -> dict[str, Any]:
    """The configuration of a trial's jobs; empty where it has none."""
    held: Mapping[str, Any] = jobs[0].params if jobs else {}
    return {axis.key: forms.settled(axis, held[axis.key]) for axis in axes if axis.key in held}


def _trial(
    sweep: Sweep, spaces: dict[str, "BaseDistribution"], jobs: Sequence[Job]
) -> "FrozenTrial":
    from optuna.trial import TrialState, create_trial

    held = params(sweep.axes, jobs)
    reached = state(sweep, jobs)
    return create_trial(
        state=reached,
        values=means(measured(jobs)) if reached == TrialState.COMPLETE else None,
        params=held,
        distributions={key: spaces[key] for key in held},
        intermediate_values=_reports(jobs) if len(sweep.modes) == 1 else None,
    )


def _reports(jobs: Sequence[Job]) -> dict[int, float]:
    """The mean report by step over the jobs that have one there."""
    steps = sorted(set(itertools.chain.from_iterable(job.reports for job in jobs)))
    return {
        step: statistics.fmean(job.reports[step] for job in jobs if step in job.reports)
        for step in steps
    }


def _distribution(axis: Axis) -> "BaseDistribution":
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if axis.choices:
        return CategoricalDistribution(axis.choices)
    low, high = forms.bounds(axis)
    if axis.integer:
        return IntDistribution(int(low), int(high), log=axis.log, step=int(axis.step or 1))
    return FloatDistribution(low, high, log=axis.log, step=axis.step)

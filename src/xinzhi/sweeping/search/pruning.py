"""What ends jobs and configurations early, by Optuna's pruners on the ledger's numbers."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xinzhi.config.near import UnknownNameError
from xinzhi.errors import ConfigError
from xinzhi.sweeping.records import Job, Pruning, State, Sweep
from xinzhi.sweeping.search import studies

if TYPE_CHECKING:
    from optuna import Study
    from optuna.pruners import BasePruner
    from optuna.trial import FrozenTrial

_RUNG = "completed_rung_"  # what Optuna's successive halving notes on a trial at each rung


def verdict(sweep: Sweep, jobs: Sequence[Job], job: Job) -> tuple[bool, dict[str, Any]]:
    """Whether a running job is to be ended at its latest report.

    Each job is a trial of its own here, be it another seed of the same configuration.

    Args:
        sweep: whose pruning is median, hyperband or asha; any other ends no running job.
        jobs: all jobs of the sweep.
        job: with all of its reports.

    Returns:
        Whether to end it, and what of it is to be kept for the jobs after it (`keep_attrs`).
    """
    if sweep.pruning not in {"median", "hyperband", "asha"} or not job.reports:
        return False, {}
    study = _study(sweep, {other.number: other for other in (*jobs, job)})
    with studies.quiet():
        ended = pruner(sweep).prune(study, study.trials[job.number])
    noted = study.trials[job.number].system_attrs
    return ended, {k: v for k, v in noted.items() if job.attrs.get(k) != v}


def beaten(sweep: Sweep, jobs: Sequence[Job]) -> list[Job]:
    """The waiting jobs of configurations that are worse than the best, as sure as is asked for.

    The seeds that finished are compared pairwise with the same seeds of the best configuration by
    Wilcoxon's test. Configurations of which a job still runs are judged too.

    Args:
        sweep: whose pruning is wilcoxon; any other leaves no job out.
        jobs: all jobs of the sweep.
    """
    if sweep.pruning != "wilcoxon":
        return []
    study = _study_of_seeds(sweep, jobs)
    judge = pruner(sweep)
    found: list[Job] = []
    for trial, jobs_of_trial in enumerate(studies.trials(jobs)):
        waiting = [job for job in jobs_of_trial if job.state == "waiting"]
        with studies.quiet():
            if waiting and judge.prune(study, study.trials[trial]):
                found += waiting
    return found


def pruner(sweep: Sweep) -> "BasePruner":
    """Optuna's pruner with the arguments that the sweep's settings give it under `pruner`.

    Raises:
        UnknownNameError: it takes no such argument.
        ConfigError: it takes no such value.
    """
    from optuna import pruners

    makers: dict[Pruning | None, Callable[..., BasePruner]] = {
        "median": pruners.MedianPruner,
        "hyperband": pruners.HyperbandPruner,
        "asha": pruners.SuccessiveHalvingPruner,
        "wilcoxon": pruners.WilcoxonPruner,
    }
    maker = makers.get(sweep.pruning, pruners.NopPruner)
    asked = dict(sweep.settings.get("pruner") or {})
    known = inspect.signature(maker).parameters
    for name in asked:
        if name not in known:
            raise UnknownNameError(
                f"sweep.pruning={sweep.pruning} takes arguments, but", name, known
            )
    try:
        with studies.quiet():
            return maker(**asked)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"sweep.pruner cannot be as it is: {error}") from error


def _study(sweep: Sweep, jobs: Mapping[int, Job]) -> "Study":
    """Each job as a trial of its number; a number that no job has is a failed one."""
    study = studies.empty(sweep, objectives=1)
    study.add_trials(_trial(jobs.get(number)) for number in range(max(jobs) + 1))
    return study


def _trial(job: Job | None) -> "FrozenTrial":
    from optuna.trial import TrialState, create_trial

    states: dict[State, TrialState] = {
        "waiting": TrialState.RUNNING,
        "running": TrialState.RUNNING,
        "pruned": TrialState.PRUNED,
        "finished": TrialState.COMPLETE,
        "failed": TrialState.FAIL,
    }
    if job is None or (job.state == "finished" and not studies.measured([job])):
        return create_trial(state=TrialState.FAIL)
    return create_trial(
        state=states[job.state],
        value=job.values[0] if job.state == "finished" else None,
        intermediate_values=dict(job.reports),
        system_attrs={k: v for k, v in job.attrs.items() if k.startswith(_RUNG)},
    )


def _study_of_seeds(sweep: Sweep, jobs: Sequence[Job]) -> "Study":
    """Each configuration as a trial whose steps are its seeds."""
    from optuna.trial import TrialState, create_trial

    study = studies.empty(sweep, objectives=1)
    for jobs_of_trial in studies.trials(jobs):
        measured = studies.measured(jobs_of_trial)
        state = studies.state(sweep, jobs_of_trial)
        study.add_trial(
            create_trial(
                state=state,
                value=studies.means(measured)[0] if state == TrialState.COMPLETE else None,
                intermediate_values={job.seed or 0: job.values[0] for job in measured},
            )
        )
    return study

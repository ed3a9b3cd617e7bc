"""What Optuna's samplers propose after what the configurations so far have reached."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xinzhi.sweeping.records import Job, Sweep
from xinzhi.sweeping.search import axes as forms
from xinzhi.sweeping.search import drawing, studies

if TYPE_CHECKING:
    from optuna import Study
    from optuna.samplers import BaseSampler

_ANEW = 16  # times that a sampler is asked again when it proposes what was tried already


def proposed(sweep: Sweep, jobs: Sequence[Job], number: int) -> dict[str, Any] | None:
    """A configuration that was not tried; None where none is left.

    Args:
        sweep: whose method is one that learns from results.
        jobs: all jobs of the sweep so far.
        number: of the new configuration.
    """
    tried = [studies.params(sweep.axes, each) for each in studies.trials(jobs)]
    study = studies.study(sweep, jobs) if sweep.method == "tpe" else _replayed(sweep, jobs)
    spaces = studies.distributions(sweep.axes)
    for attempt in range(_ANEW):
        study.sampler = _sampler(sweep, number, attempt)
        trial = study.ask(spaces)
        params = {axis.key: forms.settled(axis, trial.params[axis.key]) for axis in sweep.axes}
        if params not in tried:
            return params
    return drawing.unseen(sweep, tried)


def _replayed(sweep: Sweep, jobs: Sequence[Job]) -> "Study":
    """The study of a method that keeps state between trials, made by going through them again.

    For each trial the sampler is asked, what it answers is left aside for the parameters that the
    trial had, and it is told at once what those reached by now: so the state follows from the jobs
    alone and is kept nowhere.
    """
    from optuna.trial import TrialState, create_trial

    study = studies.empty(sweep)
    spaces = studies.distributions(sweep.axes)
    free = {key: space for key, space in sorted(spaces.items()) if not space.single()}
    for number, each in enumerate(studies.trials(jobs)):
        params = studies.params(sweep.axes, each)
        known = {key: spaces[key] for key in params}
        study.add_trial(create_trial(state=TrialState.RUNNING, params=params, distributions=known))
        study.sampler = _sampler(sweep, number, 0)
        study.sampler.sample_relative(study, study.get_trials(deepcopy=False)[-1], free)
        state = studies.state(sweep, each)
        if state != TrialState.RUNNING:
            complete = state == TrialState.COMPLETE
            values = studies.means(studies.measured(each)) if complete else None
            study.tell(number, values, state)
    return study


def _sampler(sweep: Sweep, number: int, attempt: int) -> "BaseSampler":
    from optuna import samplers

    seed = drawing.derived(sweep.seed, number, attempt)
    startup, population = (sweep.settings.get(key) for key in ("startup_trials", "population"))
    if sweep.method == "tpe":
        return samplers.TPESampler(seed=seed, n_startup_trials=10 if startup is None else startup)
    if sweep.method == "cmaes":
        return samplers.CmaEsSampler(
            seed=seed,
            n_startup_trials=1 if startup is None else startup,
            popsize=population,
            warn_independent_sampling=False,
        )
    # Optuna's 50 would be random search throughout a sweep of the usual length.
    usual = min(50, max(10, (sweep.trials or 0) // 5))
    return samplers.NSGAIISampler(seed=seed, population_size=population or usual)

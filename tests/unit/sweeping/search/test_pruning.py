"""Jobs are ended when Optuna's own pruner, in a study that lives on, would end them."""

from dataclasses import replace

import numpy as np
import optuna
import pytest

from xinzhi.sweeping.records import Sweep
from xinzhi.sweeping.search import pruning, search, space

optuna.logging.set_verbosity(optuna.logging.WARNING)
LENGTH = 18  # reports of a whole training


def sweep_of(pruner, *, seeds=(), **fields):
    _, axes, _ = space.read(["x=interval(0,1)"], {})
    defaults = {"method": "random", "trials": 40, "modes": ("max",)}
    return Sweep(
        name="s",
        experiment="e",
        fixed=(),
        axes=axes,
        seeds=seeds,
        pruning=pruner,
        **defaults | fields,
    )


def jobs_of(sweep):
    jobs = []
    for point in search.points(replace(sweep, pruning=None)):
        jobs += search.jobs_of(sweep, point, len(jobs), "|".join)
    return jobs


def curve(job):
    """What a training reports: better and better, worse where x is small, with noise."""
    noise = np.random.default_rng(job.number)
    height = job.params["x"] + noise.normal(0, 0.1)
    return [height * (1 - 0.8**step) + noise.normal(0, 0.02) for step in range(1, LENGTH + 1)]


def live(pruner, direction):
    """A study as Optuna means it to be used: it goes through all trials itself."""
    return optuna.create_study(study_name="s", direction=direction, pruner=pruner)


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("at_once", [1, 3])
@pytest.mark.parametrize(
    ("name", "pruner", "settings"),
    [
        ("median", optuna.pruners.MedianPruner, {}),
        ("median", optuna.pruners.MedianPruner, {"n_startup_trials": 2, "n_warmup_steps": 3}),
        ("asha", optuna.pruners.SuccessiveHalvingPruner, {}),
        (
            "asha",
            optuna.pruners.SuccessiveHalvingPruner,
            {"min_resource": 2, "reduction_factor": 2},
        ),
        ("hyperband", optuna.pruners.HyperbandPruner, {}),
        ("hyperband", optuna.pruners.HyperbandPruner, {"max_resource": LENGTH}),
    ],
)
def test_verdicts_are_those_of_optunas_own_study(name, pruner, settings, at_once):
    sweep = sweep_of(name, settings={"pruner": settings})
    jobs = jobs_of(sweep)
    study = live(pruner(**settings), "maximize")
    waiting, running, ended_early = list(range(len(jobs))), {}, 0
    while waiting or running:
        while waiting and len(running) < at_once:
            running[waiting.pop(0)] = study.ask()
        for number, trial in list(running.items()):
            job = replace(jobs[number], state="running")
            step, values = len(job.reports) + 1, curve(job)
            trial.report(values[step - 1], step)
            job = replace(job, reports={**job.reports, step: values[step - 1]})
            # What the ledger has of the job may be older than what the job itself knows.
            ended, kept = pruning.verdict(sweep, jobs, job)
            assert ended == trial.should_prune()
            job = replace(job, attrs={**job.attrs, **kept})
            if ended:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                job = replace(job, state="pruned")
            elif step == LENGTH:
                study.tell(trial, values[-1])
                job = replace(job, state="finished", values=(values[-1],))
            if job.state != "running":
                del running[number]
            jobs[number] = job
            ended_early += ended
    assert 0 < ended_early < len(jobs)
    best = search.ranking(sweep, jobs)[0]
    assert best.params["x"] > 0.7


def test_a_minimum_is_looked_for_where_the_objective_asks_for_it():
    sweep = sweep_of("median", modes=("min",))
    jobs = jobs_of(sweep)[:7]
    done = [
        replace(job, state="finished", values=(0.5,), reports={1: 0.5 + job.number / 100})
        for job in jobs[:6]
    ]
    worse = replace(jobs[6], state="running", reports={1: 0.9})
    assert pruning.verdict(sweep, done, worse) == (True, {})
    assert pruning.verdict(sweep, done, replace(worse, reports={1: 0.1})) == (False, {})
    assert pruning.verdict(sweep, done[:4], worse) == (False, {})  # five must have come through
    assert pruning.verdict(sweep, done, replace(worse, reports={})) == (False, {})
    assert pruning.verdict(replace(sweep, pruning=None), done, worse) == (False, {})
    assert pruning.verdict(replace(sweep, pruning="wilcoxon"), done, worse) == (False, {})


def test_a_job_whose_numbers_are_not_numbers_counts_as_failed():
    sweep = sweep_of("median")
    jobs = jobs_of(sweep)[:7]
    nan = float("nan")
    done = [replace(job, state="finished", values=(nan,), reports={1: nan}) for job in jobs[:6]]
    running = replace(jobs[6], state="running", reports={1: 0.1})
    assert pruning.verdict(sweep, done, running) == (False, {})


def seeds_of(sweep, values):
    """The jobs of two configurations: the values that their seeds have, None where they wait."""
    jobs = [
        job
        for point in search.points(replace(sweep, trials=len(values)))
        for job in search.jobs_of(sweep, point, point.trial * len(sweep.seeds), "|".join)
    ]
    flat = [value for each in values for value in each]
    return [
        job if value is None else replace(job, state="finished", values=(value,))
        for job, value in zip(jobs, flat, strict=True)
    ]


GOOD = [0.80, 0.82, 0.81, 0.83, 0.79, 0.84]
BAD = [value - 0.1 for value in GOOD]


@pytest.mark.parametrize("measured", range(7))
def test_further_seeds_are_left_out_once_wilcoxon_is_sure(measured):
    sweep = sweep_of("wilcoxon", seeds=tuple(range(10, 16)))
    left = [None] * (6 - measured)
    jobs = seeds_of(sweep, [GOOD, [*BAD[:measured], *left]])
    beaten = pruning.beaten(sweep, jobs)
    sure = measured >= 4  # p = 2 ** -4 is below 0.1, 2 ** -3 is not
    assert [job.number for job in beaten] == (list(range(6 + measured, 12)) if sure else [])
    better = seeds_of(sweep, [BAD, [*GOOD[:measured], *left]])
    assert pruning.beaten(sweep, better) == []
    unknown = seeds_of(sweep, [[*GOOD[:5], None], [*BAD[:measured], *left]])
    assert pruning.beaten(sweep, unknown) == []  # no configuration has all of its seeds yet


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_wilcoxons_verdicts_are_those_of_optunas_own_study():
    sweep = sweep_of("wilcoxon", seeds=tuple(range(8)), settings={"pruner": {"p_threshold": 0.2}})
    study = live(optuna.pruners.WilcoxonPruner(p_threshold=0.2), "maximize")
    jobs = seeds_of(sweep, [[None] * 8] * 12)
    left_out = 0
    for trial in range(12):
        theirs, reached, noise = study.ask(), [], np.random.default_rng(trial)
        for seed in range(8):
            number = trial * 8 + seed
            reached.append(jobs[number].params["x"] + noise.normal(0, 0.2))
            theirs.report(reached[-1], seed)
            jobs[number] = replace(jobs[number], state="finished", values=(reached[-1],))
            beaten = [job for job in pruning.beaten(sweep, jobs) if job.trial == trial]
            assert bool(beaten) == (theirs.should_prune() and seed < 7)
            if beaten:
                for job in beaten:
                    jobs[job.number] = replace(job, state="pruned")
                left_out += len(beaten)
                break
        study.tell(theirs, sum(reached) / len(reached))
    assert left_out > 10


def test_a_configuration_whose_seeds_were_left_out_counts_with_the_mean_of_the_others():
    sweep = sweep_of("wilcoxon", seeds=tuple(range(6)), method="tpe")
    jobs = seeds_of(replace(sweep, method="random"), [GOOD, [*BAD[:4], None, None]])
    jobs = [replace(job, state="pruned") if job.state == "waiting" else job for job in jobs]
    first, second = search.ranking(sweep, jobs)
    assert (first.trial, first.complete) == (0, True)
    assert (second.complete, second.n) == (False, 4)
    assert search.ask(sweep, jobs).trial == 2

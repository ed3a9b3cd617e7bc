"""Which configurations a sweep has: the whole grid, draws that stay, proposals that learn."""

import itertools
import math
import statistics
from dataclasses import replace

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinzhi.errors import ConfigError
from xinzhi.sweeping.records import Sweep
from xinzhi.sweeping.search import axes as forms
from xinzhi.sweeping.search import drawing, search, space


def sweep_of(*typed, **fields):
    fixed, axes, seeds = space.read(typed, {})
    defaults = {"method": "random", "trials": 10, "modes": ("min",)}
    return Sweep(
        name="s", experiment="e", fixed=tuple(fixed), axes=axes, seeds=seeds, **defaults | fields
    )


PLANE = ("x=interval(-5,5)", "y=interval(-5,5)")
MIXED = (
    "lr=tag(log,interval(1e-5,1e-1))",
    "width=range(8,65,8)",
    "model=a,b,c",
    "k=tag(log,range(1,9))",
)


def bowl(params):
    return ((params["x"] - 1) ** 2 + (params["y"] + 2) ** 2,)


def run(sweep, reach, *, jobs=()):
    """All jobs of a sweep whose configurations are run one after the other."""
    jobs = list(jobs)
    while (point := search.ask(sweep, jobs)) is not None:
        new = search.jobs_of(sweep, point, len(jobs), "|".join)
        jobs += [replace(job, state="finished", values=reach(job.params)) for job in new]
    return jobs


def test_a_grid_is_the_product_of_its_axes():
    sweep = sweep_of("a=1,2", "b=range(0.1,0.4,0.1)", "c=x,'y z'", method="grid", trials=None)
    points = search.points(sweep)
    product = list(itertools.product(["1", "2"], [0.1, 0.2, 0.3], ["x", "'y z'"]))
    assert [tuple(point.params.values()) for point in points] == product
    assert [point.trial for point in points] == list(range(12))
    assert points[3].overrides == ("a=1", "b=0.2", "c='y z'")
    assert search.points(replace(sweep, trials=5)) == points[:5]
    assert search.points(replace(sweep, axes=()))[0].overrides == ()


def test_a_grid_of_all_numbers_is_refused():
    with pytest.raises(ConfigError, match=r"no end of values.*\n.*sweep.method=random"):
        search.points(sweep_of("lr=interval(0,1)", method="grid"))


@pytest.mark.parametrize("method", ["random", "quasi_random"])
def test_draws_depend_on_their_number_alone_and_more_keep_the_first(method):
    sweep = sweep_of(*MIXED, method=method, trials=30)
    points = search.points(sweep)
    assert search.points(sweep) == points
    assert search.points(replace(sweep, trials=12)) == points[:12]
    assert search.points(replace(sweep, seed=1)) != points
    assert len({point.overrides for point in points}) == 30
    assert search.ask(sweep, []) == points[0]
    assert search.ask(replace(sweep, trials=31), run(sweep, lambda _: (0.0,))).trial == 30


@pytest.mark.parametrize("method", ["random", "quasi_random"])
def test_draws_from_few_values_are_each_of_them_once(method):
    sweep = sweep_of("a=1,2,3", "b=range(4)", "c=z", method=method, trials=50)
    points = search.points(sweep)
    grid = search.points(replace(sweep, method="grid", trials=None))
    assert sorted(point.overrides for point in points) == sorted(p.overrides for p in grid)
    assert len(points) == 12
    assert search.ask(sweep, run(sweep, lambda _: (0.0,))) is None


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from(["random", "quasi_random", "tpe"]),
    st.integers(1, 500),
    st.integers(0, 500),
    st.booleans(),
)
def test_draws_keep_within_the_bounds_and_on_the_steps(seed, method, low, span, log):
    typed = [f"n=range({low},{low + span + 1},7)", f"f=range({low}.5,{low + span + 1},0.7)"]
    inside = f"interval({low},{low + span})"
    typed += [f"x={'tag(log,' if log else '('[:0]}{inside}{')' if log else ''}"]
    typed += [f"i=int({'tag(log,' + inside + ')' if log else inside})"]
    sweep = sweep_of(*typed, method=method, trials=4, seed=seed, settings={"startup_trials": 1})
    for job in run(sweep, lambda params: (params["x"],)):
        n, f, x, i = (job.params[key] for key in "nfxi")
        assert n in range(low, low + span + 1, 7)
        assert type(n) is type(i) is int
        assert f in forms.values(sweep.axes[1])
        assert low <= x <= low + span
        assert low <= i <= low + span


def test_log_draws_are_as_many_in_each_decade():
    sweep = sweep_of("lr=tag(log,interval(1e-5,1e-1))", trials=400)
    drawn = [math.log10(point.params["lr"]) for point in search.points(sweep)]
    counts = np.histogram(drawn, bins=4, range=(-5, -1))[0]
    assert counts.min() > 70  # 100 ± 8.7 each


def test_quasi_random_draws_fill_a_space_more_evenly_than_random_ones():
    sweep = sweep_of("x=interval(0,1)", "y=interval(0,1)", trials=64)

    def filled(method):
        points = search.points(replace(sweep, method=method))
        return len({(int(8 * p.params["x"]), int(8 * p.params["y"])) for p in points})

    assert filled("quasi_random") == 64  # one in each cell: a Sobol net
    assert filled("random") < 50


@pytest.mark.parametrize("method", ["tpe", "cmaes", "nsga2"])
def test_the_same_history_gives_the_same_proposal_in_whatever_order_it_is_read(method):
    sweep = sweep_of(*PLANE, "seed=0,1", method=method, trials=30, settings={"population": 4})
    jobs = run(replace(sweep, trials=14), bowl)
    jobs[-1] = replace(jobs[-1], state="running", values=())
    jobs[7] = replace(jobs[7], state="failed", values=())
    jobs[8:10] = [replace(job, state="failed", values=()) for job in jobs[8:10]]
    point = search.ask(sweep, jobs)
    assert point.trial == 14
    assert search.ask(sweep, jobs[::-1]) == point
    assert search.ask(replace(sweep, seed=1), jobs) != point
    assert search.ask(replace(sweep, trials=14), jobs) is None


def live(sampler_of, axes, trials, reach):
    """What Optuna itself proposes in a study that lives on."""
    study = optuna.create_study(direction="minimize")
    spaces = {a.key: optuna.distributions.FloatDistribution(a.low, a.high) for a in axes}
    done = []
    for number in range(trials):
        for attempt in itertools.count():
            study.sampler = sampler_of(drawing.derived(3, number, attempt))
            trial = study.ask(spaces)
            if trial.params not in done:  # a child like its parent would be trained for nothing
                break
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        study.tell(trial, reach(trial.params))
        done.append(trial.params)
    return done


@pytest.mark.parametrize(
    ("method", "sampler_of"),
    [
        ("tpe", lambda seed: optuna.samplers.TPESampler(seed=seed)),
        ("cmaes", lambda seed: optuna.samplers.CmaEsSampler(seed=seed)),
        ("nsga2", lambda seed: optuna.samplers.NSGAIISampler(seed=seed, population_size=10)),
    ],
)
def test_proposals_are_those_of_optunas_own_study(method, sampler_of):
    sweep = sweep_of(*PLANE, method=method, trials=35, seed=3)
    ours = [job.params for job in run(sweep, bowl)]
    assert ours == live(sampler_of, sweep.axes, 35, bowl)


def best_after(method, trials):
    """The median over seeds of the search."""
    sweep = sweep_of(*PLANE, method=method, trials=trials)
    if method == "random":  # which needs no results, so that no job has to be made
        return statistics.median(
            min(bowl(point.params) for point in search.points(replace(sweep, seed=seed)))
            for seed in range(9)
        )
    return statistics.median(
        search.ranking(sweep, run(replace(sweep, seed=seed), bowl))[0].values for seed in range(3)
    )


def test_tpe_and_cmaes_find_the_minimum_in_fewer_trials_than_random_draws():
    (by_chance,) = best_after("random", 60)
    (by_tpe,), (by_cmaes,) = best_after("tpe", 40), best_after("cmaes", 40)
    assert by_tpe < by_chance / 5
    assert by_cmaes < by_chance / 3


def test_nsga2_spreads_along_the_front_of_two_objectives():
    sweep = sweep_of(
        *PLANE, method="nsga2", trials=100, modes=("min", "max"), objectives=("f", "g")
    )

    def reach(params):
        x, y = params["x"], params["y"]
        return x**2 + y**2, -((x - 2) ** 2) - y**2

    standings = search.ranking(sweep, run(sweep, reach))
    front = [one.params for one in standings if one.pareto == 0]
    assert len(front) >= 5
    # The true front is 0 ≤ x ≤ 2, y = 0; what chance alone gives lies 2.5 away on average.
    assert statistics.fmean(abs(params["y"]) for params in front) < 1


def test_proposals_of_few_values_do_not_repeat_and_come_to_an_end():
    sweep = sweep_of("a=1,2,3", "b=range(4)", method="tpe", trials=50)
    jobs = run(sweep, lambda params: (int(params["a"]) + params["b"],))
    assert len({job.overrides for job in jobs}) == len(jobs) == 12


def test_running_configurations_are_not_proposed_again():
    sweep = sweep_of("x=interval(0,1)", method="tpe", trials=100)
    jobs = run(replace(sweep, trials=15), lambda params: (params["x"],))
    for _ in range(4):
        point = search.ask(sweep, jobs)
        (job,) = search.jobs_of(sweep, point, len(jobs), str)
        jobs.append(replace(job, state="running"))
    assert len({job.params["x"] for job in jobs[15:]}) == 4


def test_an_unused_number_and_the_job_that_ends_a_sweep_disturb_nothing():
    sweep = sweep_of(*PLANE, method="cmaes", trials=30)
    jobs = run(replace(sweep, trials=12), bowl)
    final = replace(jobs[0], number=-1, trial=-1)
    assert search.ask(sweep, [*jobs, final]) == search.ask(sweep, jobs)
    assert search.ranking(sweep, [*jobs, final]) == search.ranking(sweep, jobs)
    assert search.ask(sweep, jobs[:5] + jobs[6:]).trial == 12


def test_a_seed_each_makes_the_jobs_of_a_configuration():
    sweep = sweep_of("m=1", "a=1,2", "seed=3,4", method="grid")
    point = search.points(sweep)[1]
    jobs = search.jobs_of(sweep, point, 7, " ".join)
    assert [(job.number, job.trial, job.seed) for job in jobs] == [(7, 1, 3), (8, 1, 4)]
    assert jobs[0].overrides == ("a=2", "seed=3")
    assert jobs[1].identity == "m=1 a=2 seed=4"
    (job,) = search.jobs_of(replace(sweep, seeds=()), point, 0, " ".join)
    assert (job.seed, job.overrides) == (None, ("a=2",))


@pytest.mark.parametrize(
    ("typed", "fields", "told"),
    [
        (("a=1,2",), {"method": "cmaes"}, "searches numbers alone"),
        (("a=1,2", "seed=0,1,2,3"), {"pruning": "wilcoxon"}, "at least 5"),
        (
            ("a=1,2", "seed=0,1"),
            {"pruning": "wilcoxon", "settings": {"pruner": {"p_threshold": 0.3}}},
            "at least 3",
        ),
        (
            ("a=1,2",),
            {"pruning": "median", "settings": {"pruner": {"warmup": 1}}},
            "n_warmup_steps",
        ),
        (
            ("a=1,2",),
            {"pruning": "asha", "settings": {"pruner": {"min_resource": -1}}},
            "cannot be",
        ),
    ],
)
def test_what_could_never_work_is_refused(typed, fields, told):
    with pytest.raises(ConfigError, match=told):
        search.points(sweep_of(*typed, **fields))

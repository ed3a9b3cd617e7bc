"""Configurations are ranked by the mean over their seeds, several objectives by Pareto fronts."""

import math
import statistics

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xinzhi.sweeping.records import Job, Sweep
from xinzhi.sweeping.search import search


def sweep_of(*modes, seeds=()):
    return Sweep(name="s", experiment="e", fixed=(), axes=(), seeds=seeds, modes=modes)


def jobs_of(values, state="finished"):
    """Jobs by configuration: a list of the values of its seeds, one tuple for each job."""
    pairs = [(trial, value) for trial, each in enumerate(values) for value in each]
    return [
        Job(
            sweep="s",
            number=number,
            trial=trial,
            identity=str(number),
            params={"x": trial},
            state=state if value else "failed",
            values=value,
        )
        for number, (trial, value) in enumerate(pairs)
    ]


def test_means_and_spreads_over_seeds_rank():
    jobs = jobs_of([[(0.5,), (0.7,)], [(0.9,), (0.2,)], [(0.8,), (0.6,)]])
    standings = search.ranking(sweep_of("max", seeds=(0, 1)), jobs)
    assert [one.trial for one in standings] == [2, 0, 1]
    best = standings[0]
    assert best.values == (statistics.fmean([0.8, 0.6]),)
    assert best.spreads == (statistics.stdev([0.8, 0.6]),)
    assert (best.n, best.complete, best.params, len(best.jobs)) == (2, True, {"x": 2}, 2)
    assert [one.trial for one in search.ranking(sweep_of("min"), jobs)] == [1, 0, 2]


def test_a_configuration_without_all_of_its_seeds_comes_after_those_with_them():
    jobs = jobs_of([[(0.9,), ()], [(0.5,), (0.6,)], [(math.nan,), (math.inf,)], [(), ()], [(0.7,)]])
    standings = search.ranking(sweep_of("max", seeds=(0, 1)), jobs)
    assert [(one.trial, one.complete, one.n) for one in standings] == [
        (1, True, 2),
        (0, False, 1),
        (4, False, 1),
    ]
    assert standings[1].spreads == (0.0,)


NUMBER = st.integers(0, 5).map(float)


@given(st.lists(st.tuples(NUMBER, NUMBER, NUMBER), min_size=1, max_size=25))
def test_fronts_are_those_of_their_definition(values):
    modes = ("max", "min", "max")
    standings = search.ranking(sweep_of(*modes), jobs_of([[value] for value in values]))
    signs = np.array([-1 if mode == "max" else 1 for mode in modes])
    costs = np.array(values) * signs
    fronts = np.full(len(values), -1)
    for front in range(len(values)):
        left = fronts == -1
        better = (costs[:, None] <= costs[None]).all(-1) & (costs[:, None] < costs[None]).any(-1)
        fronts[left & ~(better & left[:, None]).any(0)] = front
    assert {one.trial: one.pareto for one in standings} == dict(enumerate(fronts))
    order = [(one.pareto, -one.values[0]) for one in standings]
    assert order == sorted(order)


@given(st.lists(NUMBER, min_size=1, max_size=25))
def test_one_objective_is_ranked_by_its_values(values):
    standings = search.ranking(sweep_of("max"), jobs_of([[(value,)] for value in values]))
    assert [one.values[0] for one in standings] == sorted(values, reverse=True)
    assert standings[0].pareto == 0

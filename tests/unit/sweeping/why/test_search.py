"""Planted causes are found, by few probes, none of them one that cannot be run."""

import itertools
import time

import numpy as np
import pytest

from xinzhi.sweeping.why import choosing, hypotheses
from xinzhi.sweeping.why.evidence import Belief, Noise
from xinzhi.sweeping.why.search import Search, search

SHAPES = {
    "single": (0, 1),
    "both": (0, 0, 0, 1),
    "either": (0, 1, 1, 1),
    "opposed": (0, -1, 0, 1),
}


def planted(kind, seed, *, factors=12, effect=5.0, noise=1.0):
    random = np.random.default_rng(seed)
    cause = sorted(random.choice(factors, 1 if kind == "single" else 2, replace=False).tolist())

    def run(mixture):
        bits = sum((one in mixture) << bit for bit, one in enumerate(cause))
        return effect * SHAPES[kind][bits] + noise * random.normal()

    ends = [[run(one) for _ in range(3)] for one in (frozenset(), frozenset(range(factors)))]
    return tuple(cause), run, {"factors": factors, "values_a": ends[0], "values_b": ends[1]}


@pytest.mark.parametrize("kind", SHAPES)
def test_planted_causes_are_named(kind):
    right, most = 0, 8 if kind == "single" else 14
    for seed in range(5):
        cause, run, ends = planted(kind, seed)
        found = search(**ends, run=run, noise=Noise(deviation=1.0))
        assert len(found.probes) <= 14
        right += found.causes[0].factors == cause and len(found.probes) <= most
    assert right >= 4


def test_the_effect_and_its_interval():
    cause, run, ends = planted("single", 3, effect=-20.0)
    found = search(**ends, run=run, noise=Noise(deviation=1.0))
    best = found.causes[0]
    assert (best.factors, best.kind) == (cause, "single")
    assert best.low < -20 < best.high < 0
    assert best.sure > 0.95


def test_without_noise_it_halves():
    """A factor among 16 takes four tests, and pairs that look alike a few more."""
    cause, run, ends = planted("single", 0, factors=16, effect=1.0, noise=1e-6)
    found = search(**ends, run=run, noise=Noise(deviation=1e-4))
    assert found.causes[0].factors == cause
    assert len(found.probes) <= 8


def test_mixtures_that_cannot_be_run_are_never_run():
    def allowed(mixture):
        return (0 in mixture) == (1 in mixture)  # two keys that go together

    cause, run, ends = planted("single", 5)
    asked = []

    def noted(mixture):
        asked.append(mixture)
        return run(mixture)

    found = search(**ends, run=noted, noise=Noise(deviation=1.0), allowed=allowed)
    assert cause not in {(0,), (1,)}
    assert found.causes[0].factors == cause
    assert all(map(allowed, asked))


def test_where_no_mixture_can_be_run_nothing_is_asked():
    searched = Search(
        factors=4, values_a=[0], values_b=[9], noise=Noise(deviation=1), allowed=lambda _: False
    )
    assert searched.ask() is None
    assert searched.found().causes[0].sure < 0.5


def test_what_no_hypothesis_explains_is_said():
    random = np.random.default_rng(0)
    found = search(
        factors=6,
        run=lambda _: random.uniform(-40, 60),
        values_a=[0, 0.1, -0.1],
        values_b=[20, 20.1, 19.9],
        noise=Noise(deviation=0.1, trust=20),
    )
    assert found.unexplained > 0.95


def test_a_probe_that_breaks_down_does_not_drown_the_others():
    cause, run, ends = planted("single", 1)
    searched = Search(**ends, noise=Noise(deviation=1.0))
    for number in range(12):
        mixture = searched.ask()
        searched.tell(mixture, run(mixture) if number != 2 else -1e9)
    assert searched.found().causes[0].factors == cause


def test_a_single_factor_needs_no_probe():
    found = search(factors=1, run=pytest.fail, values_a=[0], values_b=[5], noise=Noise(deviation=1))
    assert found.causes[0].factors == (0,)
    assert not found.probes


def test_the_same_words_ask_the_same():
    def asked():
        _, run, ends = planted("both", 7)
        return [probe.mixture for probe in search(**ends, run=run, noise=Noise(deviation=1)).probes]

    assert asked() == asked()


def test_a_step_takes_less_than_a_tenth_of_a_second():
    _, run, ends = planted("both", 0)
    searched = Search(**ends, noise=Noise(deviation=1.0))
    mixture = searched.ask()
    searched.tell(mixture, run(mixture))
    started = time.process_time()
    for _ in range(5):
        searched.ask()
    assert time.process_time() - started < 0.5


def test_of_many_factors_one_is_found():
    cause, run, ends = planted("single", 2, factors=40, effect=8)
    found = search(**ends, run=run, noise=Noise(deviation=1.0))
    assert found.causes[0].factors == cause


def test_what_is_gained_is_the_information_on_the_cause():
    """Against sums over a fine grid of values."""
    there = hypotheses.possible(3)
    weights = there.prior
    belief = Belief(
        weights=weights,
        unexplained=0.0,
        level=np.zeros(len(weights)),
        difference=np.full(len(weights), 3.0),
        spread=np.zeros((len(weights), 2, 2)),
        deviation=np.ones(len(weights)),
        freedom=1e9,
    )
    mixtures = np.array(list(itertools.product([False, True], repeat=3)))[1:-1]
    parts = there.of(mixtures)
    names = sorted(set(there.causes))
    causes = np.array([names.index(cause) for cause in there.causes])
    gained = choosing.gains(belief, parts, causes)
    for column in range(len(mixtures)):
        truth = _information(3 * parts[:, column], weights, causes)
        assert gained[column] == pytest.approx(truth, abs=0.02)


def _information(means, weights, causes):
    grid = np.linspace(-12, 16, 20001)
    step = grid[1] - grid[0]
    density = np.exp(-0.5 * (grid - means[:, None]) ** 2) / np.sqrt(2 * np.pi)

    def entropy(likely):
        return -np.sum(likely * np.log(np.maximum(likely, 1e-300))) * step

    total = entropy(weights @ density)
    for cause in set(causes):
        own = np.where(causes == cause, weights, 0)
        total -= own.sum() * entropy(own @ density / own.sum())
    return total

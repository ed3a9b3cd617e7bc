"""Ties of a sweep, held against Tukey's test, a bootstrap and simulations."""

import numpy as np
import pytest
from scipy.stats import tukey_hsd

from xinzhi.evaluation import measures
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.registry import comparison_ties as ties
from xinzhi.registry.comparison_ranking import covariance


@pytest.mark.parametrize("counts", [(3, 3, 3, 3), (5, 3, 4, 2, 5, 3)])
def test_with_seeds_alone_it_is_the_test_of_tukey_and_kramer(counts):
    random = np.random.default_rng(0)
    groups = [random.normal(0.8 - 0.004 * n, 0.006, size) for n, size in enumerate(counts)]
    means = np.array([each.mean() for each in groups])
    found = ties.against_first(means, rows=None, seeds=ties.pooled([list(g) for g in groups]))
    theirs = tukey_hsd(*groups)
    np.testing.assert_allclose(found.p_values, theirs.pvalue[0], atol=0.012)
    interval = theirs.confidence_interval(0.95)
    np.testing.assert_allclose(found.low[1:], -interval.high[0][1:], atol=4e-4)
    np.testing.assert_allclose(found.high[1:], -interval.low[0][1:], atol=4e-4)


def answers(random, truth, rights, units=None):
    """Answers of models to two classes, each right where it is said."""
    found = []
    for right in rights:
        answer = np.where(right, truth, 1 - truth)
        chances = np.full((len(truth), 2), 0.3)
        chances[np.arange(len(truth)), answer] = 0.7
        columns = {"truth": truth, "probabilities": chances}
        rows = np.arange(len(truth))
        order = random.permutation(len(truth))  # rows need not lie alike
        found.append(
            Outcomes(
                kind="classes", rows=rows, columns=columns, classes=("a", "b"), units=units
            ).taken(order)
        )
    return found


@pytest.mark.parametrize("grouped", [False, True])
def test_what_models_owe_to_the_rows_goes_together_as_in_a_bootstrap(grouped):
    random = np.random.default_rng(1)
    size = 600
    hard, truth = random.random(size), random.integers(0, 2, size)
    rights = [hard + 0.2 * random.standard_normal(size) < mean for mean in (0.8, 0.78, 0.6)]
    units = np.arange(size) // 3 if grouped else np.arange(size)
    found = covariance([[one] for one in answers(random, truth, rights, units)], "accuracy")
    weights = random.multinomial(units.max() + 1, np.full(units.max() + 1, 1 / (units.max() + 1)),
                                 size=20_000)[:, units]  # fmt: skip
    drawn = np.stack([weights @ right / weights.sum(1) for right in rights])
    np.testing.assert_allclose(found, np.cov(drawn), rtol=0.12, atol=6e-6)


def test_seeds_that_answer_otherwise_are_not_counted_twice():
    random = np.random.default_rng(2)
    size, seeds = 500, 4
    truth = random.integers(0, 2, size)
    rights = [random.random(size) < 0.7 for _ in range(2 * seeds)]  # rows do nothing in common
    flat = answers(random, truth, rights)
    found = covariance([flat[:seeds], flat[seeds:]], "accuracy")
    assert abs(np.diag(found)).max() < 0.35 * 0.21 / size / seeds
    values = [measures.value(one, "accuracy") for one in flat]
    assert ties.pooled([values[:seeds], values[seeds:]]).free == 2 * (seeds - 1)


@pytest.mark.parametrize("seeds", [1, 3])
def test_of_equal_configurations_one_is_seldom_called_worse(seeds):
    """The best of six that are equally good: any false difference, in 5 % at most."""
    random = np.random.default_rng(3)
    size, count, wrong, simulations = 400, 6, 0, 100
    for _ in range(simulations):
        hard, truth = random.random(size), random.integers(0, 2, size)
        luck = 0.02 * random.standard_normal(count * seeds) if seeds > 1 else np.zeros(count)
        rights = [hard + 0.3 * random.standard_normal(size) < 0.8 + own for own in luck]
        values = np.array([right.mean() for right in rights]).reshape(count, seeds)
        order = np.argsort(-values.mean(1))
        flat = answers(random, truth, rights)
        outcomes = [flat[n * seeds : (n + 1) * seeds] for n in order]
        told = ties.against_first(
            values[order].mean(1),
            rows=covariance(outcomes, "accuracy"),
            seeds=ties.pooled([list(one) for one in values[order]]),
        )
        wrong += bool((told.p_values < 0.05).any())
    assert wrong / simulations <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / simulations)


def test_what_is_equal_everywhere_is_tied():
    told = ties.against_first(np.array([0.9, 0.9]), rows=np.zeros((2, 2)), seeds=None)
    assert told.p_values.tolist() == [1.0, 1.0]


def test_one_seed_each_says_nothing_of_seeds():
    assert ties.pooled([[0.9], [0.8]]) is None

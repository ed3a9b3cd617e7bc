"""Gains of one model over another, held against likelihoods, torchmetrics and repeated draws."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.metrics.classification import classification_scores
from xinzhi.registry.gate_gains import gain, tango


def classes(right, truth=None, units=None, confidence=0.8):
    truth = np.zeros(len(right), int) if truth is None else truth
    of_truth = np.where(right, confidence, 1 - confidence)
    one = np.where(truth == 1, of_truth, 1 - of_truth)
    return Outcomes(
        kind="classes",
        rows=np.arange(len(right)),
        columns={"truth": truth, "probabilities": np.stack([1 - one, one], axis=1)},
        classes=("no", "yes"),
        units=units,
    )


def from_cells(both, b, c, neither):
    champion = np.repeat([True, False, True, False], [both, b, c, neither])
    challenger = np.repeat([True, True, False, False], [both, b, c, neither])
    return classes(champion), classes(challenger)


@pytest.mark.parametrize(("b", "c", "n"), [(12, 5, 40), (3, 9, 200), (1, 0, 44), (0, 7, 30)])
@pytest.mark.parametrize("difference", [-0.2, -0.03, 0.0, 0.05])
def test_tango_takes_the_most_likely_shares_under_the_supposed_difference(b, c, n, difference):
    def unlikely(alone):  # alone: share of c; b's is that and the difference
        shares = np.array([alone + difference, alone, 1 - 2 * alone - difference])
        return -stats.multinomial.logpmf([b, c, n - b - c], n, np.clip(shares, 1e-15, 1))

    low, high = max(0.0, -difference), (1 - difference) / 2
    grid = np.linspace(low + 1e-9, high - 1e-9, 4001)
    near = grid[np.argmin([unlikely(one) for one in grid])]
    step = grid[1] - grid[0]
    bounds = (max(low, near - step), min(high, near + step))
    alone = optimize.minimize_scalar(unlikely, bounds=bounds, method="bounded").x
    variance = n * (2 * alone + difference - difference**2)
    expected = (b - c - n * difference) / math.sqrt(variance) if variance > 1e-9 else 0.0
    assert tango(b, c, n, difference) == pytest.approx(expected, rel=2e-2, abs=1e-3)


def test_a_bound_is_where_the_statistic_is_the_quantile():
    found = gain(*from_cells(600, 60, 40, 100), "accuracy", alpha=0.025)
    z = stats.norm.ppf(0.975)
    assert tango(60, 40, 800, found.low) == pytest.approx(z, abs=1e-6)
    assert tango(60, 40, 800, found.high) == pytest.approx(-z, abs=1e-6)
    assert found.gain == pytest.approx(20 / 800)
    assert found.disagreement == pytest.approx(100 / 800)
    assert (found.champion, found.challenger) == (640 / 800, 660 / 800)


def test_models_that_answer_alike_may_still_differ_a_little():
    found = gain(*from_cells(90, 0, 0, 10), "accuracy", alpha=0.025)
    assert found.gain == 0
    assert -0.05 < found.low < -0.02
    assert 0.02 < found.high < 0.05


def test_the_lower_bound_misses_as_often_as_it_says():
    dice = np.random.default_rng(0)
    true, disagreement, n = 0.03, 0.12, 500
    cells = [0.7, (disagreement + true) / 2, (disagreement - true) / 2, 0.3 - disagreement]
    drawn = dice.multinomial(n, cells, size=1500)
    above = [gain(*from_cells(*one), "accuracy", alpha=0.05).low > true for one in drawn]
    assert stats.binomtest(sum(above), len(above), 0.05).pvalue > 0.01


def test_units_count_as_wholes():
    dice = np.random.default_rng(1)
    a, b = dice.random((2, 300)) < 0.8
    alone = gain(classes(a), classes(b), "accuracy", alpha=0.05)
    thrice = np.repeat(np.arange(300), 3)
    copied = gain(
        classes(np.repeat(a, 3), units=thrice),
        classes(np.repeat(b, 3), units=thrice),
        "accuracy",
        alpha=0.05,
    )
    assert copied.units == 300
    assert copied.error == pytest.approx(alone.error, rel=0.01)
    assert copied.low == pytest.approx(alone.low, abs=2e-3)


def test_labels_that_training_never_saw_count_for_none():
    truth = np.array([0, 0, 0, -1, -1])
    found = gain(
        classes(np.array([1, 0, 0, 0, 0], bool), truth),
        classes(np.array([1, 1, 0, 0, 1], bool), truth),
        "accuracy",
        alpha=0.05,
    )
    assert found.examples == 3
    assert (found.champion, found.challenger) == (1 / 3, 2 / 3)


def test_means_are_students_paired_t():
    dice = np.random.default_rng(2)
    a = dice.normal(size=80)
    b = a + dice.normal(0.3, 0.5, size=80)
    a[3] = np.nan
    one, other = (
        Outcomes(kind="means", rows=np.arange(80), columns={"mrr": values}) for values in (a, b)
    )
    found = gain(one, other, "mrr", alpha=0.025)
    known = np.arange(80) != 3
    expected = stats.ttest_rel(b[known], a[known]).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(expected)


def test_calibration_is_that_of_torchmetrics_and_its_error_that_of_repeated_draws():
    import torch

    dice = np.random.default_rng(3)

    def drawn():
        truth = dice.integers(0, 2, 1500)
        confidences = dice.uniform(0.5, 1, size=1500)
        right_a = dice.random(1500) < confidences - 0.06
        right_b = dice.random(1500) < confidences - 0.12
        return (
            classes(right_a, truth, confidence=confidences),
            classes(right_b, truth, confidence=confidences),
        )

    one, other = drawn()
    found = gain(one, other, "calibration_error", alpha=0.05)
    for outcomes, value in ((one, found.champion), (other, found.challenger)):
        scores = classification_scores(
            torch.tensor(outcomes.columns["probabilities"]), torch.tensor(outcomes.columns["truth"])
        )
        assert value == pytest.approx(scores["calibration_error"], abs=1e-5)
    assert found.gain == pytest.approx(found.champion - found.challenger)
    gains = [gain(*drawn(), "calibration_error", alpha=0.05).gain for _ in range(300)]
    assert found.error == pytest.approx(np.std(gains), rel=0.25)

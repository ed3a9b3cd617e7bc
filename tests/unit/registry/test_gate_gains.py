"""Gains of one model over another, held against Student, torchmetrics and repeated draws."""

import numpy as np
import pytest
from scipy import stats

from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.metrics.classification import classification_scores
from xinzhi.registry.gate_gains import gain


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


def test_a_share_of_errors_is_of_the_champions():
    dice = np.random.default_rng(2)
    truth = dice.normal(size=400)
    one, other = (
        Outcomes(
            kind="numbers",
            rows=np.arange(400),
            columns={"truth": truth, "answer": truth + spread * dice.normal(size=400)},
        )
        for spread in (1.0, 0.8)
    )
    found = gain(one, other, "rmse", alpha=0.05)
    assert found.gain == pytest.approx(1 - found.challenger / found.champion)
    assert 0 < found.low < found.gain < found.high
    assert found.relative


@pytest.mark.parametrize("alpha", [0.05, 0.0004])
def test_bounds_of_means_are_students_where_the_tails_are_light(alpha):
    dice = np.random.default_rng(2)
    a = dice.normal(size=300)
    b = a + dice.normal(0.3, 0.5, size=300)
    one, other = (
        Outcomes(kind="means", rows=np.arange(300), columns={"mrr": values}) for values in (a, b)
    )
    found = gain(one, other, "mrr", alpha=alpha)
    expected = stats.ttest_rel(b, a).confidence_interval(1 - 2 * alpha)
    assert (found.low, found.high) == pytest.approx(expected, rel=0.1)


def test_disagreement_is_where_exactly_one_is_right():
    one = classes(np.array([1, 1, 0, 0, 1], bool))
    other = classes(np.array([1, 0, 1, 0, 1], bool))
    assert gain(one, other, "accuracy", alpha=0.05).disagreement == 2 / 5


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
    assert copied.error == pytest.approx(alone.error, rel=0.05)
    assert copied.low == pytest.approx(alone.low, abs=5e-3)


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

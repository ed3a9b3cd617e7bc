"""What is promised beside what holds, and what each threshold gives."""

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, precision_score, recall_score

from xinzhi.evaluation.calibration import calibration
from xinzhi.evaluation.measures import value
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.evaluation.thresholds import curves
from xinzhi.metrics.classification import classification_scores


def _binary(n=2000, seed=0, sharpen=1.0, **settings):
    random = np.random.default_rng(seed)
    probability = random.random(n)
    truth = (random.random(n) < probability).astype(int)
    odds = (probability / (1 - probability)) ** sharpen
    shown = odds / (1 + odds)
    return Outcomes(
        kind="classes",
        rows=np.arange(n),
        classes=("no", "yes"),
        columns={"truth": truth, "probabilities": np.stack([1 - shown, shown], axis=1)},
        settings=settings,
    )


def test_true_probabilities_hold():
    told = calibration(_binary(20_000, positive=1))
    assert "not more than chance" in told.sentence
    assert "too" not in told.sentence
    assert sum(one.count for one in told.bins) == 20_000
    inside = [one.held_low <= one.promised <= one.held_high for one in told.bins]
    assert np.mean(inside) > 0.8


def test_sharpened_probabilities_promise_too_much():
    told = calibration(_binary(5000, sharpen=3.0))
    assert told.error > 0.05
    assert "chance would make" in told.sentence


def test_promises_that_are_all_too_high_are_told():
    outcomes = _binary(3000)
    outcomes.columns["probabilities"][:, 1] **= 0.7
    assert "promises are too high" in calibration(outcomes).sentence


def test_the_error_is_the_measure_of_more_classes():
    random = np.random.default_rng(1)
    probabilities = random.dirichlet(np.ones(4), 800)
    truth = random.integers(0, 4, 800)
    outcomes = Outcomes(
        kind="classes",
        rows=np.arange(800),
        classes=tuple("abcd"),
        columns={"truth": truth, "probabilities": probabilities},
    )
    scores = classification_scores(torch.from_numpy(probabilities), torch.from_numpy(truth))
    assert calibration(outcomes).error == pytest.approx(scores["calibration_error"], abs=1e-5)


def test_intervals_hold_what_they_promise():
    random = np.random.default_rng(2)
    truth = random.normal(size=5000)
    columns = {"truth": truth, "answer": np.zeros(5000)}
    columns |= {"lower": np.full(5000, -1.2816), "upper": np.full(5000, 1.2816)}
    told = calibration(
        Outcomes(kind="numbers", rows=np.arange(5000), columns=columns, settings={"level": 0.8})
    )
    assert told.held == pytest.approx(0.8, abs=0.02)
    assert told.promised == 0.8


def test_thresholds_give_what_sklearn_says():
    outcomes = _binary(
        positive=1, threshold=0.3, cost={"false_positive": 1, "false_negative": 5}, accept=0.8
    )
    deciding, alone = curves(outcomes)
    truth, probability = outcomes.columns["truth"], outcomes.columns["probabilities"][:, 1]
    answer = probability >= 0.3
    assert deciding.reached["precision"] == pytest.approx(precision_score(truth, answer))
    assert deciding.reached["recall"] == pytest.approx(recall_score(truth, answer))
    assert deciding.reached["f1"] == pytest.approx(f1_score(truth, answer))
    assert deciding.reached["cost"] == pytest.approx(value(outcomes, "cost"))
    assert deciding.best == pytest.approx(1 / 6, abs=0.06)
    assert alone.reached["share answered alone"] == pytest.approx(
        (outcomes.columns["probabilities"].max(1) >= 0.8).mean()
    )
    for told in (deciding, alone):
        assert list(told.threshold) == sorted(told.threshold)
        assert all(len(line) == len(told.threshold) for line in told.lines.values())
    middle = int(np.searchsorted(deciding.threshold, 0.5))
    at = probability >= deciding.threshold[middle]
    assert deciding.lines["recall"][middle] == pytest.approx(recall_score(truth, at), abs=1e-9)


def test_one_class_alone_and_unknown_labels_are_no_fault():
    outcomes = _binary(50)
    outcomes.columns["truth"][:] = 1
    assert [one.kind for one in curves(outcomes)] == ["alone"]
    outcomes.columns["truth"][:] = -1
    assert curves(outcomes) == []
    assert calibration(outcomes) is None


def test_the_point_of_the_chosen_threshold_lies_on_its_line():
    random = np.random.default_rng(4)
    sure = np.round(random.random(2000) ** 3, 5)  # few thresholds where many are asked for
    settings = {"cost": {"false_positive": 1, "false_negative": 5}, "accept": 0.51234}
    held = random.random(2000) < sure
    outcomes = _two_classes(sure, held, {"positive": 1, "threshold": 0.4567, **settings})
    for told in curves(outcomes):
        at = int(np.searchsorted(told.threshold, told.chosen))  # holds up to the threshold
        for name, reached in told.reached.items():
            assert told.lines[name][at] == pytest.approx(reached)


def test_two_numbers_of_two_classes_are_told_apart():
    sure = np.random.default_rng(0).random(500)
    told = calibration(_two_classes(sure, sure > 0.5))
    assert "grouped by the probability of yes" in told.sentence
    assert "calibration_error is of the likelier class" in told.sentence


def _two_classes(sure, held, settings=None):
    return Outcomes(
        kind="classes",
        rows=np.arange(len(sure)),
        columns={"truth": held.astype(int), "probabilities": np.stack([1 - sure, sure], 1)},
        classes=("no", "yes"),
        settings=settings or {},
    )

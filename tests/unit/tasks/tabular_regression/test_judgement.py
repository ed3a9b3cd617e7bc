"""Answers and their intervals: what calibration promises, and the unit they are in."""

import torch

from xinzhi.tasks.tabular_regression.judgement import Answered, RegressionJudgement

RANDOM = torch.Generator().manual_seed(0)


def judged(rows, validation=None):
    """Predictions right on average, with intervals far too narrow."""
    outputs = torch.randn(rows, 3, generator=RANDOM)
    outputs[:, 1], outputs[:, 2] = outputs[:, 0] + 0.1, outputs[:, 0] - 0.1  # and crossed
    answered = Answered.of(outputs, centre=100.0, scale=10.0)
    true = answered.predicted + 10 * torch.randn(rows, generator=RANDOM)
    return RegressionJudgement(
        answered=answered,
        true=true,
        losses=torch.zeros(rows),
        rows=torch.arange(rows),
        level=0.9,
        validation=validation,
    )


def test_outputs_come_back_in_the_labels_unit():
    answered = Answered.of(torch.tensor([[0.0, 1.0, -1.0]]), centre=100.0, scale=10.0)
    assert [float(part) for part in answered] == [100.0, 90.0, 110.0]


def test_validation_widens_the_test_rows_intervals_to_what_they_promise():
    validation = judged(2000)
    test = judged(2000, validation)
    assert validation.metrics()["coverage_90"] >= 0.9
    assert abs(test.metrics()["coverage_90"] - 0.9) < 0.03
    assert abs(test.metrics()["interval_width"] - 2 * 16.45) < 2  # of a normal distribution


def test_few_rows_get_the_widest_interval_any_of_them_needs():
    few = judged(4)
    assert few.metrics()["coverage_90"] == 1
    assert few.margin < float("inf")


def test_intervals_do_not_turn_inside_out():
    answered = Answered(torch.zeros(1), torch.full((1,), -1.0), torch.ones(1)).widened(-5.0)
    assert float(answered.lower) == float(answered.upper) == 0

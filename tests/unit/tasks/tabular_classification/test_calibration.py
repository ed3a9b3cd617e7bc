"""Calibration: nothing is worse for it, and its files are plain."""

import json

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from xinzhi.tasks.tabular_classification.calibration import Calibration, fit

RANDOM = torch.Generator().manual_seed(0)
LOGITS = torch.randn(4000, generator=RANDOM)
TARGETS = (torch.rand(4000, generator=RANDOM) < LOGITS.sigmoid()).long()
# three times too sure, and shifted towards class 1
SCORES = torch.stack([torch.zeros(4000), 3 * LOGITS + 1], dim=1)


def log_loss(logarithms, targets):
    return float(torch.nn.functional.nll_loss(logarithms, targets))


def test_platt_is_a_logistic_regression_of_the_scores():
    found = fit(SCORES, TARGETS, "platt")(SCORES)
    difference = (SCORES[:, 1] - SCORES[:, 0])[:, None].numpy()
    regression = LogisticRegression(C=np.inf).fit(difference, TARGETS.numpy())
    expected = regression.predict_proba(difference)
    np.testing.assert_allclose(found.exp().numpy(), expected, atol=3e-3)


@pytest.mark.parametrize("method", ["platt", "temperature", "isotonic"])
def test_calibrated_probabilities_are_truer(method):
    calibration = fit(SCORES[:2000], TARGETS[:2000], method)
    before = log_loss(SCORES[2000:].log_softmax(1), TARGETS[2000:])
    after = log_loss(calibration(SCORES[2000:]), TARGETS[2000:])
    assert after < before - 0.05
    torch.testing.assert_close(calibration(SCORES).exp().sum(1), torch.ones(4000).double())


def test_temperature_is_found():
    assert fit(3 * SCORES, TARGETS, "temperature").temperature > 3
    assert not fit(SCORES, TARGETS, "temperature").shift


def test_several_classes_are_calibrated_too():
    scores = torch.randn(3000, 4, generator=RANDOM)
    targets = torch.multinomial(scores.softmax(1), 1, generator=RANDOM).squeeze(1)
    calibration = fit(5 * scores, targets, "platt")
    assert calibration.temperature == pytest.approx(5, rel=0.1)
    assert max(map(abs, calibration.shift)) < 0.2


def test_few_rows_do_not_lead_far_away():
    found = fit(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), torch.tensor([1, 0]), "platt")
    assert 0.2 < found.temperature < 1.5
    assert max(map(abs, found.shift)) < 1


def test_none_changes_nothing():
    torch.testing.assert_close(fit(SCORES, TARGETS, "none")(SCORES), SCORES.double().log_softmax(1))


@pytest.mark.parametrize("method", ["platt", "temperature", "isotonic", "none"])
def test_it_is_the_same_after_json(method):
    before = fit(SCORES, TARGETS, method)
    after = Calibration.of(json.loads(json.dumps(before.plain())))
    torch.testing.assert_close(after(SCORES), before(SCORES))


def test_it_is_fitted_in_inference_mode_too():
    with torch.inference_mode():
        assert fit(SCORES * 1.0, TARGETS, "platt").temperature > 2

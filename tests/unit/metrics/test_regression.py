"""Scores of quantities against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn import metrics

from xinzhi.metrics.regression import pinball, regression_scores

RANDOM = np.random.default_rng(0)
TRUE = RANDOM.normal(size=100)
PREDICTED = TRUE + RANDOM.normal(size=100)


def test_scores_are_those_of_sklearn():
    scores = regression_scores(torch.from_numpy(PREDICTED), torch.from_numpy(TRUE))
    assert scores["mae"] == pytest.approx(metrics.mean_absolute_error(TRUE, PREDICTED))
    assert scores["rmse"] == pytest.approx(metrics.root_mean_squared_error(TRUE, PREDICTED))
    assert scores["r2"] == pytest.approx(metrics.r2_score(TRUE, PREDICTED))


def test_r2_of_a_truth_that_never_varies_is_not_defined():
    assert np.isnan(regression_scores(torch.zeros(3), torch.ones(3))["r2"])


def test_pinball_is_that_of_sklearn():
    levels = (0.05, 0.5, 0.9)
    quantiles = torch.from_numpy(np.stack([PREDICTED - 1, PREDICTED, PREDICTED + 1], axis=1))
    found = pinball(quantiles, torch.from_numpy(TRUE), levels).mean(0)
    for place, level in enumerate(levels):
        expected = metrics.mean_pinball_loss(TRUE, quantiles[:, place].numpy(), alpha=level)
        assert float(found[place]) == pytest.approx(expected)


def test_the_median_has_the_least_pinball_loss_at_one_half():
    true = torch.from_numpy(TRUE[:99])  # an odd number has one median
    at = torch.linspace(-1, 1, 401, dtype=torch.float64)
    lost = pinball(at[None, :, None], true[:, None], (0.5,)).mean((0, 2))
    assert float(at[lost.argmin()]) == pytest.approx(float(true.median()), abs=0.01)

"""Forecast scores against scikit-learn, closed forms and laws."""

import numpy as np
import pytest
import torch
from sklearn.metrics import mean_absolute_error, mean_pinball_loss

from xinzhi.metrics.forecasts import forecast_scores, pinball, widened, widening

LEVELS = (0.05, 0.5, 0.95)


@pytest.fixture
def forecasts():
    random = torch.Generator().manual_seed(0)
    truth = torch.randn(50, 6, generator=random, dtype=torch.float64)
    quantiles = torch.randn(50, 6, 3, generator=random, dtype=torch.float64).sort(-1).values
    return quantiles, truth


def test_scores_are_those_of_scikit_learn(forecasts):
    quantiles, truth = forecasts
    naive = torch.full((50,), 2.0)
    scores = forecast_scores(quantiles, truth, levels=LEVELS, naive_N=naive)
    flat = truth.flatten().numpy()
    wanted = [
        mean_pinball_loss(flat, quantiles[..., i].flatten().numpy(), alpha=level)
        for i, level in enumerate(LEVELS)
    ]
    error = mean_absolute_error(flat, quantiles[..., 1].flatten().numpy())
    assert scores["mae"] == pytest.approx(error)
    assert scores["mase"] == pytest.approx(error / 2)
    assert scores["quantile_loss"] == pytest.approx(2 * np.mean(wanted) / 2)
    inside = (quantiles[..., 0] <= truth) & (truth <= quantiles[..., 2])
    assert scores["coverage_90"] == pytest.approx(inside.double().mean().item())


def test_a_missing_truth_counts_nowhere(forecasts):
    quantiles, truth = forecasts
    naive = torch.ones(50)
    gone = truth.clone()
    gone[10:] = torch.nan
    found = forecast_scores(quantiles, gone, levels=LEVELS, naive_N=naive)
    alone = forecast_scores(quantiles[:10], truth[:10], levels=LEVELS, naive_N=naive[:10])
    assert found == pytest.approx(alone)


def test_the_quantile_minimises_the_pinball_loss():
    values = torch.arange(1, 101, dtype=torch.float64)
    guesses = torch.arange(0, 102, dtype=torch.float64)
    costs = pinball(guesses[:, None, None].expand(-1, 100, -1), values.expand(102, -1), [0.9])
    assert guesses[costs.mean((1, 2)).argmin()].item() in {90, 91}


def test_a_widened_band_holds_its_share(forecasts):
    quantiles, truth = forecasts
    factor = widening(quantiles, truth, LEVELS)
    wide = widened(quantiles, LEVELS, factor)
    inside = ((wide[..., 0] <= truth) & (truth <= wide[..., 2])).double().mean()
    assert inside.item() == pytest.approx(0.9, abs=0.005)
    torch.testing.assert_close(wide[..., 1], quantiles[..., 1])

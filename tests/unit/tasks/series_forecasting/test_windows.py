"""Origins, windows and what a model starts from."""

import numpy as np
import pandas as pd
import pytest
import torch

from xinzhi.errors import DataError
from xinzhi.tasks.series_forecasting import calendar
from xinzhi.tasks.series_forecasting.events import lead_times
from xinzhi.tasks.series_forecasting.model import (
    ConvolutionalForecaster,
    DilatedEncoder,
    Forecaster,
    RecurrentForecaster,
)
from xinzhi.tasks.series_forecasting.panel import Roles, carried, panel
from xinzhi.tasks.series_forecasting.settings import suggested
from xinzhi.tasks.series_forecasting.windows import (
    TrainingOrigins,
    naive_error,
    origins,
    read,
    ready,
)

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
ROLES = Roles("load", "site", (), ())


@pytest.fixture
def steps():
    """Two sites of 100 hours: the first 60 are training, 20 validation, 20 test."""
    hours = pd.date_range("2025-01-01", periods=100, freq="h")
    random = np.random.default_rng(0)
    rows = pd.concat(
        pd.DataFrame({"site": site, "time": hours, "load": random.normal(size=100).cumsum()})
        for site in "ab"
    )
    part = np.tile(np.repeat([0, 1, 2], [60, 20, 20]).astype(np.int8), 2)
    order = random.permutation(200)
    return panel(rows.iloc[order], ROLES, time="time", part=part[order])


def test_what_is_foretold_lies_in_its_part_and_history_in_its_series(steps):
    for part in (0, 1, 2):
        at = origins(steps, part, window=24, horizon=6, stride=1)
        ahead = at[:, None] + np.arange(6)
        back = at[:, None] + np.arange(-24, 0)
        assert (steps.part[ahead] == part).all()
        assert (steps.series[back] == steps.series[at][:, None]).all()
        assert len(at) == 2 * ((60 - 24, 20, 20)[part] - 6 + 1)


def test_a_window_is_the_history_of_mean_0_and_deviation_1(steps):
    made = ready(steps, 3600.0, {"known": [], "observed": []}, floor=1e-3, yearly=False)
    found = read(made, np.array([30, 150]), window=24, horizon=6)
    back = found.history[:, 0] * found.scale[:, None] + found.centre[:, None]
    np.testing.assert_allclose(back[0], steps.target[6:30], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.history[:, 0].mean(1), 0, atol=1e-5)
    np.testing.assert_allclose(found.history[:, 0].std(1), 1, atol=1e-5)


def test_the_naive_error_is_that_of_the_training_steps(steps):
    found = naive_error(steps, 24, fallback=1.0)
    values = steps.target[:60]
    assert found[0] == pytest.approx(np.abs(values[24:] - values[:-24]).mean())


def test_gaps_are_carried_on_within_a_series():
    values = np.array([np.nan, 1, np.nan, np.nan, 2])
    np.testing.assert_array_equal(carried(values, np.array([0, 3, 5])), [1, 1, 1, 2, 2])


def test_a_time_that_comes_twice_is_refused():
    rows = pd.DataFrame({"time": ["2025-01-01", "2025-01-01"], "load": [1.0, 2.0]})
    with pytest.raises(DataError, match="comes twice") as caught:
        panel(rows, Roles("load", None, (), ()), time="time")
    assert "datamodule.series=COLUMN" in caught.value.mend


@pytest.mark.parametrize(("frequency", "season", "horizon"), [("h", 24, 24), ("D", 7, 7)])
def test_spans_are_suggested_by_the_dates(frequency, season, horizon):
    times = pd.date_range("2025-01-01", periods=300, freq=frequency)
    values = np.sin(2 * np.pi * np.arange(300) / season)
    part = np.repeat([0, 1, 2], [180, 60, 60]).astype(np.int8)
    rows = pd.DataFrame({"time": times, "load": values})
    steps = panel(rows, Roles("load", None, (), ()), time="time", part=part)
    spans = suggested(steps, season=None, horizon=None, window=None)
    assert (spans.season, spans.horizon, spans.window) == (season, horizon, 2 * horizon)


@pytest.mark.parametrize(
    ("start", "frequency"), [("2024-01-31", "ME"), ("2024-02-27", "D"), ("2024-12-31 22:00", "h")]
)
def test_times_to_come_are_those_of_pandas(start, frequency):
    times = pd.date_range(start, periods=30, freq=frequency)
    found = calendar.following(times[:24].to_numpy(), 6)
    np.testing.assert_array_equal(found, times[24:].to_numpy())


@pytest.mark.parametrize("kind", [Forecaster, ConvolutionalForecaster, RecurrentForecaster])
def test_a_model_starts_as_ridge_and_its_quantiles_ascend(kind):
    torch.manual_seed(0)
    history, known = torch.randn(400, 2, 10), torch.randn(400, 3, 14)
    truth = history[:, 0, -4:] + 2 * known[:, 1, 10:] + 0.1 * torch.randn(400, 4)
    sizes = {"window": 10, "horizon": 4, "observed": 1, "known": 3, "levels": LEVELS}
    model = kind(**sizes, training_origins=TrainingOrigins(history, known, truth)).eval()
    quantiles = model(history, known)
    assert (quantiles.diff(dim=-1) > 0).all()
    error = quantiles[..., 2] - truth
    assert 0.05 < error.std().item() < 0.15
    inside = (quantiles[..., 0] <= truth) & (truth <= quantiles[..., -1])
    assert 0.85 < inside.double().mean().item() < 0.97


def test_spread_at_the_start_is_that_of_a_normal_distribution():
    model = Forecaster(window=4, horizon=2, observed=0, known=0, levels=LEVELS)
    quantiles = model(torch.randn(3, 1, 4), torch.zeros(3, 0, 6))
    distance = quantiles - quantiles[..., 2:3]
    expected = torch.special.ndtri(torch.tensor(LEVELS)).expand_as(distance)
    torch.testing.assert_close(distance, expected, rtol=1e-4, atol=1e-4)


def test_every_other_state_is_what_dilated_convolutions_need():
    torch.manual_seed(0)
    encoder = DilatedEncoder(columns=2, window=21, channels=4, kernel=3, dropout=0.0)
    steps = torch.randn(3, 2, 21)
    states = encoder.entry(steps)
    for layer, convolution in enumerate(encoder.convolutions):
        padded = torch.nn.functional.pad(states, (2 * 2**layer, 0))
        answers = torch.nn.functional.conv1d(
            padded, convolution.weight, convolution.bias, dilation=2**layer
        )
        states = states + torch.nn.functional.gelu(answers)
    torch.testing.assert_close(encoder(steps), states[..., -1])


def test_lead_times_count_from_the_first_alarm_within_the_horizon():
    events = np.zeros(30, dtype=bool)
    events[[10, 11, 20, 29]] = True
    at = np.arange(5, 25)
    alarmed = np.isin(at, [6, 8, 14])
    # an event starts at 10: the alarm at 8 is in time, that at 6 too; the one at 14 is too early
    found = lead_times(at, alarmed, events, horizon=5)
    np.testing.assert_array_equal(found, [5, 0])

"""Counts of resamples have the law of drawing units one by one."""

import numpy as np
import pytest
from made_up_outcomes import classes, labels

from xinzhi.evaluation import measures, resampling
from xinzhi.evaluation.cells import cells, jackknife
from xinzhi.evaluation.draws import Draws


@pytest.mark.parametrize(
    "counts",
    [[3, 90, 7], [1] * 100, [0, *[2] * 90, 300], [200] * 80, [1] * 50 + [40] * 50],
    ids=["few cells", "all small", "one large", "all large", "both"],
)
def test_drawn_counts_are_multinomial(counts):
    counts = np.array(counts)
    size, share = counts.sum(), counts / counts.sum()
    drawn = resampling.drawn(counts, 40_000, np.random.default_rng(0)).astype(np.float64)
    np.testing.assert_allclose(drawn.sum(1), size, rtol=1e-4)
    variance = size * share * (1 - share)
    np.testing.assert_allclose(drawn.mean(0), counts, atol=5 * np.sqrt(variance.max() / 40_000))
    np.testing.assert_allclose(drawn.var(0), variance, rtol=0.06, atol=0.02)
    there = counts > 0
    skewness = (((drawn - counts) ** 3).mean(0)[there] / variance[there] ** 1.5).mean()
    expected = ((1 - 2 * share[there]) / np.sqrt(variance[there])).mean()
    assert skewness == pytest.approx(expected, abs=0.03)


def test_the_same_seed_draws_the_same_whatever_the_threads(monkeypatch):
    made = classes(3000)
    first = _values(made, "brier", seed=4)
    monkeypatch.setattr(resampling, "_THREADS", 1)
    np.testing.assert_array_equal(first, _values(made, "brier", seed=4))
    assert not np.array_equal(first, _values(made, "brier", seed=5))


def _values(made, name, *, units=None, seed=0, resamples=2000):
    (tally,) = measures.tallies(made, [name])
    units = made.units if units is None else units
    return Draws(tally, units, resamples=resamples, seed=seed).values(name)


@pytest.mark.parametrize("name", ["accuracy", "f1_macro", "brier", "auroc", "calibration_error"])
def test_values_vary_as_those_of_units_that_are_drawn_one_by_one(name):
    made = classes(150, 3)
    (tally,) = measures.tallies(made, [name])
    random, plain = np.random.default_rng(0), []
    for _ in range(1500):
        often = np.bincount(random.integers(0, 150, 150), minlength=150)
        weights = np.bincount(tally.codes, weights=often, minlength=tally.size)
        plain.append(tally.measures[name](weights if tally.rows is None else weights @ tally.rows))
    values = _values(made, name, resamples=20_000)
    assert values.std() == pytest.approx(np.std(plain), rel=0.08)
    assert values.mean() == pytest.approx(np.mean(plain), abs=5 * np.std(plain) / 1500**0.5)


@pytest.mark.parametrize("name", ["brier", "calibration_error", "auroc", "average_precision"])
def test_many_units_that_are_put_together_vary_as_they_do_apart(name, monkeypatch):
    made = labels(7000) if name in ("auroc", "average_precision") else classes(7000)
    together = _values(made, "calibration_error" if name == "brier" else name)
    monkeypatch.setattr("xinzhi.evaluation.draws._MANY", 10**9)
    apart = _values(made, "calibration_error" if name == "brier" else name)
    assert together.std() == pytest.approx(apart.std(), rel=0.08)
    assert together.mean() == pytest.approx(apart.mean(), abs=0.15 * apart.std())


def test_leaving_out_each_unit_gives_the_closed_error_of_a_mean():
    made = classes(80)
    (tally,) = measures.tallies(made, ["brier"])
    found = jackknife(cells(tally, made.units), tally.measures["brier"])
    values = tally.rows[:, 0]
    assert found.error == pytest.approx(values.std(ddof=1) / 80**0.5)
    beside = values - values.mean()
    skewed = (beside**3).sum() / (6 * (beside**2).sum() ** 1.5)  # Efron 1987 of a mean
    assert found.acceleration == pytest.approx(skewed)


def test_examples_of_one_unit_are_drawn_together():
    units = np.repeat(np.arange(40), 5)
    made = classes(200, units=units)
    made.columns["truth"][:] = np.repeat(made.columns["truth"][::5], 5)
    made.columns["probabilities"][:] = np.repeat(made.columns["probabilities"][::5], 5, axis=0)
    together, apart = _values(made, "accuracy"), _values(made, "accuracy", units=np.arange(200))
    assert together.std() == pytest.approx(5**0.5 * apart.std(), rel=0.08)

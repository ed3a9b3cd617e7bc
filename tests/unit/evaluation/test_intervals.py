"""Intervals are those of scipy, keep their laws, and say where they can say nothing."""

import math

import numpy as np
import pytest
import scipy.stats
from made_up_outcomes import classes, labels, means, numbers, spans

from xinzhi.evaluation import measures
from xinzhi.evaluation.intervals import interval, intervals
from xinzhi.evaluation.outcomes import Outcomes

ALL = [classes(120, 4), labels(100), numbers(90), spans(80), means(70)]


def _near(found, low, high, share):
    width = found.high - found.low
    assert found.low == pytest.approx(low, abs=share * width)
    assert found.high == pytest.approx(high, abs=share * width)


def widened(level, values):
    """Gives the level at which the normal quantile is Student's, as intervals of means have it."""
    size, squares = len(values), (values - values.mean()) ** 2
    free = 2 * squares.sum() ** 2 / ((squares**2).sum() - squares.sum() ** 2 / size)
    quantile = scipy.stats.t.ppf((1 + level) / 2, min(free, size - 1))
    return 1 - 2 * scipy.stats.norm.sf(quantile * math.sqrt(size / (size - 1)))


def _theirs(of, rows, resamples, level):
    found = scipy.stats.bootstrap(
        (rows,),
        of,
        n_resamples=resamples,
        vectorized=False,
        confidence_level=level,
        rng=np.random.default_rng(0),
    )
    return found.confidence_interval.low, found.confidence_interval.high, found.standard_error


def test_a_mean_has_the_interval_of_scipy():
    values = np.random.default_rng(1).exponential(size=60)
    made = Outcomes(kind="means", rows=np.arange(60), columns={"mean_rank": values})
    *ends, error = _theirs(np.mean, values, 20_000, widened(0.95, values))
    found = interval(made, "mean_rank", resamples=20_000)
    assert found.method == "bca"
    _near(found, *ends, share=0.03)
    assert found.error == pytest.approx(error, rel=0.03)


@pytest.mark.parametrize(
    ("made", "name", "share"),
    [
        (numbers(50), "rmse", 0.06),
        (numbers(50), "r2", 0.06),
        (classes(60, 3), "f1_macro", 0.06),
        (classes(60, 2, sharp=1.0), "auroc", 0.06),
        (classes(60, 2, sharp=1.0), "average_precision", 0.06),
        (spans(50), "entity_f1", 0.06),
    ],
)
def test_measures_have_the_interval_of_scipy(made, name, share):
    def of(drawn):
        taken = made.taken(drawn)
        again = Outcomes(
            kind=made.kind, rows=np.arange(len(drawn)), classes=made.classes, columns=taken.columns
        )
        return measures.value(again, name)

    *ends, _ = _theirs(of, np.arange(len(made)), 3000, 0.96)
    _near(interval(made, name, resamples=20_000), *ends, share=share)


def test_accuracy_of_many_has_the_binomial_interval():
    right = np.arange(4000) < 3400
    made = classes(4000, 2)
    made.columns["truth"][:] = np.where(right, 0, 1)
    made.columns["probabilities"][:] = [0.8, 0.2]
    exact = scipy.stats.binomtest(3400, 4000).proportion_ci(method="wilson")
    found = interval(made, "accuracy")
    _near(found, exact.low, exact.high, share=0.03)
    assert found.error == pytest.approx(math.sqrt(0.85 * 0.15 / 4000), rel=0.03)
    assert (found.units, found.method) == (4000, "bca")


@pytest.mark.parametrize("made", ALL, ids=lambda made: made.kind)
def test_the_order_of_examples_does_not_matter(made):
    mixed = made.taken(np.random.default_rng(0).permutation(len(made)))
    assert intervals(mixed, resamples=300) == intervals(made, resamples=300)


@pytest.mark.parametrize("made", ALL, ids=lambda made: made.kind)
def test_units_of_one_example_are_examples(made):
    named = np.array([f"patient {row}" for row in made.rows[::-1]])
    alone = Outcomes(
        kind=made.kind,
        rows=made.rows,
        units=named,
        classes=made.classes,
        columns=made.columns,
        settings=made.settings,
    )
    assert intervals(alone, resamples=300) == intervals(made, resamples=300)


@pytest.mark.parametrize("made", ALL, ids=lambda made: made.kind)
def test_examples_that_are_there_twice_in_their_unit_tell_nothing_new(made):
    twice = made.taken(np.repeat(np.arange(len(made)), 2))
    twice = Outcomes(
        kind=made.kind,
        rows=np.arange(len(twice)),
        units=np.repeat(made.rows, 2),
        classes=made.classes,
        columns=twice.columns,
        settings=made.settings,
    )
    once, again = intervals(made, resamples=8000), intervals(twice, resamples=8000)
    for name, found in again.items():
        assert found.units == len(made)
        assert (found.method, found.value) == (once[name].method, pytest.approx(once[name].value))
        if found.method == "bca":
            _near(found, once[name].low, once[name].high, share=0.06)


def test_groups_widen_where_they_answer_alike():
    units = np.repeat(np.arange(60), 10)
    right = np.random.default_rng(0).random(60)[units] < 0.8
    made = classes(600, 2, units=units)
    made.columns["truth"][:] = np.where(right, 0, 1)
    made.columns["probabilities"][:] = [0.8, 0.2]
    found, shares = interval(made, "accuracy"), right[::10]
    assert found.units == 60
    assert found.error == pytest.approx(shares.std() / 60**0.5, rel=0.05)


def _told(made, name="accuracy"):
    return interval(made, name, resamples=500)


def test_no_mistake_at_all_leaves_the_exact_bound():
    made = classes(100, 2, sharp=99.0)
    found = _told(made)
    exact = scipy.stats.binomtest(100, 100).proportion_ci(method="exact")
    assert (found.value, found.method) == (1.0, "exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))
    assert "all 100 independent units say the same" in found.note
    # the mean over classes stands on fewer examples each
    assert _told(made, "f1_macro").low < found.low
    assert _told(made, "auroc").low < found.low
    assert _told(made, "auroc").high == 1


def test_one_class_leaves_no_order():
    found = _told(classes(50, 2, chances=[1, 0]), "auroc")
    assert found.method == "none"
    assert "not defined" in found.note
    assert math.isnan(found.low)


def test_few_units_are_left_to_student():
    values = np.array([0.2, 0.9, 0.4, 0.7])
    made = Outcomes(kind="means", rows=np.arange(4), columns={"mean_rank": values})
    found = _told(made, "mean_rank")
    theirs = scipy.stats.ttest_1samp(values, 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))
    assert found.method == "t"
    assert "4 independent units" in found.note


def test_one_unit_and_none_say_nothing_of_others():
    one = _told(classes(30, 2, units=np.zeros(30, int)))
    assert (one.units, one.method) == (1, "none")
    assert "says nothing of others" in one.note
    nobody = _told(classes(30, 2).taken(np.zeros(0, int)))
    assert (nobody.units, nobody.method) == (0, "none")
    assert nobody.note


def test_resamples_that_do_not_define_a_measure_are_told():
    made = classes(60, 2)
    made.columns["truth"][:] = 0
    made.columns["truth"][:2] = 1
    found = _told(made, "auroc")
    assert "left out" in found.note
    assert found.low <= found.value <= found.high


def test_a_wider_level_holds_a_narrower_one():
    made = classes(200, 3)
    narrow, wide = (interval(made, "f1_macro", level=level) for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high

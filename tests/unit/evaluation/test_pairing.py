"""Paired differences keep their laws, agree with scipy, and find nothing where there is nothing."""

import time
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from made_up_outcomes import classes, labels, means, numbers, spans, two

from xinzhi.errors import DataError
from xinzhi.evaluation import measures
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.evaluation.pairing import from_counts, holm, mcnemar, over_seeds, paired, together


def _moved(made, column, by):
    """The same truth, answered otherwise."""
    shift = np.random.default_rng(9).normal(by, 0.1, made.columns[column].shape)
    values = made.columns[column] + shift
    values = values.clip(0, 1) if column == "probabilities" else values
    return replace(made, columns={**made.columns, column: values})


PAIRS = {
    "classes": (classes(150, 4), _moved(classes(150, 4), "probabilities", 0.0)),
    "labels": (labels(120), _moved(labels(120), "probabilities", 0.1)),
    "numbers": (numbers(90), _moved(numbers(90), "answer", 0.5)),
    "means": (means(80), means(80, seed=1)),
    "spans": (spans(80), _moved(spans(80), "right", 0.2)),
}
NAMED = [(kind, name) for kind, (a, _) in PAIRS.items() for name in measures.of(a)]


@pytest.mark.parametrize(("kind", "name"), NAMED)
def test_sides_change_places(kind, name):
    a, b = PAIRS[kind]
    there, back = (paired(*pair, name, resamples=4000, method="bca") for pair in ((a, b), (b, a)))
    assert there.difference == pytest.approx(-back.difference)
    assert (there.method, there.disagreement) == (back.method, back.disagreement)
    if there.method == "bca":
        width = there.high - there.low
        assert there.low == pytest.approx(-back.high, abs=0.08 * width)


@pytest.mark.parametrize("method", ["auto", "bca"])
@pytest.mark.parametrize(("kind", "name"), NAMED)
def test_the_interval_leaves_out_zero_where_the_p_value_says_so(kind, name, method):
    a, b = PAIRS[kind]
    found = paired(a, b, name, resamples=4000, method=method)
    assert found.difference == pytest.approx(measures.value(b, name) - measures.value(a, name))
    if found.method not in ("bca", "score", "t") or not 0.02 < found.p_value < 0.98:
        return
    narrow, wide = (
        paired(
            a,
            b,
            name,
            resamples=4000,
            level=1 - min(found.p_value * times, 0.99),
            method=method,
        )
        for times in (1.1, 0.9)
    )
    assert narrow.low > 0 or narrow.high < 0
    assert wide.low <= 0 <= wide.high


def test_the_order_of_examples_does_not_matter():
    a, b = PAIRS["classes"]
    mixed = b.taken(np.random.default_rng(0).permutation(len(b)))
    for name in ("accuracy", "f1_macro", "auroc", "brier"):
        assert paired(a, mixed, name, resamples=300) == paired(a, b, name, resamples=300)


def test_means_differ_as_scipy_says():
    a, b = PAIRS["means"]
    gaps = b.columns["mrr"] - a.columns["mrr"]
    theirs = scipy.stats.bootstrap(
        (gaps,),
        np.mean,
        n_resamples=20_000,
        confidence_level=0.957,  # at which the normal quantile is Student's of 0.95 here
        rng=np.random.default_rng(0),
    )
    found = paired(a, b, "mrr", method="bca")
    assert found.error == pytest.approx(theirs.standard_error, rel=0.03)
    assert found.low == pytest.approx(theirs.confidence_interval.low, abs=0.1 * found.error)
    assert found.p_value == pytest.approx(scipy.stats.ttest_1samp(gaps, 0).pvalue, abs=0.06)
    usual = paired(a, b, "mrr").p_value
    assert usual == pytest.approx(scipy.stats.ttest_1samp(gaps, 0).pvalue, abs=0.01)


def test_accuracy_by_counts_is_that_of_resamples():
    a, b = two(3000, disagreement=0.1, gain=0.02)
    closed, drawn = paired(a, b, "accuracy"), paired(a, b, "accuracy", method="bca")
    assert (closed.method, drawn.method) == ("score", "bca")
    assert closed.error == pytest.approx(drawn.error, rel=0.03)
    assert (closed.low, closed.high) == pytest.approx(
        (drawn.low, drawn.high), abs=0.1 * closed.error
    )
    right = [one.columns["probabilities"].argmax(1) == one.columns["truth"] for one in (a, b)]
    both, only = int((right[0] & right[1]).sum()), int((right[0] & ~right[1]).sum())
    counted = from_counts(both, only, int((right[1] & ~right[0]).sum()), size=3000)
    assert replace(counted, disagreement=closed.disagreement) == closed
    assert closed.disagreement >= 0.09


def test_units_of_several_examples_are_drawn_whole():
    units = np.repeat(np.arange(300), 10)
    a, b = two(3000, disagreement=0.1, units=units)
    for one in (a, b):
        for values in one.columns.values():
            values[:] = np.repeat(values[::10], 10, axis=0)
    found = paired(a, b, "accuracy")
    alone = paired(replace(a, units=a.rows), b, "accuracy")
    assert (found.method, found.units) == ("t", 300)
    assert found.error == pytest.approx(10**0.5 * alone.error, rel=0.05)


def test_mcnemar_is_that_of_what_one_alone_answers_rightly():
    a, b = two(500, disagreement=0.12, gain=0.03)
    right = [one.columns["probabilities"].argmax(1) == one.columns["truth"] for one in (a, b)]
    won, lost = int((right[1] & ~right[0]).sum()), int((right[0] & ~right[1]).sum())
    assert mcnemar(a, b) == pytest.approx(scipy.stats.binomtest(won, won + lost).pvalue)


def test_holm_is_as_published():
    # Holm 1979's rule, worked by hand
    assert holm([0.01, 0.005, 0.04, 0.03]) == pytest.approx([0.03, 0.02, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_same_answers_differ_nowhere_and_say_how_much_may_be_hidden():
    a, _ = PAIRS["classes"]
    for name in ("f1_macro", "auroc", "brier"):
        found = paired(a, a, name)
        assert (found.difference, found.p_value, found.method) == (0, 1, "exact")
        assert found.low < 0 < found.high
        assert found.disagreement == 0
    assert paired(a, a, "accuracy").low < 0


def test_few_units_one_and_none():
    a, b = PAIRS["means"]
    few = paired(a.taken(np.arange(6)), b, "mrr")
    assert few.method == "t"
    gaps = (b.columns["mrr"] - a.columns["mrr"])[:6]
    assert few.p_value == pytest.approx(scipy.stats.ttest_1samp(gaps, 0).pvalue)
    one = paired(a.taken([0]), b, "mrr")
    assert (one.method, one.p_value) == ("none", 1)
    unknown = classes(20)
    unknown.columns["truth"][:] = -1
    nobody = paired(unknown, unknown, "accuracy")
    assert (nobody.units, nobody.method) == (0, "none")


def test_other_truths_are_refused():
    a = classes(30)
    b = replace(a, columns={**a.columns, "truth": np.roll(a.columns["truth"], 1)})
    with pytest.raises(DataError, match="same truth"):
        paired(a, b, "accuracy")


def test_rows_that_only_one_answered_are_left_out():
    a, b = two(200, disagreement=0.2)
    first, second = together(a.taken(np.arange(150)), b.taken(np.arange(50, 200)[::-1]))
    assert first.rows.tolist() == second.rows.tolist() == list(range(50, 150))


@pytest.mark.parametrize("size", [200, 1000])
@pytest.mark.parametrize("disagreement", [0.06, 0.15])
def test_equal_models_are_told_apart_as_often_as_promised(size, disagreement):
    times = 800
    rejected = sum(
        paired(*two(size, disagreement=disagreement, seed=seed), "accuracy").p_value < 0.05
        for seed in range(times)
    )
    assert scipy.stats.binomtest(rejected, times, 0.05, "greater").pvalue > 1e-3
    assert rejected / times > 0.025


def _runs(count, *, spread, size, seed, gain=0.0):
    """Runs on the same examples; what the seed does moves the chance of a right answer."""
    random = np.random.default_rng(seed)
    hard = random.beta(4, 1, size)
    made = []
    for _ in range(count):
        chance = np.clip(hard + random.normal(gain, spread), 0, 1)
        made.append((random.random(size) < chance).astype(float))
    return made


def _outcomes(columns):
    return [
        Outcomes(kind="means", rows=np.arange(len(c)), columns={"hits_at_1": c}) for c in columns
    ]


@pytest.mark.parametrize("spread", [0.0, 0.02, 0.1])
@pytest.mark.parametrize("runs", [(3, 3), (5, 2)])
def test_equal_models_over_seeds_are_told_apart_as_often_as_promised(spread, runs):
    times, rejected = 250, 0
    for seed in range(times):
        made = _outcomes(_runs(sum(runs), spread=spread, size=300, seed=seed))
        found = over_seeds(made[: runs[0]], made[runs[0] :], "hits_at_1")
        rejected += found.p_value < 0.05
    assert scipy.stats.binomtest(rejected, times, 0.06, "greater").pvalue > 1e-3


def test_a_difference_over_seeds_is_found():
    same = _runs(4, spread=0.01, size=2000, seed=0)
    better = [np.maximum(one, np.arange(2000) % 20 == 0) for one in same]
    found = over_seeds(_outcomes(same), _outcomes(better), "hits_at_1")
    assert found.method == "seeds"
    assert found.low < found.difference < found.high
    assert found.value_b - found.value_a == pytest.approx(found.difference)
    one = over_seeds(_outcomes(same[:1]), _outcomes(better[:1]), "hits_at_1")
    assert "what the seed did is not counted" in one.note


def test_more_spread_between_seeds_widens_the_interval_and_one_run_of_a_side_too():
    def error(spread, runs):
        made = (_outcomes(_runs(6, spread=spread, size=500, seed=seed)) for seed in range(20))
        return np.mean([over_seeds(one[:runs], one[3:], "hits_at_1").error for one in made])

    assert error(0.1, 3) > 2 * error(0.0, 3)
    assert error(0.1, 1) > 1.2 * error(0.1, 3)


def test_a_pair_takes_a_moment():
    a, b = two(12_000, disagreement=0.1)
    since = time.perf_counter()
    for _ in range(20):
        paired(a, b, "accuracy", resamples=2000)
    assert (time.perf_counter() - since) / 20 < 0.02

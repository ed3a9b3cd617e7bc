"""Slices are found where they were planted, and nowhere else."""

import time

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import hypergeom

from xinzhi.evaluation.discovery import worst
from xinzhi.evaluation.masks import holds
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.evaluation.slice_test import benjamini_hochberg, p_value
from xinzhi.evaluation.slicing import declared


def _table(random, n, columns=6):
    cells = {f"n{i}": random.normal(size=n) for i in range(columns)}
    cells |= {
        f"c{i}": np.array([f"v{j}" for j in random.integers(0, 10, n)]) for i in range(columns)
    }
    return pa.table(cells)


def _outcomes(wrong, units=None):
    """Two classes of which the first is always right, and answered where it is not wrong."""
    sure = np.where(wrong, 0.3, 0.7)
    return Outcomes(
        kind="classes",
        rows=np.arange(len(wrong)),
        units=units,
        classes=("a", "b"),
        columns={
            "truth": np.zeros(len(wrong), dtype=int),
            "probabilities": np.stack([sure, 1 - sure], axis=1),
        },
    )


def _runs_that_find(rates, runs, *, seed):
    """Counts runs, and those whose findings are much the slice that was planted."""
    any_, same = 0, 0
    for run in range(runs):
        random = np.random.default_rng([seed, run])
        table = _table(random, 3000)
        inside, error = rates(table)
        found = worst(_outcomes(random.random(3000) < error), table, measure="accuracy", seed=run)
        masks = [holds(one.condition, table, "slice") for one in found]
        any_ += bool(found)
        same += any((mask & inside).sum() > 0.6 * (mask | inside).sum() for mask in masks)
    return any_ / runs, same / runs


def test_nothing_is_found_where_nothing_was_planted():
    found, _ = _runs_that_find(lambda t: (np.zeros(len(t), bool), 0.15), 80, seed=0)
    assert found <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 80)


@pytest.mark.parametrize("kind", ["value", "range"])
def test_a_planted_slice_is_found(kind):
    def planted(table):
        if kind == "value":
            inside = table["c2"].to_numpy() == "v3"
        else:
            numbers = table["n3"].to_numpy()
            inside = numbers > np.quantile(numbers, 0.9)
        return inside, 0.1 + 0.15 * inside

    assert _runs_that_find(planted, 30, seed=1)[1] >= 0.9


def test_two_conditions_are_found_together():
    def planted(table):
        inside = (table["n1"].to_numpy() > 0.45) & (table["n4"].to_numpy() > 0.45)
        return inside, 0.05 + 0.25 * inside

    assert _runs_that_find(planted, 12, seed=2)[1] >= 0.7


def test_rows_of_a_unit_are_no_evidence_of_their_own():
    """Units that are wrong as a whole, with columns that are the unit's, look like slices."""
    found = 0
    for run in range(60):
        random = np.random.default_rng([3, run])
        units = np.repeat(np.arange(300), 10)
        table = _table(random, 300).take(units)
        wrong = random.beta(0.3, 1.7, 300)[units] > random.random(3000)
        found += bool(worst(_outcomes(wrong, units), table, measure="accuracy", seed=run))
    assert found <= 3 + 2 * np.sqrt(60 * 0.05 * 0.95)


def test_missing_lengths_lists_and_days_are_conditions():
    random = np.random.default_rng(4)
    n = 2000
    missing, long = random.random(n) < 0.1, random.random(n) < 0.1
    words, day = random.integers(1, 30, n), random.integers(0, 1000, n)
    wrong = random.random(n) < 0.05 + 0.5 * missing + 0.5 * long + 0.4 * (words > 26)
    wrong |= (day > 900) & (random.random(n) < 0.5)
    table = pa.table(
        {
            "income": pa.array(np.where(missing, np.nan, random.normal(size=n))),
            "text": [f"{k} " + "很" * (60 if one else 5 + k % 20) for k, one in enumerate(long)],
            "tokens": [["w"] * k for k in words],
            "when": pa.array(np.datetime64("2020-01-01") + day),
            "row": np.arange(n),
        }
    )
    found = worst(_outcomes(wrong), table, measure="accuracy")
    names = " | ".join(one.name for one in found)
    for said in ("income missing", "characters of text", "length of tokens", "when from 2022-"):
        assert said in names
    slices = declared({one.name: {"where": one.condition} for one in found}, table)
    for one in found:
        assert slices[one.name].sum() == one.size
        assert one.value > one.rest
        assert one.adjusted <= 0.05


def test_what_is_much_the_same_is_told_once():
    random = np.random.default_rng(10)
    table = _table(random, 4000)
    numbers = table["n1"].to_numpy()
    table = table.append_column("twin", pa.array(-numbers))
    wrong = random.random(4000) < 0.05 + 0.3 * (numbers > np.quantile(numbers, 0.9))
    assert len(worst(_outcomes(wrong), table, measure="accuracy")) == 1


def test_names_and_values_may_be_anything():
    random = np.random.default_rng(5)
    odd = np.where(random.random(1500) < 0.2, 'it\'s <b>"x"</b>; --', "plain")
    wrong = random.random(1500) < np.where(odd == "plain", 0.05, 0.5)
    table = pa.table({'a "b" c': odd, "none": pa.nulls(1500), "same": ["x"] * 1500})
    (one,) = worst(_outcomes(wrong), table, measure="accuracy")
    assert (holds(one.condition, table, "s") == (odd != "plain")).all()


def test_few_rows_and_faultless_answers_give_nothing():
    table = _table(np.random.default_rng(6), 40)
    assert worst(_outcomes(np.arange(40) % 2 == 0), table, measure="accuracy") == []
    table = _table(np.random.default_rng(6), 400)
    assert worst(_outcomes(np.zeros(400, bool)), table, measure="accuracy") == []


def test_larger_errors_of_numbers_are_found():
    random = np.random.default_rng(7)
    table = _table(random, 2000)
    hard = table["c1"].to_numpy() == "v1"
    truth = random.normal(size=2000)
    outcomes = Outcomes(
        kind="numbers",
        rows=np.arange(2000),
        columns={"truth": truth, "answer": truth + random.normal(size=2000) * (1 + 2 * hard)},
    )
    found = worst(outcomes, table, measure="rmse")
    assert found[0].name == "c1 = v1"
    assert found[0].what == "mean absolute error"


def test_the_tail_is_that_of_drawing_without_putting_back():
    wrong = np.zeros(400)
    wrong[:60] = 1
    units = np.arange(400)
    for hits, size in ((12, 50), (16, 50), (25, 90), (6, 20)):
        within = np.zeros(400, bool)
        within[:hits] = True
        within[60 : 60 + size - hits] = True
        exact = hypergeom.sf(hits - 1, 400, 60, size)
        assert p_value(wrong, within, units) == pytest.approx(exact, rel=0.25)


def test_skewed_numbers_keep_the_level():
    random = np.random.default_rng(8)
    below = 0
    for _ in range(2000):
        numbers = random.exponential(size=300) ** 2
        below += p_value(numbers, random.permutation(300) < 30, np.arange(300)) < 0.01
    assert below <= 20 + 2.5 * np.sqrt(20)


def test_benjamini_hochberg_as_they_have_it():
    # their own example, 15 p-values of which the four smallest hold at 5 %
    p = np.array([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
                  0.4262, 0.5719, 0.6528, 0.7590, 1.0])  # fmt: skip
    order = np.random.default_rng(0).permutation(15)
    adjusted = benjamini_hochberg(p[order], np.ones(15))
    assert sorted(p[order][adjusted <= 0.05]) == p[:4].tolist()


def test_many_rows_take_seconds():
    random = np.random.default_rng(9)
    table = _table(random, 100_000, columns=10)
    outcomes = _outcomes(random.random(100_000) < 0.2)
    start = time.process_time()
    worst(outcomes, table, measure="accuracy")
    assert time.process_time() - start < 5

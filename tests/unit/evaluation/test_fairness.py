"""Differences between groups are fairlearn's, and what is too little to compare is left out."""

import sys

import numpy as np
import pytest

from xinzhi.errors import DataError
from xinzhi.evaluation.fairness import by
from xinzhi.evaluation.outcomes import Outcomes

metrics = pytest.importorskip("fairlearn.metrics")


def _binary(random, n=600, **settings):
    probability = random.random(n)
    return Outcomes(
        kind="classes",
        rows=np.arange(n),
        classes=("good", "bad"),
        columns={
            "truth": (random.random(n) < probability).astype(int),
            "probabilities": np.stack([1 - probability, probability], axis=1),
        },
        settings=settings,
    )


def _told(report, place=0):
    return {one.name: one.value for one in report.columns[place].differences}


def test_two_classes_as_fairlearn_has_them():
    random = np.random.default_rng(0)
    outcomes = _binary(random, positive=0, threshold=0.3)
    sex = random.choice(["女", "男"], 600)
    truth = (outcomes.columns["truth"] == 0).astype(int)
    answer = (outcomes.columns["probabilities"][:, 0] >= 0.3).astype(int)
    given = (truth, answer)
    told = _told(by(outcomes, {"sex": sex}))
    for name in (
        "demographic_parity_difference",
        "demographic_parity_ratio",
        "equalized_odds_difference",
    ):
        expected = getattr(metrics, name)(*given, sensitive_features=sex)
        assert told[name] == pytest.approx(expected)
    group = next(one for one in by(outcomes, {"sex": sex}).columns[0].groups if one.name == "女")
    rates = {rate.name: rate for rate in group.rates}
    inside = sex == "女"
    assert rates["selection rate"].value == pytest.approx(answer[inside].mean())
    right = answer[inside & (truth == 1)].mean()
    assert rates["true positive rate"].value == pytest.approx(right)
    assert rates["true positive rate"].low < right < rates["true positive rate"].high


def test_of_more_classes_the_worst_one_against_the_rest():
    random = np.random.default_rng(1)
    probabilities = random.dirichlet(np.ones(3), 900)
    truth = np.array([random.choice(3, p=one) for one in probabilities])
    outcomes = Outcomes(
        kind="classes",
        rows=np.arange(900),
        classes=("a", "b", "c"),
        columns={"truth": truth, "probabilities": probabilities},
    )
    group = np.where(random.random(900) < 0.5 + 0.4 * (probabilities.argmax(1) == 2), "x", "y")
    (column,) = by(outcomes, {"group": group}).columns
    answer = probabilities.argmax(1)
    every = {
        name: metrics.demographic_parity_difference(
            truth == place, answer == place, sensitive_features=group
        )
        for place, name in enumerate("abc")
    }
    parity = next(one for one in column.differences if one.name == "demographic_parity_difference")
    assert parity.decision == "c" == max(every, key=every.get)
    assert parity.value == pytest.approx(every["c"])


def test_small_groups_are_shown_and_left_out_of_the_differences():
    random = np.random.default_rng(2)
    outcomes = _binary(random)
    group = np.array(["a"] * 300 + ["b"] * 290 + ["few"] * 10)
    (column,) = by(outcomes, {"group": group}).columns
    assert [one.uncertain for one in column.groups] == [False, False, True]
    without = outcomes.taken(group != "few")
    assert _told(by(without, {"group": group[group != "few"]})) == _told(
        by(outcomes, {"group": group})
    )
    assert "left out: 1" in column.sentence


def test_rows_of_one_unit_are_one():
    random = np.random.default_rng(3)
    outcomes = _binary(random)
    units = np.repeat(np.arange(30), 20)
    grouped = Outcomes(
        kind="classes",
        rows=outcomes.rows,
        units=units,
        classes=outcomes.classes,
        columns=outcomes.columns,
    )
    (column,) = by(grouped, {"group": np.where(units < 15, "a", "b")}).columns
    assert all(one.uncertain for one in column.groups)
    assert all(one.value is None for one in column.differences)


def test_a_group_without_the_class_has_no_rate_of_it():
    random = np.random.default_rng(4)
    outcomes = _binary(random)
    group = np.where(outcomes.columns["truth"] == 0, "none of it", "x")
    group[:100] = "x"
    odds = _told(by(outcomes, {"group": group}))["equalized_odds_difference"]
    answer, truth = outcomes.columns["probabilities"].argmax(1), outcomes.columns["truth"]
    false = [answer[(truth == 0) & (group == one)].mean() for one in np.unique(group)]
    assert odds == pytest.approx(abs(false[0] - false[1]))


def test_numbers_are_cut_at_quartiles_and_missing_is_a_group():
    random = np.random.default_rng(5)
    age = random.integers(18, 80, 600).astype(float)
    age[:50] = np.nan
    (column,) = by(_binary(random), {"age": age}).columns
    names = {one.name for one in column.groups}
    assert len(names) == 5
    assert "(missing)" in names
    assert sum(one.examples for one in column.groups) == 600


def test_predicted_numbers_have_errors_by_group():
    random = np.random.default_rng(6)
    truth, group = random.normal(size=400), random.choice(["a", "b"], 400)
    answer = truth + random.normal(size=400) * np.where(group == "a", 1, 3)
    outcomes = Outcomes(
        kind="numbers", rows=np.arange(400), columns={"truth": truth, "answer": answer}
    )
    report = by(outcomes, {"group": group})
    errors = [np.abs(answer - truth)[group == one].mean() for one in "ab"]
    assert _told(report)["mae_difference"] == pytest.approx(errors[1] - errors[0])
    assert "beyond what chance explains" in report.columns[0].sentence


def test_what_cannot_be_compared_is_answered(monkeypatch):
    random = np.random.default_rng(7)
    with pytest.raises(DataError, match="at most 20 groups, had 600"):
        by(_binary(random), {"id": [f"a{i}" for i in range(600)]})
    means = Outcomes(kind="means", rows=np.arange(3), columns={"mrr": np.ones(3)})
    with pytest.raises(DataError, match="these are means"):
        by(means, {"id": ["a", "b", "c"]})
    monkeypatch.setitem(sys.modules, "fairlearn", None)
    monkeypatch.setitem(sys.modules, "fairlearn.metrics", None)
    with pytest.raises(DataError) as raised:
        by(_binary(random), {"id": ["a"] * 600})
    assert raised.value.mend == "pip install 'xinzhi[fairness]'"

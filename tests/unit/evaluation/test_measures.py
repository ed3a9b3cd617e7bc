"""Measures from counts are those of xinzhi.metrics, and those of data that hold examples twice."""

import numpy as np
import pytest
import torch
from made_up_outcomes import classes, labels, means, numbers, spans
from sklearn.metrics import average_precision_score, roc_auc_score

from xinzhi.errors import ConfigError
from xinzhi.evaluation import measures, rankings
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.metrics.binary import Cost, binary_scores
from xinzhi.metrics.classification import classification_scores, multilabel_scores
from xinzhi.metrics.forecasts import forecast_scores
from xinzhi.metrics.intervals import interval_scores
from xinzhi.metrics.regression import pinball, regression_scores
from xinzhi.metrics.selective import apply_threshold
from xinzhi.metrics.tag_report import averages

DECIDED = {
    "positive": 0,
    "threshold": 0.4,
    "cost": {"false_positive": 1.0, "false_negative": 5.0},
    "accept": 0.8,
}


def _tensors(outcomes):
    columns = outcomes.columns
    return torch.tensor(columns["probabilities"]), torch.tensor(columns["truth"])


def _agree(outcomes, expected):
    found = {name: measures.value(outcomes, name) for name in expected}
    assert found == pytest.approx(expected, rel=2e-5, abs=2e-6, nan_ok=True)


@pytest.mark.parametrize(("size", "number"), [(1, 2), (60, 2), (60, 5), (900, 12), (2500, 4)])
def test_classes_have_the_scores_of_a_training(size, number):
    made = classes(size, number, seed=size)
    _agree(made, classification_scores(*_tensors(made)))


def test_classes_that_are_nowhere_or_only_answered_count_as_in_a_training():
    made = classes(40, 6, chances=[0.5, 0.3, 0.2, 0, 0, 0], sharp=0.5)
    made.columns["probabilities"][:, 5] = 0  # never answered either
    probabilities = made.columns["probabilities"]
    probabilities /= probabilities.sum(1, keepdims=True)
    _agree(made, classification_scores(*_tensors(made)))


def test_one_class_alone_has_no_auroc():
    made = classes(30, 2, chances=[1, 0])
    assert np.isnan(measures.value(made, "auroc"))
    _agree(made, classification_scores(*_tensors(made)))


def test_unknown_classes_are_left_out():
    made = classes(50, 3)
    rest = made.taken(np.arange(50) >= 20)
    made.columns["truth"][:20] = -1
    for name in measures.of(made):
        assert measures.value(made, name) == pytest.approx(measures.value(rest, name))


def test_decisions_for_one_class_are_those_of_a_training():
    made = classes(400, 2, settings=DECIDED)
    probabilities, truth = _tensors(made)
    cost = Cost(**DECIDED["cost"])
    _agree(made, binary_scores(probabilities[:, 0], truth == 0, threshold=0.4, cost=cost))
    alone = apply_threshold(probabilities, truth, 0.8)
    _agree(made, {"answered_alone": alone.share, "answered_precision": alone.precision})


def test_no_confidence_high_enough_answers_nothing_alone():
    made = classes(50, 3, settings={"accept": None})
    assert measures.value(made, "answered_alone") == 0
    assert np.isnan(measures.value(made, "answered_precision"))


def test_labels_have_the_scores_of_a_training():
    made = labels(300)
    _agree(made, multilabel_scores(*_tensors(made)))
    made.columns["truth"][:, 1] = False
    made.columns["probabilities"][:, 1] = 0.1  # neither right nor answered: counts as 0
    _agree(made, multilabel_scores(*_tensors(made)))


def test_numbers_have_the_scores_of_a_training():
    made = numbers(200)
    answer, truth, lower, upper = (
        torch.tensor(made.columns[name]) for name in ("answer", "truth", "lower", "upper")
    )
    expected = regression_scores(answer, truth) | interval_scores(lower, upper, truth, level=0.9)
    ends = torch.stack([lower, upper], dim=1)
    expected["pinball"] = float(pinball(ends, truth, (0.05, 0.95)).mean())
    _agree(made, expected)
    assert set(measures.of(made)) == set(expected)


def test_forecasts_have_the_scores_of_a_training():
    made = numbers(120, scaled=True)
    made.columns["truth"][::9] = np.nan
    columns = {name: torch.tensor(values) for name, values in made.columns.items()}
    quantiles = torch.stack([columns[name] for name in ("lower", "answer", "upper")], dim=1)
    expected = forecast_scores(
        quantiles[:, None],
        columns["truth"][:, None],
        levels=(0.05, 0.5, 0.95),
        naive_N=columns["scale"],
    )
    del expected["quantile_loss"]  # it needs all quantiles
    _agree(made, expected)
    assert set(measures.of(made)) == set(expected)


def test_entities_have_the_scores_of_conlleval():
    made = spans(80)
    right, answered, truth = (made.columns[n].sum(0) for n in ("right", "answered", "truth"))
    expected = averages(right, answered, truth)
    named = {f"entity_{name}": getattr(expected["micro"], name) for name in ("f1", "precision")}
    named |= {"entity_f1_macro": expected["macro"].f1, "entity_recall": expected["micro"].recall}
    _agree(made, named | {"entity_f1_weighted": expected["weighted"].f1})


def test_means_leave_out_what_is_not_defined():
    made = means(70)
    for name, values in made.columns.items():
        assert measures.value(made, name) == pytest.approx(np.nanmean(values))


def test_a_column_beside_the_answers_is_a_mean():
    made = classes(30)
    made.columns["loss"] = np.linspace(0, 1, 30)
    assert measures.value(made, "loss") == pytest.approx(0.5)
    assert not measures.higher_is_better("loss")


MADE = [
    classes(90, 4),
    classes(90, 2, settings=DECIDED),
    labels(80),
    numbers(70),
    numbers(70, scaled=True),
    spans(60),
    means(50),
]


@pytest.mark.parametrize("made", MADE, ids=lambda made: f"{made.kind}{len(made)}")
def test_measures_of_what_was_drawn_are_those_of_data_that_hold_it_as_often(made):
    random = np.random.default_rng(3)
    drawn = random.integers(0, len(made), len(made))
    repeated = made.taken(drawn)
    repeated = Outcomes(
        kind=made.kind,
        rows=np.arange(len(drawn)),
        classes=made.classes,
        columns=repeated.columns,
        settings=made.settings,
    )
    often = np.bincount(drawn, minlength=len(made)).astype(float)
    for tally in measures.tallies(made, measures.of(made)):
        weights = np.bincount(tally.codes, weights=often, minlength=tally.size)
        sums = weights if tally.rows is None else weights @ tally.rows
        for name, measure in tally.measures.items():
            if name == "f1_macro" and made.kind == "labels":
                continue  # labels that are not drawn are left out
            expected = measures.value(repeated, name)
            assert float(measure(sums)) == pytest.approx(expected, rel=1e-5, abs=1e-6), name


def test_order_of_one_class_in_bins_is_that_of_its_scores():
    made = classes(20_000, 2, chances=[0.8, 0.2])
    truth, score = made.columns["truth"], made.columns["probabilities"][:, 1]
    auroc, precision = (measures.value(made, name) for name in ("auroc", "average_precision"))
    assert auroc == pytest.approx(roc_auc_score(truth, score), rel=1e-9)
    assert precision == pytest.approx(average_precision_score(truth, score), rel=1e-9)
    (tally,) = measures.tallies(made, ["average_precision"])
    assert tally.size <= 2_400
    assert 0 < abs(tally.shifts["average_precision"]) < 1e-3


@pytest.mark.parametrize("name", ["auroc", "average_precision", "ks"])
def test_what_an_example_adds_to_order_is_its_derivative(name, monkeypatch):
    made = classes(300, 3) if name != "ks" else classes(300, 2, settings=DECIDED)
    made.columns["probabilities"] = made.columns["probabilities"].round(2)  # with equal scores
    (exact,) = measures.tallies(made, [name])
    monkeypatch.setattr(rankings, "_EXACT", 0)
    (linear,) = measures.tallies(made, [name], apart=True)
    assert exact.rows is None
    assert linear.value(name) == pytest.approx(exact.value(name), rel=1e-5)
    change, step = np.random.default_rng(0).normal(size=300), 1e-6
    weights = 1 + step * change
    moved = exact.measures[name](weights) - exact.value(name)
    rows = linear.rows.astype(np.float64)
    told = linear.measures[name](weights @ rows) - linear.measures[name](rows.sum(0))
    assert float(told) == pytest.approx(float(moved), rel=2e-3)


def test_an_unknown_measure_names_those_that_are_like_it():
    with pytest.raises(ConfigError, match="f1_macro") as error:
        measures.value(classes(10), "f1_marco")
    assert error.value.candidates[0] == "f1_macro"


def test_directions():
    better = [n for n in measures.of(numbers(9, scaled=True)) if measures.higher_is_better(n)]
    assert better == ["coverage_90"]
    assert not any(map(measures.higher_is_better, ("cost", "brier", "mean_rank", "width_90")))


def test_what_is_the_same_by_definition_is_looked_at_once():
    one = Outcomes(kind="classes", rows=np.arange(4), classes=("a", "b"), columns={
        "truth": np.array([0, 1, 0, 1]), "probabilities": np.eye(2)[[0, 1, 1, 1]]})  # fmt: skip
    assert measures.value(one, "accuracy") == measures.value(one, "f1_micro")
    assert "f1_micro" not in measures.distinct(one, measures.of(one))
    assert measures.distinct(one, ["f1_micro", "accuracy", "auroc"]) == ("f1_micro", "auroc")
    assert measures.distinct(one, ["f1_micro"]) == ("f1_micro",)

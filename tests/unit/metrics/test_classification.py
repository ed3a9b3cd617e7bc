"""Scores against scikit-learn, closed forms and laws."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from xinzhi.metrics.classification import classification_scores, multilabel_scores, per_class


def example(classes, examples=200, seed=0, present=None):
    generator = torch.Generator().manual_seed(seed)
    targets = torch.randint(present or classes, (examples,), generator=generator)
    logits = torch.randn(examples, classes, generator=generator)
    logits[torch.arange(examples), targets] += 1
    return logits.softmax(dim=1), targets


@pytest.mark.parametrize(("classes", "present"), [(2, 2), (3, 3), (7, 7), (7, 4), (3, 1)])
def test_scores_are_those_of_sklearn(classes, present):
    probabilities, targets = example(classes, present=present)
    scores = classification_scores(probabilities, targets)
    predicted = probabilities.argmax(1).numpy()
    truth = targets.numpy()
    assert scores["accuracy"] == pytest.approx(sk.accuracy_score(truth, predicted))
    for average in ("micro", "macro", "weighted"):
        expected = sk.f1_score(truth, predicted, average=average, zero_division=0)
        assert scores[f"f1_{average}"] == pytest.approx(expected), average


def test_binary_ranking_is_of_the_positive_class():
    probabilities, targets = example(2)
    scores = classification_scores(probabilities, targets)
    positive, truth = probabilities[:, 1].numpy(), targets.numpy()
    assert scores["auroc"] == pytest.approx(sk.roc_auc_score(truth, positive), abs=1e-6)
    expected = sk.average_precision_score(truth, positive)
    assert scores["average_precision"] == pytest.approx(expected, abs=1e-6)


def test_ranking_averages_over_the_classes_of_the_targets():
    probabilities, targets = example(6, present=4)
    scores = classification_scores(probabilities, targets)
    onehot = np.eye(6)[targets.numpy()][:, :4]
    columns = probabilities.numpy()[:, :4]
    assert scores["auroc"] == pytest.approx(sk.roc_auc_score(onehot, columns), abs=1e-6)
    expected = sk.average_precision_score(onehot, columns)
    assert scores["average_precision"] == pytest.approx(expected, abs=1e-6)


def test_an_undefined_score_is_nan():
    probabilities, _ = example(2)
    scores = classification_scores(probabilities, torch.zeros(200, dtype=torch.long))
    assert np.isnan(scores["auroc"])
    assert np.isnan(scores["average_precision"])


def test_calibration_error_has_a_closed_form():
    # 10 answers of confidence .8, 6 of them right: |.8 - .6|; 10 of .6, all right: |.6 - 1|
    probabilities = torch.tensor([[0.8, 0.2]] * 10 + [[0.6, 0.4]] * 10)
    targets = torch.tensor([0] * 6 + [1] * 4 + [0] * 10)
    scores = classification_scores(probabilities, targets)
    assert scores["calibration_error"] == pytest.approx(0.5 * 0.2 + 0.5 * 0.4, abs=1e-6)


def test_per_class_is_the_report_of_sklearn():
    probabilities, targets = example(5, present=4)
    names = ["a", "b", "c", "d", "e"]
    expected = sk.precision_recall_fscore_support(
        targets, probabilities.argmax(1), labels=range(5), zero_division=0
    )
    rows = per_class(probabilities, targets, names)
    assert [row.name for row in rows] == names
    assert [row.support for row in rows] == list(expected[3])
    np.testing.assert_allclose([row[1:4] for row in rows], np.stack(expected[:3]).T, atol=1e-6)


def test_multilabel_scores_are_those_of_sklearn():
    generator = torch.Generator().manual_seed(3)
    probabilities = torch.rand(150, 4, generator=generator)
    targets = torch.rand(150, 4, generator=generator) < probabilities
    scores = multilabel_scores(probabilities, targets)
    truth, predicted = targets.numpy(), (probabilities > 0.5).numpy()
    for average in ("micro", "macro", "weighted"):
        expected = sk.f1_score(truth, predicted, average=average, zero_division=0)
        assert scores[f"f1_{average}"] == pytest.approx(expected)
    assert scores["accuracy"] == pytest.approx((truth == predicted).mean())
    assert scores["subset_accuracy"] == pytest.approx(sk.accuracy_score(truth, predicted))
    assert scores["auroc"] == pytest.approx(sk.roc_auc_score(truth, probabilities), abs=1e-6)
    expected = sk.average_precision_score(truth, probabilities)
    assert scores["average_precision"] == pytest.approx(expected, abs=1e-6)
    rows = per_class(probabilities, targets, list("abcd"))
    expected = sk.precision_recall_fscore_support(truth, predicted, zero_division=0)
    np.testing.assert_allclose([row[1:4] for row in rows], np.stack(expected[:3]).T, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), classes=st.integers(2, 5), examples=st.integers(2, 40))
def test_order_does_not_matter(seed, classes, examples):
    probabilities, targets = example(classes, examples, seed)
    order = torch.randperm(examples, generator=torch.Generator().manual_seed(seed))
    first = classification_scores(probabilities, targets)
    second = classification_scores(probabilities[order], targets[order])
    assert first == pytest.approx(second, abs=1e-5, nan_ok=True)
    assert all(np.isnan(value) or 0 <= value <= 1 + 1e-6 for value in first.values())


@pytest.mark.parametrize(
    ("probabilities", "targets", "message"),
    [
        (torch.tensor([[2.0, -1.0]]), torch.tensor([0]), "must lie in"),
        (torch.tensor([[0.5, 0.5]]), torch.tensor([2]), "targets must lie in 0…1"),
        (torch.tensor([[0.5, 0.5]]), torch.tensor([0, 1]), "targets must have shape"),
        (torch.zeros(0, 2), torch.zeros(0).long(), "must have shape"),
    ],
)
def test_what_does_not_fit_is_refused(probabilities, targets, message):
    with pytest.raises(ValueError, match=message):
        classification_scores(probabilities, targets)

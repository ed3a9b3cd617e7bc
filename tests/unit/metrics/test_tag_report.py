"""Tags place by place, against scikit-learn, with O and without."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from xinzhi.metrics.tag_report import tag_report

NAMES = ["O", "B-X", "I-X", "B-Y", "I-Y"]


@pytest.fixture(params=range(4))
def places(request):
    random = np.random.default_rng(request.param)
    return random.integers(0, 5, 400), random.integers(0, 4, 400)  # I-Y is never answered


@pytest.mark.parametrize("average", ["micro", "macro", "weighted"])
@pytest.mark.parametrize(("suffix", "labels"), [("", range(5)), (" without O", range(1, 5))])
def test_averages_are_those_of_sklearn(places, average, suffix, labels):
    gold, predicted = places
    given = tag_report(gold, predicted, NAMES).averages[average + suffix]
    expected = precision_recall_fscore_support(
        gold, predicted, labels=list(labels), average=average, zero_division=0
    )
    assert given == pytest.approx(expected[:3])


def test_rows_and_confusion_are_those_of_sklearn(places):
    gold, predicted = places
    report = tag_report(gold, predicted, NAMES)
    expected = precision_recall_fscore_support(gold, predicted, labels=range(5), zero_division=0)
    for row, *numbers in zip(report.rows, *expected, strict=True):
        assert list(row[1:5]) == pytest.approx(numbers)
    np.testing.assert_array_equal(report.confusion, confusion_matrix(gold, predicted))

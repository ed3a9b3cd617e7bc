"""The baseline is scikit-learn's own, on the same rows."""

import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

from xinzhi.errors import ConfigError
from xinzhi.tasks.image_classification.baseline import PixelClassifier


def test_the_kernel_machine_is_scikit_learns_example(digits, tmp_path):
    found = PixelClassifier(kind="svc", C=1.0, gamma=0.001).metrics(digits, cache_folder=tmp_path)
    data = load_digits()
    rest, test, labels, truth = train_test_split(
        data.data, data.target, test_size=0.2, stratify=data.target, random_state=0
    )
    rest, _, labels, _ = train_test_split(
        rest, labels, test_size=0.125, stratify=labels, random_state=0
    )
    expected = SVC(gamma=0.001).fit(rest, labels).score(test, truth)
    assert found["test/accuracy"] == pytest.approx(expected)
    again = PixelClassifier(kind="svc", C=1.0, gamma=0.001).metrics(digits, cache_folder=tmp_path)
    assert again == found  # its seconds too: it was not computed anew


@pytest.mark.parametrize("kind", ["logistic", "boosting"])
def test_other_kinds_learn_too(digits, tmp_path, kind):
    model = PixelClassifier(kind=kind, max_rows=150)
    assert model.metrics(digits, cache_folder=tmp_path)["test/accuracy"] > 0.6


def test_an_unknown_kind_is_refused():
    with pytest.raises(ConfigError, match="svc, boosting or logistic"):
        PixelClassifier(kind="forest")

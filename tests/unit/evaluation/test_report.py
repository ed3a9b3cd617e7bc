"""Tables say what was computed, against scikit-learn's report."""

import numpy as np
import torch
from sklearn.metrics import classification_report

from xinzhi.evaluation.report import class_table, comparison_table
from xinzhi.metrics.classification import ClassRow, per_class


def numbers(line):
    return [float(word.replace(",", "")) for word in line.split()[-4:]]


def test_the_table_is_the_report_of_sklearn():
    generator = torch.Generator().manual_seed(0)
    targets = torch.randint(3, (300,), generator=generator)
    probabilities = torch.rand(300, 3, generator=generator).softmax(1)
    lines = class_table(per_class(probabilities, targets, ["a", "[b]", "物流 配送"])).splitlines()
    expected = classification_report(
        targets, probabilities.argmax(1), target_names=["a", "[b]", "物流 配送"], output_dict=True
    )
    by_name = {"a": "a ", "[b]": "[b] ", "物流 配送": "物流 配送 "}
    for name, start in by_name.items() | {("macro avg", "macro "), ("weighted avg", "weighted ")}:
        line = next(line for line in lines if line.startswith(start))
        np.testing.assert_allclose(numbers(line), list(expected[name].values()), atol=5e-5)


def test_a_class_never_seen_does_not_lower_the_mean():
    rows = [ClassRow("seen", 1.0, 1.0, 1.0, 4, 4), ClassRow("never", 0.0, 0.0, 0.0, 0, 0)]
    macro = next(line for line in class_table(rows).splitlines() if line.startswith("macro"))
    assert numbers(macro) == [1, 1, 1, 4]
    rows[1] = rows[1]._replace(predicted=1)
    macro = next(line for line in class_table(rows).splitlines() if line.startswith("macro"))
    assert numbers(macro) == [0.5, 0.5, 0.5, 4]


def test_comparison_shows_differences_and_dashes():
    text = comparison_table(
        {"test/accuracy": 0.9, "test/loss": 0.2, "val/accuracy": 0.5}, {"test/accuracy": 0.85}
    )
    accuracy, loss = text.splitlines()[-2:]
    assert accuracy.split() == ["accuracy", "0.9000", "0.8500", "+0.0500"]
    assert loss.split() == ["loss", "0.2000", "-", "-"]
    assert "val" not in text

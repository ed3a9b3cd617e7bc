"""Models of one's own, judged by what they answer."""

from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest

from xinzhi.deployment.judging import answered
from xinzhi.errors import DataError
from xinzhi.evaluation import measures

ROWS = pa.table({"size": [1.0, 2.0, 3.0], "label_": ["x", "y", "z"],
                 "label": ["small", "large", "huge"], "row": [11, 12, 13]})  # fmt: skip


def frozen(table):
    manifest = {"renamed": {"label_": "label"}}
    return SimpleNamespace(table=lambda _: table, counts={"test": len(table), "val": 0},
                           manifest=manifest, multilabel=False, name="boxes")  # fmt: skip


def model(answers):
    """Answers with columns, from a source's records."""

    def predict(records):
        assert list(records.columns) == ["size", "label"]
        return pd.DataFrame(answers(records["size"].to_numpy()))

    return SimpleNamespace(predict=predict, columns=("size",), classes=())


def test_probabilities_of_classes():
    sure = model(lambda size: {"p:small": 1.0 * (size < 2), "p:large": 1.0 * (size >= 2)})
    found = answered(sure, frozen(ROWS), "test", config={})
    assert found.kind == "classes"
    assert found.classes == ("small", "large")
    assert found.columns["truth"].tolist() == [0, 1, -1]  # huge is a label that it never saw
    assert measures.value(found, "accuracy") == 1.0


def test_predictions_of_numbers():
    numbers = ROWS.set_column(2, "label", pa.array([1.0, 2.0, 5.0]))
    found = answered(model(lambda size: {"prediction": size}), frozen(numbers), "test", config={})
    assert found.kind == "numbers"
    assert measures.value(found, "mae") == pytest.approx(2 / 3)
    words = model(lambda size: {"prediction": size})
    with pytest.raises(DataError, match="must be a number, the first is 'small'"):
        answered(words, frozen(ROWS), "test", config={})


def test_what_cannot_be_judged_says_so():
    def refused(answers, table, split="test"):
        with pytest.raises(DataError) as error:
            answered(model(answers), frozen(table), split, config={})
        return str(error.value)

    assert "outcomes(snapshot, split)" in refused(lambda size: {"y": size}, ROWS)
    assert "must have a label" in refused(lambda size: {"p:a": size}, ROWS.drop_columns("label"))
    assert "none of them does" in refused(lambda size: {"p:a": size, "p:b": 1 - size}, ROWS)
    assert "there must be val rows" in refused(lambda size: {"p:a": size}, ROWS, "val")


def test_what_an_earlier_version_did_not_write_down_comes_from_the_config():
    seen = {}

    def outcomes(_snapshot, _split):
        seen.update(inference.settings)
        return SimpleNamespace(kind="numbers")

    inference = SimpleNamespace(settings={"loss": "absolute"}, outcomes=outcomes)
    config = {"task": {"cost": {"false_positive": 1}, "loss": "squared"}, "datamodule": {}}
    answered(inference, frozen(ROWS), "test", config=config)
    assert seen == {"loss": "absolute", "cost": {"false_positive": 1}}

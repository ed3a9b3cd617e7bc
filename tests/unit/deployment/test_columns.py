"""A model that remembers the columns of its training finds them in a file."""

import pandas as pd
import pytest

from xinzhi.deployment.bundle import open_bundle
from xinzhi.deployment.flavor import input_example, signature
from xinzhi.deployment.predict import predict_file
from xinzhi.errors import DataError


@pytest.fixture
def inference(bundle):
    found = open_bundle(bundle)
    found.sources = {"text": ("subject", "body")}
    return found


@pytest.fixture
def answered(inference, tmp_path):
    def answered(table, **words):
        source, output = tmp_path / "in.csv", tmp_path / "out.csv"
        pd.DataFrame(table).to_csv(source, index=False)
        predict_file(inference, source, output, version="v", **words)
        return pd.read_csv(output)["label"].tolist()

    return answered


def test_the_columns_of_the_training_are_joined_again(answered):
    assert answered({"subject": ["good", "bad"], "body": ["x", None]}) == ["positive", "negative"]
    assert answered({"subject": ["bad"], "body": ["good good"], "text": ["bad"]}) == ["positive"]


def test_a_file_with_the_plain_column_is_answered_too(answered):
    assert answered({"id": [1], "text": ["good"]}) == ["positive"]


def test_a_person_may_name_others(answered):
    table = {"subject": ["bad"], "body": ["bad"], "note": ["good"]}
    assert answered(table, columns={"text": ["note"]}) == ["positive"]


def test_half_of_the_columns_is_refused_with_those_there_are(answered):
    with pytest.raises(DataError, match="a column 'body'; its columns: subject, text") as caught:
        answered({"subject": ["good"], "text": ["bad"]})
    assert "text=COLUMN" in str(caught.value)


def test_mlflow_takes_either_form_of_several_columns(inference):
    inference.predict = lambda frame: pd.DataFrame({"label": ["x"] * len(frame)})
    assert list(input_example(inference).columns) == ["subject", "body"]
    columns = signature(inference).inputs.to_dict()
    assert [(one["name"], one["required"]) for one in columns] == [
        ("subject", False), ("body", False), ("text", False),
    ]  # fmt: skip

"""MLflow serves a bundle through the one code file, with pickle forbidden."""

import pandas as pd
import pytest

from xinzhi.deployment.bundle import open_bundle
from xinzhi.deployment.flavor import input_example, pyfunc_path, signature
from xinzhi.errors import DataError


@pytest.fixture
def served(bundle, tmp_path, monkeypatch):
    import mlflow

    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    inference = open_bundle(bundle)
    mlflow.pyfunc.save_model(
        tmp_path / "model",
        python_model=str(pyfunc_path()),
        artifacts={"bundle": str(bundle)},
        signature=signature(inference),
        input_example=input_example(inference),
        pip_requirements=["xinzhi"],
    )
    return mlflow.pyfunc.load_model(str(tmp_path / "model"))


def test_texts_and_frames_are_answered_alike(served):
    texts = ["good good", "bad", "good bad"]
    answers = served.predict(texts)
    assert list(answers.columns) == ["label", "probability", "p:negative", "p:positive"]
    assert answers["label"].tolist() == ["positive", "negative", "negative"]
    assert answers["p:positive"][2] == pytest.approx(0.5)
    frame = pd.DataFrame({"text": texts, "other": [1, 2, 3]})
    pd.testing.assert_frame_equal(served.predict(frame), answers)


def test_the_signature_names_inputs_and_outputs(served):
    assert served.metadata.get_input_schema().to_dict() == [{"type": "string", "required": True}]
    outputs = served.metadata.get_output_schema().to_dict()
    assert [(column["name"], column["type"]) for column in outputs][:2] == [
        ("label", "string"),
        ("probability", "float"),
    ]


def test_another_first_column_is_refused_and_not_read(served):
    with pytest.raises(DataError, match="the first column must be 'text', was 'other'"):
        served.predict(pd.DataFrame({"other": ["x"], "text": ["good"]}))


def test_two_input_columns_are_named_in_the_signature():
    class Pair:
        columns = ("subject", "body")

        def predict(self, records):
            return pd.DataFrame({"label": records["subject"], "probability": 1.0})

    named = signature(Pair()).inputs.to_dict()
    assert [column["name"] for column in named] == ["subject", "body"]

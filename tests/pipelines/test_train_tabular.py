"""Tables of a person's own, to classes and to quantities, and what their models answer."""

from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import torch
from conftest import on_two_ranks
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

import xinzhi
from xinzhi.deployment.answers import Asked, answer
from xinzhi.deployment.predict import predict_file
from xinzhi.errors import DataError
from xinzhi.tracking.store import open_store

SMALL = ("model.members=2", "model.hidden=8", "model.bins=4", "model.embedding=2")
QUICK = ("trainer=cpu", "trainer.precision=32-true", "tracking.system_metrics=false")


def odd(table):
    """Adds what tables of one's own have: words, gaps, an id, a constant, a column named label."""
    random = np.random.default_rng(0)
    table["ward"] = random.choice(["north", "south", "Süd"], len(table))
    table["label"] = random.normal(size=len(table)).round(3)
    table["seen on"] = pd.date_range("2024-01-01", periods=len(table)).astype(str)
    table["id"] = range(1000, 1000 + len(table))
    table["unit"] = "mm"
    table.loc[random.random(len(table)) < 0.2, table.columns[0]] = None
    return table


@pytest.fixture(scope="session")
def tumours(tmp_path_factory):
    data = load_breast_cancer(as_frame=True)
    table = odd(data.data.iloc[:240, :4].copy())
    table["diagnosis"] = data.target[:240].map({0: "malignant", 1: "benign"})
    path = tmp_path_factory.mktemp("tumours") / "tumours.csv"
    table.to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def progress(tmp_path_factory):
    data = load_diabetes(as_frame=True)
    table = odd(data.data.iloc[:, :4].copy())
    table["progression"] = data.target
    path = tmp_path_factory.mktemp("progress") / "progress.csv"
    table.to_csv(path, index=False)
    return path


@pytest.fixture
def classes(tumours):
    return ("experiment=tabular_classification", "name=tumours", f"data.train={tumours}",
            "data.label=diagnosis", "data.ignore=[id]", "trainer.max_epochs=12",
            "optimizer.lr=1e-2", *SMALL, *QUICK)  # fmt: skip


@pytest.fixture
def quantities(progress):
    return ("experiment=tabular_regression", "name=progress", f"data.train={progress}",
            "data.label=progression", "data.ignore=[id]", "trainer.max_epochs=12",
            "optimizer.lr=1e-2", *SMALL, *QUICK)  # fmt: skip


def test_a_table_to_classes(train, classes, tumours):
    costs = ("task.cost={false_positive: 1, false_negative: 5}", "task.positive=malignant",
             "task.class_weights=balanced", "task.focal=1.0")  # fmt: skip
    trained = train(*costs, command=classes)
    assert trained.code == 0, trained.err
    assert "left out: unit: the same in every row: mm" in trained.err
    metrics, baseline = trained.metrics, trained.baseline
    assert metrics["test/auroc"] > 0.9
    assert set(metrics) >= {f"test/{name}" for name in
        ("average_precision", "ks", "brier", "f1", "f1_macro", "accuracy", "cost")}  # fmt: skip
    assert {n for n in metrics if n.startswith("test/")} == set(baseline) - {"seconds"}
    folder = Path(open_store().client.get_run(trained.run_id).info.artifact_uri)
    drawn = {path.stem for path in (folder / "figures").glob("*.png")}
    assert drawn >= {"roc", "ks", "threshold_cost", "importance", "precision_recall", "reliability"}
    assert "decided for 'malignant'" in (folder / "report.txt").read_text()
    _classes_are_answered(tumours)


def _classes_are_answered(tumours):
    model = xinzhi.load("tumours/1")
    table = pd.read_csv(tumours)
    answers = model.predict(table)
    assert len(answers) == len(table)
    assert (answers["label"] == table["diagnosis"]).mean() > 0.8
    np.testing.assert_allclose(answers[["p:benign", "p:malignant"]].sum(axis=1), 1)
    assert set(answers["decision"]) == {"benign", "malignant"}
    # a threshold chosen where missing one costs five times as much decides for it more often
    assert (answers["decision"] == "malignant").mean() >= (answers["label"] == "malignant").mean()
    strings = model.predict(pd.read_csv(tumours, dtype=str))
    pd.testing.assert_frame_equal(strings, answers)
    strange = table.head(3).assign(ward=["west", None, "north"], label=["7.5", None, "much"])
    assert np.isfinite(model.predict(strange)["probability"]).all()
    strange.to_csv(tumours.with_name("strange.csv"), index=False)
    done = predict_file(
        model, tumours.with_name("strange.csv"), tumours.with_name("told.csv"), version="tumours/1"
    )
    assert set(done.notes) == {
        "ward: an unknown category in 2 of 3 rows",
        "label: no finite number, taken as missing, in 1 of 3 rows",
    }
    assert "note: ward: an unknown category in 2 of 3 rows" in done.table()
    asked = Asked(texts=(), record=dict(strange.iloc[0]), source=None, output=None,
                  form="labels", chunk_rows=1)  # fmt: skip
    assert answer(model, asked, version="tumours/1").notes == ["ward: an unknown category"]
    with pytest.raises(DataError, match="'mean radius'") as missing:
        model.predict(table.rename(columns={"mean radius": "mean radios"}))
    assert "mean radios" in str(missing.value.candidates)
    with open_store().as_global():
        served = mlflow.pyfunc.load_model("models:/tumours/1")
        # whole numbers where training had fractions
        rounded = table.assign(label=table["label"].round().astype(int))
        pd.testing.assert_frame_equal(served.predict(rounded), model.predict(rounded))


def test_a_table_to_quantities(train, quantities, progress):
    trained = train(command=quantities)
    assert trained.code == 0, trained.err
    metrics, baseline = trained.metrics, trained.baseline
    assert 0.75 <= metrics["test/coverage_90"] <= 1
    assert metrics["test/r2"] > 0.2
    assert {n for n in metrics if n.startswith("test/")} - {"test/loss"} == set(baseline) - {
        "seconds"
    }
    folder = Path(open_store().client.get_run(trained.run_id).info.artifact_uri)
    drawn = {path.stem for path in (folder / "figures").glob("*.png")}
    assert drawn >= {"predicted_true", "residuals", "interval_coverage", "importance"}
    model, table = xinzhi.load("progress/1"), pd.read_csv(progress)
    answers = model.predict(table)
    assert list(answers) == ["prediction", "lower", "upper"]
    assert (answers["lower"] <= answers["prediction"].clip(answers["lower"])).all()
    held = table["progression"].between(answers["lower"], answers["upper"]).mean()
    assert 0.8 <= held <= 1
    pd.testing.assert_frame_equal(model.predict(pd.read_csv(progress, dtype=str)), answers)


def test_three_classes_and_the_logistic_layer(train, tmp_path):
    data = load_wine(as_frame=True)
    table = data.data.assign(kind=data.target.map({0: "a", 1: "b", 2: "c"}))
    table.to_csv(tmp_path / "wine.csv", index=False)
    words = ("experiment=tabular_classification", "name=wine", "model=logistic", "data.label=kind",
             f"data.train={tmp_path / 'wine.csv'}", "optimizer.lr=0.1", "trainer.max_epochs=12",
             "baseline=null", "task.calibration=isotonic", *QUICK)  # fmt: skip
    trained = train(command=words)
    assert trained.code == 0, trained.err
    assert trained.metrics["test/accuracy"] > 0.9
    assert 0 <= trained.metrics["test/brier"] < 0.1
    answers = xinzhi.load("wine/1").predict(table)
    assert "decision" not in answers
    assert (answers["label"] == table["kind"]).mean() > 0.9


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("task.positive=malignent", "malignant"),
        ("task.cost={false_positive: 1}", "false_negative"),
        ("datamodule.batch_size=0", "batch_size"),
        ("+datamodule.columns.ward=categoricle", "categorical"),
        ("experiment=tabular_regression", "number"),
        ("data.label=label|data.label_as=number|data.features=[ward]", "must be class"),
    ],
)
def test_bad_input_is_answered(train, classes, override, said):
    trained = train(*override.split("|"), command=classes)
    assert trained.code != 0
    assert said in trained.err
    assert "Traceback" not in trained.err


def weights(run_id):
    folder = Path(open_store().client.get_run(run_id).info.artifact_uri) / "checkpoints"
    return torch.load(folder / "last.ckpt", weights_only=True)["state_dict"]


WHOLE = ("optimizer=sgd", "model.dropout=0.0", "trainer.max_epochs=2", "baseline=null")


@pytest.mark.parametrize("kind", ["classes", "quantities"])
def test_two_ranks_in_bf16_are_one_fit(train, kind, request):
    command = request.getfixturevalue(kind)
    one = train(*WHOLE, "datamodule.batch_size=1000", command=command)
    two = on_two_ranks(*command, *WHOLE, "datamodule.batch_size=200")
    for name, value in weights(one.run_id).items():
        torch.testing.assert_close(value, weights(two["run_id"])[name], rtol=1e-4, atol=1e-6)
    assert two["metrics"]["test/loss"] == pytest.approx(one.metrics["test/loss"], abs=1e-5)
    half = train(*WHOLE, "trainer.precision=bf16-mixed", "datamodule.batch_size=1000",
                 command=command)  # fmt: skip
    assert half.metrics["test/loss"] == pytest.approx(one.metrics["test/loss"], rel=0.03)

"""One training of a person's own CSV, and everything that it leaves behind."""

import json
import os
from contextlib import redirect_stdout
from pathlib import Path

import pandas as pd
import pytest
from safetensors.numpy import load_file

from xinzhi.config.entry import start
from xinzhi.metrics.scalars import shortest
from xinzhi.tracking.store import open_store

TEXTS = ["works like a charm", "房间很脏，服务太差"]


@pytest.fixture(scope="module")
def project(tmp_path_factory, place_store, warm_cache, tiny):
    """A project in which one model was trained, and the JSON that the command printed."""
    folder = tmp_path_factory.mktemp("project")
    place_store(folder)
    once = [one for one in tiny if not one.startswith(("trainer.max_epochs=", "tracking."))]
    words = [*once, "trainer.max_epochs=2", "callbacks.curves.every_n_steps=2", "tags=[first]"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XINZHI_CACHE", str(warm_cache))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        printed = _printed(folder, [*words, "tracking.system_metrics=true", "report=json"])
    return folder, printed


def _printed(folder, words):
    """What the command writes to the file descriptor of standard output."""
    path, before = folder / "stdout.txt", os.dup(1)
    with path.open("wb") as file, os.fdopen(1, "w", closefd=False) as out, redirect_stdout(out):
        os.dup2(file.fileno(), 1)
        try:
            assert start("train", words) == 0
        finally:
            os.dup2(before, 1)
            os.close(before)
    return path.read_text("utf-8")


@pytest.fixture
def told(project, monkeypatch):
    monkeypatch.chdir(project[0])
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return json.loads(project[1])


@pytest.fixture
def client(told):  # noqa: ARG001 - the current folder becomes the project
    return open_store().client


@pytest.fixture
def run(client, told):
    return client.get_run(told["run_id"])


def test_exactly_one_json_object_with_the_stable_fields(project, told):
    assert project[1].count("\n") == 1
    stable = ("run_id", "run_name", "model_name", "model_version", "metrics", "data_digest")
    assert {*stable, "wall_s"} <= set(told)
    assert (told["model_name"], told["model_version"]) == ("tiny", 1)
    assert 0 <= told["metrics"]["test/accuracy"] <= 1
    assert told["wall_s"] > 0


def test_the_run_is_finished_and_says_what_was_asked(run, told):
    assert run.info.status == "FINISHED"
    assert run.data.params["model.embedding"] == "8"
    assert run.data.params["seed"] == "1"
    assert run.data.params["data.label"] == "label"
    assert run.data.tags["task"] == "text_classification"
    assert run.data.tags["first"] == "true"
    assert run.info.run_name == told["run_name"]
    assert run.info.run_name.startswith("textcnn embedding=8 ")
    note = run.data.tags["mlflow.note.content"]
    assert "train experiment=text_classification" in note
    assert "on the test rows" in note
    assert f"predict {run.info.run_id[:8]}" in note


def test_metrics_are_those_that_were_printed(run, told):
    for name, value in told["metrics"].items():
        if value is not None:  # JSON knows no NaN
            assert run.data.metrics[name] == value
    accuracies = [told["metrics"]["val/accuracy"], told["metrics"]["test/accuracy"]]
    for accuracy in [*accuracies, told["baseline"]["test/accuracy"]]:
        assert accuracy == round(accuracy, 3)  # of 20 or 40 rows, and no single precision
    assert all(value == shortest(value) for value in told["metrics"].values() if value is not None)
    assert run.data.metrics["test_baseline/accuracy"] == told["baseline"]["test/accuracy"]


def test_learning_curves_have_steps_and_epochs(client, told):
    def history(name):
        return [(p.step, p.value) for p in client.get_metric_history(told["run_id"], name)]

    losses, epochs = history("train/loss"), history("epoch")
    steps = [step for step, _ in losses]
    assert steps == sorted(set(steps))
    assert len(steps) >= 4
    assert {step for step, _ in history("train/lr")} == set(steps)
    assert {1.0, 2.0} <= {value for _, value in epochs}
    assert history("train/examples_per_second")[0][1] > 0
    assert len({step for step, _ in history("val/f1_macro")}) >= 2  # once an epoch


def test_artifacts_tell_the_story(run):
    folder = Path(run.info.artifact_uri)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    expected = {"config.yaml", "data.txt", "data.html", "report.txt", "console.log",
                "environment/packages.txt", "environment/machine.json",
                "checkpoints/best.ckpt", "checkpoints/last.ckpt",
                "figures/learning_curves.png"}  # fmt: skip
    assert expected <= there
    for figure in ("confusion", "precision_recall", "reliability"):
        assert any(figure in path for path in there), sorted(there)
    assert "negative" in (folder / "report.txt").read_text()
    assert "140, val 20, test 40" in (folder / "data.txt").read_text()
    assert "val/f1_macro" in (folder / "console.log").read_text()


def test_finished_runs_keep_weights_and_not_the_optimiser(run):
    import torch

    folder = Path(run.info.artifact_uri) / "checkpoints"
    for name in ("best", "last"):
        kept = torch.load(folder / f"{name}.ckpt", weights_only=True)
        assert kept["state_dict"]
        assert not kept.get("optimizer_states")


def test_from_run_to_model_to_version_to_data_set(client, run, told):
    (output,) = run.outputs.model_outputs
    model = client.get_logged_model(output.model_id)
    assert model.source_run_id == told["run_id"]
    version = client.get_model_version_by_alias("tiny", "challenger")
    assert (int(version.version), version.run_id) == (1, told["run_id"])
    assert version.source.endswith(model.model_id)
    (data,) = run.inputs.dataset_inputs
    assert data.dataset.digest == told["data_digest"]
    assert "reviews.csv" in data.dataset.source
    measured = {m.key: m for m in model.metrics}
    assert measured["test/accuracy"].value == told["metrics"]["test/accuracy"]
    assert measured["test/accuracy"].dataset_digest == told["data_digest"]


def test_mlflow_answers_raw_text_with_pickle_forbidden(told, monkeypatch):
    import mlflow

    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    with open_store().as_global():
        model = mlflow.pyfunc.load_model(f"models:/tiny/{told['model_version']}")
        answers = model.predict(TEXTS)
        table = model.predict(pd.DataFrame({"text": TEXTS}))
    assert set(answers["label"]) <= {"negative", "positive"}
    assert answers[["p:negative", "p:positive"]].sum(axis=1).tolist() == pytest.approx([1, 1])
    pd.testing.assert_frame_equal(answers, table)


def test_the_model_is_safetensors_and_json_and_no_pickle(client, run):
    (output,) = run.outputs.model_outputs
    folder = Path(client.get_logged_model(output.model_id).artifact_location)
    there = {path.name for path in folder.rglob("*") if path.is_file()}
    assert {"bundle.json", "model.safetensors", "tokenizer.json", "MLmodel"} <= there
    assert not {name for name in there if name.endswith((".pkl", ".pt", ".pth", ".ckpt", ".bin"))}
    weights = load_file(next(folder.rglob("model.safetensors")))
    assert weights["embedding.weight"].shape[1] == 8


@pytest.mark.parametrize("reference", ["tiny", "tiny/1", "tiny@challenger", "last"])
def test_predict_answers_a_sentence(told, capfd, reference):
    assert start("predict", [reference, f"text={TEXTS[0]}", "report=json"]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert answer["answers"][0]["label"] in {"negative", "positive"}
    assert answer["version"].startswith((f"tiny/{told['model_version']}", told["run_id"][:8]))


def test_another_model_is_the_next_version(train):
    assert train().model_version == 1
    assert train("model=ngrams", "model.buckets=50", command=_without_cnn(train)).model_version == 2


def _without_cnn(train):
    return [word for word in train.tiny if not word.startswith("model")]

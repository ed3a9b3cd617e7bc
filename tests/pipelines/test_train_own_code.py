"""One's own LightningModule and LightningDataModule, in one's own folder, without a fork."""

import json
import shutil
import sys
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from xinzhi.config.entry import start
from xinzhi.tracking.store import open_store

ACME = Path(__file__).parents[1] / "fixtures" / "own" / "acme.py"
EXPERIMENT = """
# @package _global_
# y = 2x + 1
objective: val/loss
mode: min
datamodule:
  _target_: acme.Points
  rows: 32
task:
  _target_: acme.CLASS
  lr: 0.3
"""
QUICK = ("trainer=cpu", "trainer.precision=32-true", "tracking.system_metrics=false")
TRAIN = (*QUICK, "trainer.max_epochs=20")


@pytest.fixture
def own(store_folder, monkeypatch, train):
    """Trains a class of acme.py, which stands in the user's folder."""
    project = store_folder.parent
    shutil.copy(ACME, project)
    (project / "xinzhi.yaml").write_text("allow: [acme]")
    (project / "conf" / "experiment").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(project))

    def own(name, *overrides):
        file = project / "conf" / "experiment" / "line.yaml"
        file.write_text(EXPERIMENT.replace("CLASS", name))
        return train("experiment=line", *TRAIN, *overrides, command=())

    sys.modules.pop("acme", None)  # that of another test's folder
    yield own
    sys.modules.pop("acme", None)


def test_what_cannot_be_bundled_is_tracked_and_becomes_no_version(own):
    done = own("Line")
    assert done.code == 0, done.err
    assert done.metrics["val/loss"] < 0.01
    assert (done.model_name, done.model_version, done.data_digest) == ("line", None, None)
    client = open_store().client
    run = client.get_run(done.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["task.lr"] == "0.3"
    assert run.data.tags["task"] == "acme.Line"
    assert done.unregistered == "the task has no bundle()"
    assert "predict" not in run.data.tags["mlflow.note.content"]
    curve = client.get_metric_history(done.run_id, "train/loss")
    assert curve[-1].value < curve[0].value
    assert (Path(run.info.artifact_uri) / "checkpoints" / "best.ckpt").is_file()
    assert not client.search_registered_models()


def test_with_a_bundle_it_is_registered_and_answers(own, capfd, tmp_path):
    done = own("ServedLine")
    assert done.code == 0, done.err
    assert done.model_version == 1
    pd.DataFrame({"x": [0.0, 3.0]}).to_csv(tmp_path / "in.csv", index=False)
    code = start("predict", ["line@challenger", "input=in.csv", "output=out.csv"])
    assert code == 0, capfd.readouterr().err
    answers = pd.read_csv(tmp_path / "out.csv")
    assert answers["y"].tolist() == pytest.approx([1.0, 7.0], abs=0.1)
    assert source_files_of(done.run_id) >= {"acme.py"}
    with open_store().as_global():
        served = mlflow.pyfunc.load_model("models:/line/1").predict(pd.DataFrame({"x": [1.0]}))
    assert served["y"].tolist() == pytest.approx([3.0], abs=0.1)


def source_files_of(run_id):
    client = open_store().client
    (output,) = client.get_run(run_id).outputs.model_outputs
    folder = Path(client.get_logged_model(output.model_id).artifact_location)
    return {path.name for path in folder.rglob("*.py")}


def test_nothing_of_it_runs_where_it_is_not_admitted(own, tmp_path):
    (tmp_path / "xinzhi.yaml").write_text("allow: []")
    failed = own("Line")
    assert failed.code == 2
    assert "allow: [acme]" in failed.err
    assert "Traceback" not in failed.err
    assert not open_store().client.search_runs(["0", "1"])


def test_a_failing_job_is_told_at_once_and_the_best_of_the_others_is_registered(own, capfd):
    own("ServedLine", "trainer.max_epochs=1")  # writes the experiment, makes version 1
    words = ["-m", "experiment=line", *QUICK, "trainer.max_epochs=1", "datamodule.rows=8,0,16"]
    capfd.readouterr()
    assert start("train", [*words, "sweep.workers.count=0"]) == 1
    out, err = capfd.readouterr()
    assert "2 finished, 1 failed" in out
    assert "alone: " in out
    assert "rows=0" in out
    assert "sweep retry-failed" in out
    assert "Traceback" not in err
    client = open_store().client
    assert {int(v.version) for v in client.search_model_versions("name='line'")} == {1, 2}
    statuses = [run.info.status for run in client.search_runs(["1"])]
    # the single run, three jobs, the run over them, the one that tested and registered
    assert sorted(statuses) == ["FAILED", "FAILED", *["FINISHED"] * 4]


def test_a_sweep_as_json_is_one_object_and_the_same_command_runs_nothing_again(own, capfd):
    own("Line", "trainer.max_epochs=1")
    capfd.readouterr()
    words = ["-m", "experiment=line", *QUICK, "trainer.max_epochs=1", "seed=1,2", "report=json",
             "sweep.workers.count=0"]  # fmt: skip
    assert start("train", words) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["phase"], told["counts"]) == ("ended", {"finished": 2})
    assert set(told["values"]) == {"val/loss"}
    runs = len(open_store().client.search_runs(["1"]))
    assert start("train", words) == 0
    again = json.loads(capfd.readouterr().out)
    assert {**again, "wall_s": 0} == {**told, "wall_s": 0}
    assert len(open_store().client.search_runs(["1"])) == runs

import json
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from lightning.pytorch.utilities.exceptions import SIGTERMException

from xinzhi.errors import StoreError
from xinzhi.tracking import ending, recovery
from xinzhi.tracking.run import start_run

REVIEWS = SimpleNamespace(name="reviews", digest="5f1d" * 9)


def begin(store, **changes):
    settings = {
        "experiment": "demo",
        "run_name": "cnn s1 7f3a",
        "config_yaml": "key: ${oc.env:KEY}\n",
        "params": {"model.layers[0]": "64", "lr": "0.1"},
        "tags": {"task": "text_classification"},
        "system_metrics": False,
        "every_n_seconds": 3600,
    }
    return start_run(store, **(settings | changes))


def status(store, run):
    return store.client.get_run(run.run_id).info.status


def test_metrics_are_all_there_with_their_steps(store):
    with begin(store) as run:
        for step in range(250):
            run.metrics({"loss": 1 / (step + 1), "val/f1 宏": step / 250}, step=step)
    for name, expected in (("loss", lambda n: 1 / (n + 1)), ("val/f1 宏", lambda n: n / 250)):
        history = store.client.get_metric_history(run.run_id, name)
        assert {point.step: point.value for point in history} == {
            step: expected(step) for step in range(250)
        }


@pytest.mark.parametrize(
    ("error", "expected", "raised"),
    [
        (None, "FINISHED", None),
        (ValueError("wrong"), "FAILED", ValueError),
        (KeyboardInterrupt(), "KILLED", KeyboardInterrupt),
        (SystemExit(143), "KILLED", SystemExit),
        (SIGTERMException(), "KILLED", SystemExit),
        (SystemExit(0), "FINISHED", SystemExit),
        (SystemExit(3), "FAILED", SystemExit),
    ],
)
def test_the_status_is_the_true_one(store, error, expected, raised):
    def work():
        with begin(store) as run:
            runs.append(run)
            if error is not None:
                raise error

    runs = []
    if raised is None:
        work()
    else:
        with pytest.raises(raised) as caught:
            work()
        if isinstance(error, SIGTERMException):
            assert caught.value.code == 143
    assert status(store, runs[0]) == expected
    assert store.client.get_run(runs[0].run_id).info.end_time


def test_ctrl_c_that_lightning_turned_into_an_exit_is_a_ctrl_c_again(store):
    def fit():
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            sys.exit(1)  # as lightning.pytorch.trainer.call does

    with pytest.raises(KeyboardInterrupt), begin(store) as run:
        fit()
    assert status(store, run) == "KILLED"


def test_sigterm_ends_the_run_as_killed(store):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as caught, begin(store) as run:
        signal.raise_signal(signal.SIGTERM)
    assert caught.value.code == 143
    assert status(store, run) == "KILLED"
    assert signal.getsignal(signal.SIGTERM) == before


def test_the_failure_can_be_read_in_the_run(store, capsys):
    def divide():
        print("before it failed")  # noqa: T201
        return 1 / 0

    with pytest.raises(ZeroDivisionError), begin(store) as run:
        divide()
    kept = store.client.get_run(run.run_id)
    assert kept.data.tags["error"] == "ZeroDivisionError: division by zero"
    log = (Path(kept.info.artifact_uri) / "console.log").read_text()
    assert "before it failed" in log
    assert "Traceback" in log
    assert "before it failed" in capsys.readouterr().out  # and the console showed it too


def git(*words):
    command = ["git", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603


def test_a_run_says_what_it_was_asked_and_what_it_ran_on(store):
    git("init", "-q", ".")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first", "--allow-empty")
    Path("new_model.py").write_text("layers = 3\n")
    long = "x" * 9000
    with begin(store, params={"long": long, "layers[0]": "64"}, description="what for") as run:
        run.text("postgresql://ana:s3cret@db/x", "note.txt")
    kept = store.client.get_run(run.run_id)
    files = Path(kept.info.artifact_uri)
    assert kept.data.tags["mlflow.source.git.commit"] == git("rev-parse", "HEAD").strip()
    assert kept.data.tags["dirty"] == "true"
    assert "+layers = 3" in (files / "environment/changes.diff").read_text()
    assert json.loads((files / "params.json").read_text())["long"] == long
    assert kept.data.params["long"].startswith("xxx")
    assert (files / "config.yaml").read_text() == "key: ${oc.env:KEY}\n"
    assert "mlflow==3.17.2" in (files / "environment/packages.txt").read_text()
    assert json.loads((files / "environment/machine.json").read_text())["threads"] >= 1
    assert (files / "note.txt").read_text() == "postgresql://ana:***@db/x"
    assert kept.data.tags["mlflow.note.content"] == "what for"


def test_system_metrics_are_sampled_even_in_a_short_run(store):
    with begin(store, system_metrics=True) as run:
        pass
    kept = store.client.get_run(run.run_id).data.metrics
    assert 0 < kept["system/system_memory_usage_percentage"] <= 100


def test_what_was_read_is_a_dataset_input_under_our_digest(store):
    with begin(store) as run:
        run.dataset(REVIEWS, source="https://me:pw123456@host/a.csv", context="train",
                    profile={"train": 5}, columns=["text", "label"])  # fmt: skip
    (entry,) = store.client.get_run(run.run_id).inputs.dataset_inputs
    assert (entry.dataset.name, entry.dataset.digest) == ("reviews", REVIEWS.digest)
    assert json.loads(entry.dataset.source) == {"uri": "https://me:***@host/a.csv"}
    assert [(tag.key, tag.value) for tag in entry.tags] == [("mlflow.data.context", "train")]


def away(monkeypatch, run, *names):
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE

    def refuse(*_, **__):
        raise MlflowException("connection refused", TEMPORARILY_UNAVAILABLE)

    for name in names:
        monkeypatch.setattr(run.client, name, refuse)


def test_a_store_that_is_away_at_the_end_gets_everything_later(store, monkeypatch, capsys):
    monkeypatch.setitem(ending.finish.__kwdefaults__, "patience_s", 0)
    with begin(store) as run:
        run.metrics({"loss": 0.5}, step=3)
        with monkeypatch.context() as patch:
            calls = ("log_batch", "set_terminated", "log_artifacts", "set_tag", "get_experiment")
            away(patch, run, *calls)
            run.__exit__(None, None, None)
        monkeypatch.setattr(run, "end", lambda *_: None)  # it has ended above
    assert "wait in" in capsys.readouterr().err
    assert status(store, run) == "RUNNING"
    recovery.recover(store.client, store.folder)
    kept = store.client.get_run(run.run_id)
    assert kept.info.status == "FINISHED"
    assert kept.data.metrics["loss"] == 0.5
    assert "console.log" in {file.path for file in store.client.list_artifacts(run.run_id)}
    assert recovery.replay(store.client, store.folder) == []  # once


def test_a_full_disk_at_the_end_is_not_finished(store, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    run = begin(store)
    monkeypatch.setattr(run.client, "log_artifacts", full)
    with pytest.raises(StoreError, match="full"), run:
        run.metrics({"loss": 0.5}, step=3)
    assert status(store, run) == "FAILED"


DIES = """
import os, sys
from pathlib import Path
from xinzhi.tracking.store import open_store
from xinzhi.tracking.run import start_run
run = start_run(open_store(folder=Path(sys.argv[1])), experiment="demo", run_name="r",
                config_yaml="", params={}, tags={}, system_metrics=False)
with run:
    print("alive", file=sys.stderr)
    print(run.run_id, flush=True)
    os.kill(os.getpid(), 9)
"""


def test_the_run_of_a_process_that_was_shot_is_killed_at_the_next_open(store, store_folder):
    from xinzhi.tracking.store import open_store

    shot = subprocess.run(  # noqa: S603
        [sys.executable, "-c", DIES, str(store_folder)], capture_output=True, text=True, check=False
    )
    run_id = shot.stdout.strip()
    with begin(store) as living:
        open_store(folder=store_folder)
        assert status(store, living) == "RUNNING"  # of this very process
    kept = store.client.get_run(run_id)
    assert kept.info.status == "KILLED"
    assert "alive" in (Path(kept.info.artifact_uri) / "console.log").read_text()
    assert not (store_folder / "work" / run_id).exists()

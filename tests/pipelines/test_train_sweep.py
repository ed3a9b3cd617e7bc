"""A sweep as people run it: two workers, shot with kill -9, gone on with by the same command."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from xinzhi.sweeping.ledger.opening import open_ledger
from xinzhi.sweeping.search.final import searched
from xinzhi.tracking.store import open_store

HELD = """
import os
import time
from pathlib import Path

import lightning

class Held(lightning.Callback):
    def on_train_batch_end(self, trainer, *_):
        if trainer.global_step == 3 and not Path("go").exists():
            Path(f"held-{os.getpid()}").touch()
            while not Path("go").exists():
                time.sleep(0.02)
"""


@pytest.fixture
def sweep(store_folder, warm_cache, tiny, monkeypatch):
    """Starts `xinzhi train -m` in a process of its own; what it trains waits at its third step."""
    monkeypatch.setenv("XINZHI_CACHE", str(warm_cache))
    project = store_folder.parent
    (project / "xinzhi.yaml").write_text("allow: [acme]")
    (project / "acme.py").write_text(HELD)
    started = []

    def sweep(*overrides):
        words = [*tiny, "+callbacks.acme._target_=acme.Held", "sweep.workers.count=2", *overrides]
        command = [sys.executable, "-m", "xinzhi", "train", "-m", *words, "report=json"]
        with (project / "err.txt").open("a") as err:
            started.append(
                subprocess.Popen(  # noqa: S603
                    command, cwd=project, stdout=subprocess.PIPE, stderr=err, text=True
                )
            )
        return started[-1]

    sweep.project = project
    yield sweep
    (project / "go").touch()
    for process in started:
        process.kill()
        process.communicate()


def held(project, number):
    """The processes that wait at their third step, once there are so many."""
    for _ in range(2400):
        there = [int(path.name.partition("-")[2]) for path in project.glob("held-*")]
        if len(there) >= number:
            return there
        time.sleep(0.05)
    raise AssertionError((project / "err.txt").read_text())


def test_what_was_shot_is_gone_on_with_and_nothing_runs_twice(sweep, train):
    project = sweep.project
    first = sweep("seed=1,2,3", "sweep.name=storm")
    workers = held(project, 2)
    os.kill(workers[0], signal.SIGKILL)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    (project / "go").touch()  # the other one finishes what it has, and takes nothing more

    again = sweep("seed=1,2,3", "sweep.name=storm")
    out, _ = again.communicate(timeout=300)
    told = json.loads(out)
    assert again.returncode == 0, (told, (project / "err.txt").read_text())
    assert (told["phase"], told["counts"]) == ("ended", {"finished": 3})

    jobs = open_ledger().jobs("storm")
    assert sorted(job.attempts for job in searched(jobs)) == [1, 1, 2]
    client = open_store().client
    runs = client.search_runs([client.get_experiment_by_name("tiny").experiment_id])
    assert {run.info.status for run in runs} == {"FINISHED", "KILLED"}
    trained = [run.data.tags.get("identity") for run in runs if run.info.status == "FINISHED"]
    assert max(Counter(trained).values()) == 1
    assert_one_is_tested(told, runs, client)

    alone = train("seed=2")  # a job is the very training that it says it is
    job = next(job for job in searched(jobs) if job.seed == 2)
    assert job.metrics["val/loss"] == pytest.approx(alone.metrics["val/loss"], abs=1e-6)


def assert_one_is_tested(told, runs, client):
    """One run over all others, and one of those that has seen the test rows and is a version."""
    parent = client.get_run(told["parent_run"])
    assert parent.info.status == "FINISHED"
    assert (Path(parent.info.artifact_uri) / "sweep" / "report.html").is_file()
    children = [r for r in runs if r.data.tags.get("mlflow.parentRunId") == told["parent_run"]]
    assert len(children) == 5  # three jobs, one of them shot, and the test of the best
    tested = [run.info.run_id for run in children if "test/f1_macro" in run.data.metrics]
    (version,) = client.search_model_versions("name='tiny'")
    assert tested == [told["run_id"]] == [version.run_id]


def test_ctrl_c_finishes_what_runs_and_begins_nothing(sweep):
    project = sweep.project
    process = sweep("seed=1,2,3,4", "sweep.name=calm")
    held(project, 2)
    process.send_signal(signal.SIGINT)
    for _ in range(600):
        if open_ledger().sweep("calm").phase == "draining":
            break
        time.sleep(0.05)
    (project / "go").touch()
    out, _ = process.communicate(timeout=300)
    told = json.loads(out)
    assert process.returncode != 0
    assert told["counts"] == {"waiting": 2, "finished": 2}
    assert told["phase"] == "stopped"
    statuses = [run.info.status for run in open_store().client.search_runs(["1"])]
    assert sorted(statuses) == ["FINISHED", "FINISHED", "KILLED"]

"""Real processes that are interrupted, terminated, killed, or fail: what is left is true."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from xinzhi.tracking.store import open_store

READY = """
import lightning

class Ready(lightning.Callback):
    def on_train_batch_end(self, trainer, *_):
        if trainer.global_step == 3:
            print("three steps", flush=True)
"""
FAIL = """
import lightning

class Fail(lightning.Callback):
    def on_train_batch_end(self, trainer, *_):
        if trainer.global_step == 3:
            raise ValueError("the acme callback has no more paper")
"""


@pytest.fixture
def begin(store_folder, warm_cache, tiny, monkeypatch):
    """Starts `xinzhi train` in a process of its own."""
    monkeypatch.setenv("XINZHI_CACHE", str(warm_cache))
    project = store_folder.parent
    (project / "xinzhi.yaml").write_text("allow: [acme]")
    started = []

    def begin(code, name, *overrides):
        (project / "acme.py").write_text(code)
        callback = f"+callbacks.acme._target_=acme.{name}"
        said = {word.partition("=")[0] for word in overrides}
        once = [word for word in tiny if word.partition("=")[0] not in said]
        begin.words = [*once, callback, *overrides]
        words = [sys.executable, "-c", "from xinzhi.cli import main; raise SystemExit(main())"]
        words += ["train", *begin.words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(words, cwd=project, **pipes))  # noqa: S603
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def the_run():
    client = open_store().client
    (run,) = client.search_runs([client.get_experiment_by_name("tiny").experiment_id])
    return run


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_a_run_that_is_stopped_is_killed(begin, number, code):
    process = begin(READY, "Ready", "trainer.max_epochs=10000")
    first = process.stdout.readline()
    assert first == "three steps\n", process.communicate(timeout=10)
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, err
    assert not out
    assert "Traceback" not in err
    run = the_run()
    assert run.info.status == "KILLED"
    assert run.info.end_time
    artifacts = Path(run.info.artifact_uri)
    assert (artifacts / "console.log").is_file()
    if number != signal.SIGKILL:
        assert (artifacts / "checkpoints" / "last.ckpt").is_file()
        said, to_go_on = err.strip().splitlines()[-2:]
        assert said == {130: "interrupted", 143: "terminated"}[code]
        first, *words = shlex.split(to_go_on)
        assert first == "continue:"
        assert words[1:] == ["train", *begin.words, f"ckpt_path={run.info.run_id[:8]}"]
    assert not open_store().client.search_registered_models()


def test_a_run_that_fails_says_why_in_two_lines(begin):
    process = begin(FAIL, "Fail", "report=json")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 70
    last = err.strip().splitlines()[-2:]
    assert "ValueError" in last[0]
    assert last[0].endswith("the acme callback has no more paper")
    assert "Traceback" not in err
    run = the_run()
    assert run.info.status == "FAILED"
    assert run.data.tags["error"] == "ValueError: the acme callback has no more paper"
    assert "Traceback" in (Path(run.info.artifact_uri) / "console.log").read_text()
    Path(last[1].rpartition(" ")[2]).unlink()
    assert os.listdir(Path(run.info.artifact_uri) / "checkpoints")  # noqa: PTH208

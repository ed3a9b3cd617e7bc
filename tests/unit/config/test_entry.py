# ruff: noqa: S603, PLW1510, ARG001, ARG005 - processes of our own

import json
import os
import pathlib
import signal
import subprocess
import sys
from dataclasses import dataclass, field

import pytest

from xinzhi.config import entry
from xinzhi.errors import ConfigError, DataError


@dataclass
class Result:
    run_id: str
    metrics: dict = field(default_factory=lambda: {"loss": float("nan"), "f1": 0.5})

    def table(self):
        return f"run {self.run_id}"


@pytest.fixture
def pipeline(conf, monkeypatch):
    """Puts a function in the place of every pipeline; gives the configs that it saw."""
    seen = []

    def put(function=lambda config: Result("abc")):
        def run(name, config):
            seen.append(config)
            return function(config)

        monkeypatch.setattr(entry, "run", run)
        return seen

    return put


def test_runs_and_prints_the_table(pipeline, capsys):
    seen = pipeline()
    assert entry.start("train", ["seed=3"]) == 0
    assert capsys.readouterr().out == "run abc\n"
    assert seen[0].seed == 3
    assert seen[0].asked.overrides == ["seed=3"]


@pytest.mark.parametrize(
    ("name", "words", "key", "value"),
    [
        ("show", ["tickets@champion"], "reference", "tickets@champion"),
        ("show", ["7e10"], "reference", "7e10"),
        ("show", ["minilm lr=3e-5 s1 7f3a"], "reference", "minilm lr=3e-5 s1 7f3a"),
        ("show", ["工单/3"], "reference", "工单/3"),
        ("compare", ["runs", "last~1", "last"], "references", ["last~1", "last"]),
    ],
)
def test_words_become_the_keys_that_the_pipeline_declares(pipeline, name, words, key, value):
    seen = pipeline()
    assert entry.start(name, words) == 0
    assert seen[0][key] == value


def test_a_word_too_many_is_answered(pipeline, capsys):
    pipeline()
    assert entry.start("train", ["first"]) == 2
    assert "xinzhi train experiment=first" in capsys.readouterr().err
    assert entry.start("show", ["a", "b"]) == 2


def test_an_error_of_ours_is_told_without_traceback(pipeline, capsys):
    def fail(config):
        raise DataError("no column `x`", candidates=["y"], mend="data.text=y")

    pipeline(fail)
    assert entry.start("train", []) == 1
    told = capsys.readouterr()
    assert told.err == "error: no column `x`\n  candidates: y\n  mend: data.text=y\n"
    assert told.out == ""


@pytest.mark.parametrize(
    ("ending", "code", "said"),
    [(KeyboardInterrupt(), 130, "interrupted"), (SystemExit(143), 143, "terminated")],
)
def test_an_interruption_says_how_to_go_on(pipeline, capsys, ending, code, said):
    def stop(config):
        ending.add_note("continue: xinzhi train ckpt_path=7f3a")
        raise ending

    pipeline(stop)
    assert entry.start("train", []) == code
    assert capsys.readouterr().err == f"{said}\ncontinue: xinzhi train ckpt_path=7f3a\n"


def test_an_unexpected_error_is_one_line_and_a_file(pipeline, capsys, monkeypatch):
    monkeypatch.setenv("CANARY_TOKEN", "c4n4ry-value")

    def fail(config):
        raise ZeroDivisionError("about c4n4ry-value\nmore")

    pipeline(fail)
    assert entry.start("train", []) == 70
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert "unexpected ZeroDivisionError" in told
    file = told.strip().rpartition(" ")[2]
    with pathlib.Path(file).open(encoding="utf-8") as written:
        text = written.read()
    pathlib.Path(file).unlink()
    assert "Traceback" in text
    assert "c4n4ry" not in text + told


def test_the_traceback_can_be_asked_for(pipeline, capsys, monkeypatch):
    monkeypatch.setenv("XINZHI_TRACEBACK", "1")

    def fail(config):
        raise DataError("x")

    pipeline(fail)
    entry.start("train", [])
    assert "Traceback" in capsys.readouterr().err


def test_the_config_is_printed(pipeline, capsys):
    seen = pipeline()
    assert entry.start("train", ["--cfg", "job", "seed=9"]) == 0
    assert "seed: 9" in capsys.readouterr().out
    assert not seen


def test_an_unknown_flag(pipeline, capsys):
    pipeline()
    assert entry.start("train", ["--multirum"]) == 2
    assert "did you mean --multirun?" in capsys.readouterr().err


def test_a_pipeline_that_runs_once_says_so(pipeline, capsys):
    assert entry.start("doctor", ["-m"]) == 2
    assert "`xinzhi doctor` runs once" in capsys.readouterr().err


SCRIPT = """
import os, sys, signal, subprocess
from xinzhi.config import entry
def run(name, config):
    print("noise"); os.write(1, b"noise of the system")
    subprocess.run(["echo", "noise of a child"])
    number = os.environ.get("SEND")
    if number:
        os.kill(os.getpid(), int(number))
        signal.pause()
    return {"run_id": "abc", "描述": 1.5, "nan": float("nan")}
entry.run = run
entry.start("data", sys.argv[1:] if len(sys.argv) > 1 else None)
sys.exit(entry.start("data", ["report=json"])) if os.environ.get("TWICE") else None
"""


def run_script(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        capture_output=True, text=True, env={**os.environ, **environment}, timeout=60,
    )  # fmt: skip


def test_json_is_alone_on_standard_output():
    done = run_script("report=json")
    assert json.loads(done.stdout) == {"run_id": "abc", "描述": 1.5, "nan": None}
    assert done.stdout.count("\n") == 1
    assert "noise of a child" in done.stderr


def test_an_error_is_json_too():
    done = run_script("report=json", "offlin=true")
    told = json.loads(done.stdout)
    assert told["error"].startswith("the key `offlin` is unknown; did you mean offline?")
    assert (told["kind"], told["exit_code"]) == ("UnknownNameError", 2)
    assert told["candidates"][0] == "offline"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_have_their_exit_codes(number, code):
    script = SCRIPT.replace('entry.start("data", sys.argv[1:] if len(sys.argv) > 1 else None)',
                            'sys.exit(entry.start("data", []))')  # fmt: skip
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                          env={**os.environ, "SEND": str(int(number))}, timeout=60)  # fmt: skip
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_keys_of_a_sweep_need_one():
    with pytest.raises(ConfigError, match="without -m") as refusal:
        entry.prepare("train", ["experiment=tumour_screening", "sweep.trials=3"])
    assert "train -m" in str(refusal.value)

"""A program in a group of its own: its end, and the ends that others make of it."""

import os
import sys
import time

import psutil
import pytest

from xinzhi.sweeping.work import child

WAITS = "import time; time.sleep(60)"
# two ranks: the first one tidies up when it is told to end, the second one hears of nothing
RANKS = """
import signal, subprocess, sys, time
from pathlib import Path
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
other = subprocess.Popen([sys.executable, "-c", deaf])
def end(*_):
    Path("tidied").touch()
    sys.exit(7)
signal.signal(signal.SIGTERM, end)
Path("other").write_text(str(other.pid))
time.sleep(60)
"""


def run(code, **options):
    return child.run([sys.executable, "-c", code], environment=os.environ, **options)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_its_code_and_its_output_are_its_own(folder):
    with (folder / "out").open("wb") as out:
        assert run("print('hello'); raise SystemExit(5)", stdout=out) == 5
    assert (folder / "out").read_text() == "hello\n"


def test_it_ends_when_it_is_unwanted_and_nobody_of_its_group_stays(folder):
    def is_unwanted():
        return (folder / "other").exists() and (folder / "other").read_text()

    assert run(RANKS, is_unwanted=is_unwanted) == 7
    assert (folder / "tidied").exists()
    assert is_gone(int((folder / "other").read_text()))


def is_gone(pid):
    for _ in range(50):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


def test_it_ends_with_whoever_waits_for_it():
    before = {one.pid for one in psutil.Process().children()}

    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(WAITS, is_unwanted=interrupted)
    assert {one.pid for one in psutil.Process().children()} <= before

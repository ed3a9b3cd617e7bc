"""A preparation that is killed leaves nothing half done, and the next one succeeds."""

import os
import signal
import subprocess
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xinzhi.data import snapshot
from xinzhi.data.declaration import Declaration
from xinzhi.data.scratch import scratch_folder

# Prepares, and is killed when a step of the road is reached for the n-th time.
SCRIPT = """
import os, signal, sys
from xinzhi.data import freezing, leakage, preparation, snapshot
from xinzhi.data.declaration import Declaration
from xinzhi.data.engine import Engine
left = int(sys.argv[2])
def deadly(owner, name):
    real = getattr(owner, name)
    def step(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)
    setattr(owner, name, step)
for name in ("read", "number", "keep", "write"):
    deadly(Engine, name)
deadly(os, "fsync")
deadly(leakage, "verdict")
Declaration(train=sys.argv[1], text="text", label="label").prepare()
"""


@pytest.fixture
def rows(tmp_path):
    table = pa.table({"text": [f"t{i}" for i in range(50)], "label": ["x", "y"] * 25})
    pq.write_table(table, tmp_path / "rows.parquet")
    return tmp_path / "rows.parquet"


def run(rows, cache, moment):
    return subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-c", SCRIPT, str(rows), str(moment)],
        env=os.environ | {"XINZHI_CACHE": str(cache)},
        stderr=subprocess.DEVNULL,
    )


def test_killed_at_any_step_nothing_is_half_done(rows, tmp_path, monkeypatch):
    codes = []
    for moment in (0, 2, 5, 8, 11, 14, 17, 60):
        cache = tmp_path / f"cache{moment}"
        codes.append(run(rows, cache, moment).wait())
        monkeypatch.setenv("XINZHI_CACHE", str(cache))
        for found in snapshot.stored():
            assert sum(found.table(split).num_rows for split in snapshot.SPLITS) == 50
        again = Declaration(train=str(rows), text="text", label="label").prepare()
        assert sum(again.counts.values()) == 50
        assert [path.name for path in cache.glob(".scratch-*")] == []
        assert list((cache / "snapshots").glob(".new-*")) == []
    assert set(codes) == {-signal.SIGKILL, 0}


def test_killed_by_the_clock_the_next_one_succeeds(rows, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    process = run(rows, cache, 10_000)
    deadline = time.monotonic() + 60
    while not list(cache.glob(".scratch-*")) and time.monotonic() < deadline:
        time.sleep(0.001)
    process.kill()
    process.wait()
    monkeypatch.setenv("XINZHI_CACHE", str(cache))
    again = Declaration(train=str(rows), text="text", label="label").prepare()
    assert sum(again.counts.values()) == 50
    assert list(cache.glob(".scratch-*")) == []


def test_the_scratch_of_one_who_lives_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    with scratch_folder() as mine:
        (mine / "rows").write_text("here")
        with scratch_folder() as other:
            assert other != mine
        assert (mine / "rows").exists()
    assert not (tmp_path / "cache").exists()

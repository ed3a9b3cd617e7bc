"""Snapshots are whole or not there, even after kill -9."""

import os
import signal
import subprocess
import sys

import pyarrow as pa
import pytest

from xinzhi.data import snapshot
from xinzhi.errors import DataError

MANIFEST = {
    "name": "demo",
    "digest": "0123456789abcdef0123456789abcdef",
    "counts": {"train": 2, "val": 1, "test": 1},
    "classes": ["x", "y"],
    "sources": [{"split": "train", "name": "demo.csv"}],
    "steps": [{"split": "train", "step": "empty", "rows_in": 5, "rows_out": 4, "why": "no text"}],
    "split": "split=stratified",
    "notes": ["demo.csv was read as GB18030"],
    "warnings": ["[look] here"],
}

# Writes the snapshot and is killed at the given call of fsync, of which there is one per file
# and folder: between any two of them the process may die.
SCRIPT = """
import os, signal, sys
import pyarrow as pa
from xinzhi.data import snapshot
from tests_manifest import MANIFEST
left = int(sys.argv[1])
real = os.fsync
def fsync(handle):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    real(handle)
os.fsync = fsync
rows = pa.table({"text": ["a"] * 4, "label": ["x"] * 4})
snapshot.write({"train": rows[:2], "val": rows[2:3], "test": rows[3:]}, MANIFEST, inputs="in")
"""


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def tables():
    rows = pa.table({"text": list("abcd"), "label": list("xyxy")})
    return {"train": rows[:2], "val": rows[2:3], "test": rows[3:]}


def test_what_is_written_is_found_and_read():
    written = snapshot.write(tables(), MANIFEST, inputs="in")
    found = snapshot.find("in")
    assert found == written
    assert found.table("val").to_pylist() == [{"text": "c", "label": "x"}]
    assert (found.counts["train"], found.classes, found.source) == (
        2,
        ("x", "y"),
        "train: demo.csv",
    )
    assert snapshot.find("other") is None
    assert [s.digest for s in snapshot.stored()] == [MANIFEST["digest"]]
    with pytest.raises(DataError, match="one of train, val, test"):
        found.table("dev")


def test_a_folder_that_was_removed_is_not_found(cache):
    folder = snapshot.write(tables(), MANIFEST, inputs="in").folder
    (folder / "manifest.json").unlink()
    assert snapshot.find("in") is None
    assert snapshot.write(tables(), MANIFEST, inputs="in").table("train").num_rows == 2
    assert [p.name for p in (cache / "snapshots").glob(".new-*")] == []


def test_the_same_rows_from_elsewhere_keep_their_own_story():
    snapshot.write(tables(), MANIFEST, inputs="one")
    other = MANIFEST | {"sources": [{"split": "train", "name": "other.csv"}]}
    snapshot.write(tables(), other, inputs="two")
    assert snapshot.find("one").source == "train: demo.csv"
    assert snapshot.find("two").source == "train: other.csv"
    assert len(snapshot.stored()) == 1


def test_the_report_shows_steps_notes_and_warnings_as_they_are():
    report = snapshot.write(tables(), MANIFEST, inputs="in").report()
    for part in ("empty", "no text", "GB18030", "[look] here", "train 2, val 1, test 1"):
        assert part in report


def test_killed_at_any_moment_it_is_whole_or_not_there(tmp_path, monkeypatch):
    (tmp_path / "tests_manifest.py").write_text(f"MANIFEST = {MANIFEST!r}")
    caches = [tmp_path / f"cache{moment}" for moment in range(9)]
    running = [
        subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-c", SCRIPT, str(moment)],
            env=os.environ | {"XINZHI_CACHE": str(cache), "PYTHONPATH": str(tmp_path)},
        )
        for moment, cache in enumerate(caches)
    ]
    codes = [process.wait() for process in running]
    assert set(codes) == {-signal.SIGKILL, 0}
    assert codes == sorted(codes)  # killed first, then surviving: every moment was met
    for cache, code in zip(caches, codes, strict=True):
        monkeypatch.setenv("XINZHI_CACHE", str(cache))
        for found in snapshot.stored():
            assert [found.table(split).num_rows for split in snapshot.SPLITS] == [2, 1, 1]
        assert (snapshot.find("in") is not None) or code
        again = snapshot.write(tables(), MANIFEST, inputs="in")
        assert snapshot.find("in") == again
        assert list((cache / "snapshots").glob(".new-*")) == []


def test_a_cache_that_cannot_be_written_is_said(cache):
    cache.write_text("a file where the folder should be")
    with pytest.raises(DataError, match="must be written under") as error:
        snapshot.write(tables(), MANIFEST, inputs="in")
    assert "XINZHI_CACHE" in str(error.value)


def test_rows_in_another_order_have_another_name_though_the_digest_is_one():
    def frozen(rows, number):
        table = pa.table({"text": list("ab"), "label": list("xy"), "row": rows})
        digest = number + MANIFEST["digest"][1:]
        parts = {"train": table, "val": table[:0], "test": table[:0]}
        return snapshot.write(parts, {**MANIFEST, "digest": digest}, inputs=number)

    one, same, other = frozen([3, 9], "1"), frozen([3, 9], "2"), frozen([9, 3], "3")
    assert one.order("train") == same.order("train") != other.order("train")

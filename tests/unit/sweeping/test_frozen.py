"""A job sees the rows of its sweep in the order that they had when it began."""

import json
import os

import numpy as np
import pyarrow as pa
import pytest

from xinzhi.config.entry import prepare
from xinzhi.data import snapshot
from xinzhi.errors import DataError
from xinzhi.sweeping import frozen
from xinzhi.sweeping.frozen import ROWS, Freezer, rows_of
from xinzhi.sweeping.records import Sweep

DIGEST = "0123456789abcdef0123456789abcdef"


def made(name, order):
    """A snapshot whose digest knows nothing of the order."""
    rows = pa.table({"row": np.array(order, np.int64), "label": ["a"] * len(order)})
    told = {"name": name, "digest": DIGEST, "counts": {"train": len(order), "val": 0, "test": 0}}
    return snapshot.write({"train": rows}, told, inputs=name)


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    frozen._opened.clear()
    yield prepare("train", ["experiment=tumour_screening"])
    frozen._opened.clear()


@pytest.fixture
def begun(config, monkeypatch):
    """A sweep that began on a snapshot."""

    def begun(on):
        class Declared:
            def prepare(self, **_):
                return on

        monkeypatch.setattr(snapshot.Snapshot, "report", lambda _: "")
        with monkeypatch.context() as patched:
            patched.setattr(frozen, "build", lambda _: Declared())
            freezer = Freezer()
            assert freezer(config) == DIGEST
        settings = json.loads(json.dumps(freezer.settings()))  # as a ledger holds it
        return Sweep(name="wide", experiment="x", fixed=(), axes=(), settings=settings)

    return begun


def test_of_two_with_one_digest_it_is_the_one_of_its_name(begun, config):
    one, other = made("one", [1, 2, 3]), made("other", [3, 1, 2])
    os.utime(other.folder / "manifest.json")  # the newest
    assert rows_of(begun(one), config).folder == one.folder
    frozen._opened.clear()
    assert rows_of(begun(other), config).folder == other.folder


def test_another_order_is_told(begun, config):
    first = made("one", [1, 2, 3])
    sweep = begun(first)
    for file in first.folder.iterdir():
        file.unlink()
    made("one", [3, 2, 1])
    with pytest.raises(DataError, match="order"):
        rows_of(sweep, config)


def test_what_was_noted_stays_when_the_command_is_given_again(begun):
    sweep = begun(made("one", [1, 2, 3]))
    (key,) = sweep.settings[ROWS]
    again = Freezer()
    again.noted[key] = frozen.Noted(DIGEST, "one", (("train", "other order"),))
    assert again.settings(sweep.settings) == {ROWS: sweep.settings[ROWS]}
    again.noted[key] = frozen.Noted("other rows", "one", ())
    assert again.settings(sweep.settings)[ROWS][key]["digest"] == "other rows"


def test_a_sweep_of_an_earlier_version_noted_the_digest_alone(begun, config):
    one = made("one", [1, 2, 3])
    (key,) = begun(one).settings[ROWS]
    sweep = Sweep(name="old", experiment="x", fixed=(), axes=(), settings={ROWS: {key: DIGEST}})
    assert rows_of(sweep, config).folder == one.folder

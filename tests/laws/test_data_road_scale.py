"""Laws of the data road at any size: what is kept, where it goes, and what memory it takes."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from xinzhi.data import engine
from xinzhi.data.declaration import Declaration

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ROWS = 3_000
SPLITS = ("train", "val", "test")


@pytest.fixture(scope="module")
def measuring():
    """The benchmark's modules, which lie beside the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        import data_road
        import generated_rows

        yield {"rows": generated_rows, "road": data_road}
        for name in ("data_road", "generated_rows", "processes"):
            sys.modules.pop(name)


@pytest.fixture(scope="module")
def made(measuring, tmp_path_factory):
    return measuring["rows"].generated(ROWS, tmp_path_factory.mktemp("generated"))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))


def declared(files, **changes):
    named = {"text": "text", "label": "label", "time": "created", "key": "key", "split": "hash"}
    return Declaration(train=[str(file) for file in files], **(named | changes))


def kept(snapshot):
    """Split and content by the key of a row."""
    return {
        row["key"]: (split, row["text"], row["label"], row["time"])
        for split in SPLITS
        for row in snapshot.table(split).to_pylist()
    }


def expected(files):
    """What pandas keeps: the earliest of the rows with equal text and label."""
    rows = pa.concat_tables([pq.read_table(file) for file in files]).to_pandas()
    rows["text"] = rows["text"].str.strip()
    rows = rows[rows["label"].notna() & (rows["text"] != "")]
    rows = rows.sort_values(["created", "key"]).drop_duplicates(["text", "label"])
    columns = (rows[name] for name in ("key", "text", "label", "created"))
    return {key: row for key, *row in zip(*columns, strict=True)}


def test_generated_rows_are_as_promised_and_the_same_each_time(measuring, made, tmp_path):
    again = measuring["rows"].generated(ROWS, tmp_path)
    rows = pq.read_table(made.files)
    assert rows.equals(pq.read_table(again.files))
    assert not rows.equals(pq.read_table(measuring["rows"].generated(ROWS, tmp_path, seed=1).files))
    assert rows.num_rows == made.rows == ROWS
    assert made.text_bytes == pc.sum(pc.binary_length(rows["text"])).as_py()
    assert 180 < made.text_bytes / ROWS < 230
    assert pc.count_distinct(rows["key"]).as_py() == ROWS
    assert pc.count_distinct(rows["label"]).as_py() == 20
    filled = ROWS * (1 - 0.004 - 0.006)
    assert 0.08 < 1 - len(expected(made.files)) / filled < 0.11
    spaced = pc.not_equal(pc.utf8_trim_whitespace(rows["text"]), rows["text"])
    assert 0.03 < pc.mean(pc.cast(spaced, pa.float64())).as_py() < 0.06


@pytest.mark.usefixtures("cache")
def test_the_road_keeps_what_pandas_keeps(made):
    found = kept(declared(made.files).prepare())
    assert {key: row for key, (_, *row) in found.items()} == expected(made.files)


@pytest.mark.usefixtures("cache")
def test_neither_files_nor_the_order_of_rows_change_the_digest(made, tmp_path):
    whole = declared(made.files).prepare()
    rows = pq.read_table(made.files)
    order = pc.sort_indices(rows, [("text", "descending")])
    parts = [tmp_path / f"{n}.parquet" for n in range(3)]
    for n, path in enumerate(parts):
        pq.write_table(rows.take(order[n::3]), path)
    assert declared(parts).prepare().digest == whole.digest


@pytest.mark.usefixtures("cache")
def test_a_parquet_file_and_its_spelling_as_csv_are_one_snapshot(made, tmp_path):
    rows = pq.read_table(made.files)
    spelled = rows.set_column(1, "created", pc.strftime(rows["created"], "%Y-%m-%dT%H:%M:%SZ"))
    numbered = rows.set_column(1, "created", rows["created"].cast(pa.int64()).cast(pa.float64()))
    for table, name in ((spelled, "spelled"), (numbered, "numbered")):
        csv.write_csv(table, tmp_path / f"{name}.csv")
        pq.write_table(table, tmp_path / f"{name}.parquet")
    times, numbers = (
        {
            declared([path]).prepare().digest
            for path in (*more, tmp_path / f"{name}.csv", tmp_path / f"{name}.parquet")
        }
        for name, more in (("spelled", made.files), ("numbered", []))
    )
    assert len(times) == len(numbers) == 1


@pytest.mark.usefixtures("cache")
def test_little_memory_changes_nothing_but_the_time(made, monkeypatch):
    plenty = declared(made.files).prepare()
    monkeypatch.setattr(engine, "_MEMORY", "60MB")
    little = declared(made.files, val_fraction=0.1, max_dropped=0.2).prepare()
    assert little.digest == plenty.digest
    assert little.folder == plenty.folder


@pytest.mark.usefixtures("cache")
def test_more_rows_move_no_old_row_to_another_split(made, tmp_path):
    rows = pq.read_table(made.files)
    first = tmp_path / "first.parquet"
    pq.write_table(rows.slice(0, ROWS // 2), first)
    before, after = kept(declared([first]).prepare()), kept(declared(made.files).prepare())
    assert before.items() <= after.items()  # later rows merge into earlier ones
    assert len(before) < len(after)


@pytest.mark.usefixtures("cache")
def test_an_opened_split_lies_in_the_mapped_file_not_in_memory(made):
    snapshot = declared(made.files).prepare()
    snapshot.table("train")  # the first opening may write a cache
    held = pa.total_allocated_bytes()
    table = snapshot.table("train")
    assert table.nbytes > 100 * ROWS
    assert pa.total_allocated_bytes() - held < 0.01 * table.nbytes


def test_every_contender_of_the_benchmark_keeps_the_same_rows(tmp_path, monkeypatch):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path))
    command = [sys.executable, str(BENCHMARKS / "data_road.py"), "--rows", "2000"]
    command += ["--contenders", "duckdb", "duckdb_sorted", "xinzhi", "pandas"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert "all keep the same number of rows" in done.stdout, done.stdout
    assert "xinzhi and duckdb have the same rows per split" in done.stdout, done.stdout

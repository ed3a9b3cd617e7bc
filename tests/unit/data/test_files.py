"""Files are found by path, folder, glob and list."""

import gzip
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xinzhi.data.engine import open_engine
from xinzhi.data.files import find_files
from xinzhi.data.opened import Want
from xinzhi.errors import DataError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("b.csv", "a.csv", "deep/c.jsonl", ".hidden/d.csv", "notes.txt", "工单 (1).csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text('{"text": "c"}' if name.endswith("jsonl") else f"text,label\n{name},x\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ("a.csv", ["a.csv"]),
        ("?.csv", ["a.csv", "b.csv"]),
        ("**/*.jsonl", ["c.jsonl"]),
        (["b.csv", "a.csv", "b.csv"], ["b.csv", "a.csv"]),
        ("工单 (1).csv", ["工单 (1).csv"]),
        (".", ["a.csv", "b.csv", "c.jsonl", "工单 (1).csv"]),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_a_declaration_may_name(spec, names):
    assert [path.name for path in find_files(spec).paths] == names


def test_a_home_folder_and_a_bracket_in_a_name(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    (folder / "x[1].csv").write_text("text\na\n")
    assert find_files("~/a.csv").paths == (folder / "a.csv",)
    assert find_files("x[1].csv").paths[0].name == "x[1].csv"


@pytest.mark.usefixtures("folder")
def test_a_missing_file_names_the_near_ones():
    with pytest.raises(DataError, match=r"no file aa\.csv") as error:
        find_files("aa.csv")
    assert "a.csv" in error.value.candidates
    with pytest.raises(DataError, match="folder nowhere does not exist"):
        find_files("nowhere/a.csv")


@pytest.mark.usefixtures("folder")
def test_an_unknown_form_says_the_known_ones(folder):
    (folder / "notes.doc").write_bytes(b"")
    with pytest.raises(DataError, match=r"must be one of \.csv.*was \.doc"):
        find_files("notes.doc")
    (folder / "a.xlsx").write_bytes(b"")
    with pytest.raises(DataError) as error:
        find_files("a.xlsx")
    assert "CSV UTF-8" in str(error.value)


@pytest.fixture
def opened():
    """Rows of files, sorted, and what was told of the reading."""

    def opened(spec, columns=None, **want):
        with open_engine() as engine:
            held = find_files(spec).open(engine, Want(columns, **want))
            rows = held.table.to_pyarrow()
            copies = list(engine.scratch.glob("*.parquet"))
            return rows.sort_by(rows.column_names[0]), held.notes, copies

    return opened


@pytest.mark.usefixtures("folder")
def test_several_files_are_one_table_and_the_reading_is_told(opened):
    rows, notes, _ = opened(["a.csv", "b.csv"], ("text",))
    assert rows.to_pydict() == {"text": ["a.csv", "b.csv"]}
    assert notes == ("2 files were read as UTF-8",)


@pytest.mark.usefixtures("folder")
def test_files_of_several_forms_are_one_table(folder, opened):
    with gzip.open(folder / "p.csv.gz", "wt", encoding="gb18030") as stream:
        stream.write("text,label\n屏幕坏了,1\n")
    (folder / "q.jsonl").write_text('{"label": 2.0, "text": "q", "more": 1}\n')
    pq.write_table(pa.table({"text": ["r"], "label": [3]}), folder / "r.parquet")
    rows, notes, _ = opened(
        ["p.csv.gz", "q.jsonl", "r.parquet"], ("text", "label"), strings=frozenset({"label"})
    )
    assert rows.to_pydict() == {"text": ["q", "r", "屏幕坏了"], "label": ["2", "3", "1"]}
    assert [note.rpartition(" ")[2] for note in notes] == ["GB18030", "UTF-8", "Parquet"]
    assert find_files("p.csv.gz").short_name == "p"


@pytest.mark.usefixtures("folder")
def test_parquet_that_fits_is_read_where_it_lies(folder, opened):
    pq.write_table(pa.table({"text": ["a"], "label": [3]}), folder / "p.parquet")
    assert opened("p.parquet")[2] == []
    assert opened("p.parquet", ("text",), strings=frozenset({"text"}))[2] == []
    rows, _, copies = opened("p.parquet", strings=frozenset({"label"}))
    assert (rows["label"].to_pylist(), len(copies)) == (["3"], 1)
    rows, _, copies = opened("p.parquet", protect=lambda batch: batch.drop_columns(["text"]))
    assert (rows.column_names, len(copies)) == (["label"], 1)


@pytest.mark.parametrize("name", ["p[1].parquet", "k=v/p.parquet", "工 (1).parquet", "p*.parquet"])
def test_parquet_whose_name_means_something_to_an_engine(folder, opened, name):
    (folder / name).parent.mkdir(exist_ok=True)
    pq.write_table(pa.table({"text": ["a"]}), folder / name)
    pq.write_table(pa.table({"text": ["other"]}), folder / "p1.parquet")
    assert opened(name)[0].to_pydict() == {"text": ["a"]}


@pytest.mark.usefixtures("folder")
def test_a_cut_gzip_file_is_said(folder, opened):
    content = gzip.compress(b"text,label\n" + os.urandom(5000).hex().encode() + b",x\n")
    for length in (5, len(content) // 2, len(content) - 4):
        (folder / "p.csv.gz").write_bytes(content[:length])
        with pytest.raises(DataError, match=r"p\.csv\.gz must be a complete gzip file"):
            opened("p.csv.gz")
    (folder / "p.csv.gz").write_bytes(b"text,label\na,b\n")
    with pytest.raises(DataError, match="must be a complete gzip file"):
        opened("p.csv.gz")


@pytest.mark.usefixtures("folder")
def test_files_that_do_not_have_the_same_columns(folder, opened):
    (folder / "e.csv").write_text("text,lable\ne,x\n")
    with pytest.raises(DataError, match=r"e\.csv must have a column 'label'") as error:
        opened(["a.csv", "e.csv"])
    assert error.value.candidates == ("lable",)
    (folder / "e.csv").write_text("text,label,more\ne,x,y\n")
    with pytest.raises(DataError, match="also has 'more'"):
        opened(["a.csv", "e.csv"])
    assert opened(["a.csv", "e.csv"], ("text",))[0]["text"].to_pylist() == ["a.csv", "e"]


@pytest.mark.usefixtures("folder")
def test_mixed_encodings_are_said_with_the_line(folder, opened):
    mixed = "text,label\n好,x\n很好,y\n".encode() + "屏幕坏了,x\n".encode("gb18030")
    (folder / "m.csv").write_bytes(mixed)
    with pytest.raises(DataError, match=r"2 lines are UTF-8, 1 are not.*line 4"):
        opened("m.csv")


def test_a_folder_of_triples_and_one_with_a_readme(tmp_path):
    (tmp_path / "train.txt").write_text("a\tb\tc\n")
    assert [path.name for path in find_files(str(tmp_path)).paths] == ["train.txt"]
    (tmp_path / "rows.csv").write_text("text\na\n")
    assert [path.name for path in find_files(str(tmp_path)).paths] == ["rows.csv"]


def test_the_fingerprint_follows_the_content(folder):
    source = find_files("a.csv")
    before = source.fingerprint()
    assert find_files("a.csv").fingerprint() == before
    (folder / "a.csv").write_text("text,label\nchanged,x\n")
    assert source.fingerprint() != before

"""Files are found by path, folder, glob and list."""

import pytest

from xinzhi.data.files import find_files
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
    with pytest.raises(DataError, match=r"must be one of \.csv.*was \.txt"):
        find_files("notes.txt")
    (folder / "a.xlsx").write_bytes(b"")
    with pytest.raises(DataError) as error:
        find_files("a.xlsx")
    assert "CSV UTF-8" in str(error.value)


@pytest.mark.usefixtures("folder")
def test_several_files_are_one_table_and_the_reading_is_told():
    records = find_files(["a.csv", "b.csv"]).read(["text", "label"])
    assert records.frame["text"].tolist() == ["a.csv", "b.csv"]
    assert records.notes == ("2 files were read as UTF-8",)


def test_the_fingerprint_follows_the_content(folder):
    source = find_files("a.csv")
    before = source.fingerprint()
    assert find_files("a.csv").fingerprint() == before
    (folder / "a.csv").write_text("text,label\nchanged,x\n")
    assert source.fingerprint() != before

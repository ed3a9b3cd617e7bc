"""Hugging Face's folder layouts."""

import pytest

from xinzhi.data.hub import find_split, require_split
from xinzhi.errors import DataError, FetchError

MANY = "data/train-00000-of-00002.csv data/train-00001-of-00002.csv data/test-00000-of-00001.csv"
LAYOUTS = [
    (f"{MANY} data/validation-00000-of-00001.csv", (2, 1, 1)),
    ("train.csv dev.csv test.csv README.md", (1, 1, 1)),
    ("train/a.csv train/b.csv test/a.csv", (2, 0, 1)),
    ("my_set.csv", (1, 0, 0)),
]


@pytest.mark.parametrize(("names", "counts"), LAYOUTS)
def test_splits_are_found_by_name(tmp_path, names, counts):
    for name in names.split():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("text,label\na,x\n")
    found = [find_split(str(tmp_path), s, offline=True) for s in ("train", "val", "test")]
    assert tuple(len(source.paths) if source else 0 for source in found) == counts


def test_a_split_that_must_be_there(tmp_path):
    (tmp_path / "train.csv").write_text("text\na\n")
    with pytest.raises(DataError, match="files of the split test"):
        require_split(str(tmp_path), "test", offline=True)


def test_a_name_that_is_no_folder_and_not_in_the_cache_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(FetchError, match="hf:nobody/nothing must be a folder") as error:
        find_split("nobody/nothing", "train", offline=True)
    assert "HF_ENDPOINT" in str(error.value)

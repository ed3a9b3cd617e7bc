"""A file is there whole or not at all, and is made once."""

import pytest

from xinzhi.data.replacing import once, replacing


def test_a_write_that_fails_leaves_what_was(tmp_path):
    path = tmp_path / "kept.json"
    path.write_text("before")

    def half_written():
        with replacing(path) as fresh:
            fresh.write_text("half")
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - the one above
        half_written()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_made_once_and_what_the_killed_left_is_removed(tmp_path):
    path, made = tmp_path / "folder" / "words.json", []

    def make(fresh):
        made.append(fresh)
        fresh.write_text("whole")

    path.parent.mkdir()
    left = [path.with_name(".words.json-0a1b2c3d"), path.with_name(".words.npy-0a1b2c3d")]
    others = path.with_name(".wordsmith.json-0a1b2c3d")
    for unfinished in (*left, others):
        unfinished.write_text("half")
    once(path, make)
    once(path, make)
    assert len(made) == 1
    assert path.read_text() == "whole"
    there = {file.name for file in path.parent.iterdir()} - {"words.lock"}
    assert there == {"words.json", others.name}

"""A file is there whole or not at all."""

import subprocess
import sys
import time

import pytest

from xinzhi.data.labelling import writing
from xinzhi.errors import DataError

WRITERS = {
    "json": writing.write_json,
    "jsonl": writing.write_lines,
    "csv": lambda path, rows: writing.write_csv(path, rows, ["a"]),
}


@pytest.mark.parametrize("form", WRITERS)
def test_what_fails_half_way_leaves_what_was_there(form, tmp_path):
    path = tmp_path / f"out.{form}"
    path.write_text("before")

    class Broken(dict):
        def items(self):
            raise OSError(28, "No space left on device")

        keys = __iter__ = items

    with pytest.raises(DataError, match=r"could not be: No space left.*is as it was"):
        WRITERS[form](path, [{"a": 1}, Broken(a=2)])
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_process_leaves_no_half_file(tmp_path):
    path = tmp_path / "out.jsonl"
    code = f"""
from pathlib import Path
from xinzhi.data.labelling.writing import write_lines
def rows():
    while True:
        yield {{"a": "x" * 1000}}
class Endless(list):
    __iter__ = lambda self: rows()
write_lines(Path({str(path)!r}), Endless())
"""
    process = subprocess.Popen([sys.executable, "-c", code])  # noqa: S603
    deadline = time.monotonic() + 30
    while not any(f.stat().st_size for f in tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not path.exists()


def test_a_folder_that_cannot_be_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="output must be a file that can be written"):
        writing.write_lines(tmp_path / "file" / "out.jsonl", [])

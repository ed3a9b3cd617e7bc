import json
import shutil

import pytest

from xinzhi.config.entry import start


@pytest.fixture
def said(store_folder, capsys):  # noqa: ARG001 - the current folder becomes a project
    def said(pipeline, *words):
        code = start(pipeline, list(words))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return said


def test_store_shows_what_takes_room_and_the_next_command(said, store_folder):
    code, out, _ = said("store")
    assert code == 0
    assert str(store_folder) in out
    assert "database" in out
    assert "store clean older=30d" in out


def test_store_clean_shows_before_it_removes(said, store_folder):
    old = store_folder.parent / "data" / "tokens" / "old.arrow"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"0" * 200_000)
    code, out, _ = said("store", "clean", "older=0h")
    assert code == 0
    assert "tokens/old.arrow" in out
    assert "yes=true" in out
    assert old.exists()
    code, out, _ = said("store", "clean", "older=0h", "yes=true", "report=json")
    assert json.loads(out)["removed"] is True
    assert not old.exists()


@pytest.mark.parametrize(
    ("words", "expected"), [(["clen"], "clean"), (["clean", "older=soon"], "30d")]
)
def test_store_says_what_it_takes(said, words, expected):
    code, _, err = said("store", *words)
    assert code != 0
    assert expected in err


def test_a_moved_project_is_mended_by_the_command_that_is_named(said, store_folder, monkeypatch):
    moved = store_folder.parent / "moved"
    moved.mkdir()
    shutil.move(store_folder, moved / "mlruns")
    monkeypatch.chdir(moved)
    code, _, err = said("store")
    assert code == 1
    assert "xinzhi store relocate" in err
    assert said("store", "relocate")[0] == 0
    assert said("store")[0] == 0

"""What modules import and mean is kept by their content, and never outlives it."""

import ast
import json

import pytest

from xinzhi.sweeping import readings

TEXT = (
    '"""About it."""\nimport os\nfrom . import beside\nfrom json import loads as read\nRATE = 1\n'
)


pytestmark = pytest.mark.usefixtures("cache", "another_command")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(readings.project, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache" / "code.json"


@pytest.fixture
def another_command(monkeypatch):
    """Forgets what this process has read, as a new process does."""

    def forget():
        monkeypatch.setattr(readings, "_known", {})
        monkeypatch.setattr(readings, "_new", {})

    forget()
    return forget


@pytest.fixture
def module(tmp_path):
    file = tmp_path / "inner.py"
    file.write_text(TEXT)
    return file


def refuse(*_):
    raise AssertionError("it was read again")


def test_imports_are_absolute_names(module):
    found = readings.read("mine.inner", module)
    assert found.imports == ("os", "mine", "mine.beside", "json", "json.loads")


def test_it_is_read_once_whatever_the_command(another_command, module, monkeypatch):
    first = readings.read("mine.inner", module)
    readings.keep()
    another_command()
    monkeypatch.setattr(ast, "parse", refuse)
    assert readings.read("mine.inner", module) == first


def test_a_change_is_read(another_command, module):
    first = readings.read("mine.inner", module)
    readings.keep()
    another_command()
    module.write_text(TEXT.replace("RATE = 1", "RATE = 2  # twice"))
    second = readings.read("mine.inner", module)
    module.write_text(TEXT.replace("About", "All about").replace("RATE = 1", "RATE = 1  # once"))
    assert second.meaning != first.meaning
    assert readings.read("mine.inner", module) == first


def test_the_same_text_elsewhere_imports_its_own_neighbours(module):
    readings.read("mine.inner", module)
    assert "yours.beside" in readings.read("yours.inner", module).imports


@pytest.mark.parametrize("held", ["", "{", "[]", '{"a": 1}', '{"a": ["b"]}', "\x00"])
def test_a_file_that_is_not_ours_is_written_anew(cache, module, held):
    cache.parent.mkdir()
    cache.write_text(held)
    readings.read("mine.inner", module)
    readings.keep()
    assert len(json.loads(cache.read_text())) == 1


def test_what_others_have_kept_meanwhile_stays(cache, module):
    readings.read("mine.inner", module)
    readings.keep()
    readings.read("yours.inner", module)
    cache.write_text(json.dumps({"theirs": ["meaning", ["os"]]}))
    readings.keep()
    assert set(json.loads(cache.read_text())) > {"theirs"}


def test_a_folder_that_takes_nothing_is_no_fault(cache, module):
    cache.parent.write_text("a file where the folder should be")
    readings.read("mine.inner", module)
    readings.keep()
    assert readings.read("mine.inner", module).imports

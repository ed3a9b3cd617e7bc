import sys
from pathlib import Path

import pytest

from xinzhi.config import project
from xinzhi.errors import ConfigError


@pytest.fixture
def marked(tmp_path, monkeypatch):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "xinzhi.yaml").write_text("allow: [acme]\n")
    monkeypatch.chdir(tmp_path / "deep" / "er")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delenv("XINZHI_CACHE", raising=False)
    return tmp_path


def test_the_marker_is_looked_for_upwards(marked):
    assert project.user_folder() == marked
    assert project.cache_folder() == marked / "data"
    assert project.store_folder() == marked / "mlruns"
    assert project.allowed_packages() == ("acme",)


def test_without_a_marker_it_is_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XINZHI_CACHE", "~/elsewhere")
    assert project.user_folder() == tmp_path
    assert project.cache_folder() == Path.home() / "elsewhere"
    assert project.allowed_packages() == ()
    before = list(sys.path)
    project.make_importable()
    assert sys.path == before


def test_a_project_cannot_stand_in_for_an_installed_package(marked):
    project.make_importable()
    project.make_importable()
    assert sys.path[-1] == str(marked)
    assert sys.path.count(str(marked)) == 1


@pytest.mark.parametrize("text", ["allow: [", "- a", "alow: [acme]", "text", "allow: {a: b}"])
def test_a_broken_marker_is_told(marked, text):
    (marked / "xinzhi.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"xinzhi\.yaml"):
        project.allowed_packages()

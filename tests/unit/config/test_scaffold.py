# ruff: noqa: PLW1510 - processes of our own

import subprocess
import sys

import pytest

from xinzhi.config import catalog, project, scaffold, sources
from xinzhi.errors import ConfigError

TASK = "text_classification"
PACKAGED = project.packaged_conf()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    sources.forget()  # another test's package of the same name
    return tmp_path


def test_what_is_written_passes_its_own_test(home):
    written = scaffold.new_model("wide_cnn", task=TASK)
    assert (home / "xinzhi.yaml").read_text().endswith("allow: [custom]\n")
    assert "xinzhi.yaml" in written.table()
    scaffold.new_experiment("tickets", task=TASK)
    scaffold.new_task("defects")  # its test trains on a small table and asks the model
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=home, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "6 passed" in done.stdout


def test_every_task_has_an_experiment_to_start_from(home):
    tasks = {option.partition("/")[0] for option in catalog.options([PACKAGED], "task")}
    for task in tasks:
        scaffold.new_experiment(f"my_{task}", task=task)
        written = (home / "conf" / "experiment" / f"my_{task}.yaml").read_text()
        assert f"  - {task}  " in written
        assert "  train: ???" in written
    with pytest.raises(ConfigError, match="must be a new name"):
        scaffold.new_task(TASK)


def test_nothing_is_overwritten(home):
    (home / "custom").mkdir()
    (home / "custom" / "mine.py").write_text("precious")
    with pytest.raises(ConfigError, match="nothing is overwritten"):
        scaffold.new_model("mine", task=TASK)
    assert (home / "custom" / "mine.py").read_text() == "precious"
    assert not (home / "tests").exists()
    assert not (home / "xinzhi.yaml").exists()


def test_a_marker_that_a_person_wrote_is_not_changed(home):
    (home / "xinzhi.yaml").write_text("allow: [acme]\n")
    scaffold.new_model("mine", task=TASK)
    assert (home / "acme" / "mine.py").exists()
    with pytest.raises(ConfigError, match="must admit other"):
        scaffold.new_model("mine2", task=TASK, package="other")
    assert not (home / "other").exists()


@pytest.mark.parametrize(
    ("name", "task", "package", "told"),
    [
        ("A b", TASK, None, "small letters"),
        ("../x", TASK, None, "small letters"),
        ("class", TASK, None, "small letters"),
        ("minilm", TASK, None, "new name"),
        ("mine", "text_clasification", None, "did you mean text_classification?"),
        ("mine", TASK, "json", "package of your own"),
        ("mine", TASK, "pytest", "package of your own"),
    ],
)
def test_names_that_cannot_be(home, name, task, package, told):
    with pytest.raises(ConfigError, match=told.replace("?", r"\?")):
        scaffold.new_model(name, task=task, package=package)
    assert not list(home.iterdir())

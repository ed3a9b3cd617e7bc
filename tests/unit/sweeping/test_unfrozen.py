"""Rows that a datamodule of one's own reads: what is told of them, and that nothing is."""

import os
import shutil
import sys

import pytest

from xinzhi.config import sources
from xinzhi.sweeping import unfrozen
from xinzhi.sweeping.identity import taken_apart
from xinzhi.sweeping.known import Known
from xinzhi.sweeping.plan import of_one
from xinzhi.sweeping.records import Job

OWN = """
class Silent:
    def __init__(self, *, path: str = "", paths: tuple[str, ...] = (), width: int = 3) -> None:
        self.path = path


class Telling(Silent):
    def data_digest(self):
        return f"rows of the table {self.path}"


class Inheriting(Telling):
    pass
"""
EXPERIMENT = """
# @package _global_
objective: val/loss
mode: min
datamodule:
  _target_: mine.Silent
task:
  _target_: mine.Silent
"""


@pytest.fixture
def project(store_folder, monkeypatch):
    folder = store_folder.parent
    (folder / "xinzhi.yaml").write_text("allow: [mine]")
    (folder / "mine.py").write_text(OWN)
    (folder / "conf" / "experiment").mkdir(parents=True)
    (folder / "conf" / "experiment" / "own.yaml").write_text(EXPERIMENT)
    monkeypatch.syspath_prepend(str(folder))
    sys.modules.pop("mine", None)
    sources.forget()
    yield folder
    sys.modules.pop("mine", None)
    shutil.rmtree(folder / "conf")
    sources.forget()


def digest(name, **arguments):
    return unfrozen.digest({"data": None, "datamodule": {"_target_": f"mine.{name}", **arguments}})


def test_of_what_says_nothing_nothing_is_known(project):
    assert project.is_dir()
    assert digest("Silent") == digest("Silent", path="no such file") == unfrozen.UNKNOWN
    assert digest("Silent", path=".") == digest("Silent", path="s3://bucket/x") == unfrozen.UNKNOWN


def test_files_count_by_their_content_wherever_they_are_named(project):
    file = project / "rows.csv"
    for arguments in ({"path": "rows.csv"}, {"paths": ["x", str(file)]}, {"path": "*.csv"}):
        file.write_text("a,1\n")
        one = digest("Silent", **arguments)
        os.utime(file, (1, 1))
        assert digest("Silent", **arguments) == one != unfrozen.UNKNOWN
        file.write_text("a,2\n")
        assert digest("Silent", **arguments) != one


def test_a_folder_counts_by_what_is_in_it(project):
    (project / "rows" / "deep").mkdir(parents=True)
    (project / "rows" / "deep" / "1.txt").write_text("1")
    one = digest("Silent", path="rows")
    (project / "rows" / "2.txt").write_text("2")
    assert digest("Silent", path="rows") not in (one, unfrozen.UNKNOWN)


def test_what_is_too_large_to_be_read_counts_by_size_and_time(project, monkeypatch):
    monkeypatch.setattr(unfrozen, "_READ_TO_BYTES", 3)
    file = project / "rows.csv"
    file.write_text("a,1\n")
    os.utime(file, (1, 1))
    one = digest("Silent", path="rows.csv")
    file.write_text("a,2\n")
    os.utime(file, (1, 1))
    assert digest("Silent", path="rows.csv") == one
    os.utime(file, (2, 2))
    assert digest("Silent", path="rows.csv") != one


@pytest.mark.parametrize("name", ["Telling", "Inheriting"])
def test_a_datamodule_may_tell(project, name):
    assert project.is_dir()
    told = {digest(name, path=path) for path in ("a", "b", "b")}
    assert len(told) == 2
    assert unfrozen.UNKNOWN not in told


def test_a_plan_says_that_the_rows_are_unknown(project):
    plan = of_one(["experiment=own"])
    assert "unknown" in plan.rows
    assert "data_digest" in plan.rows
    assert plan.jobs[0].why == "new: its config was never run"
    (project / "rows.csv").write_text("a")
    assert "unknown" not in of_one(["experiment=own", "datamodule.path=rows.csv"]).rows


def test_what_is_done_by_its_config_and_code_alone_is_told_so():
    job = Job(sweep="first", number=3, trial=0, identity="c-k-unknown-0", state="finished")
    mark = Known([job]).mark("c-k-unknown-0")
    assert mark.done
    assert "config and code alone" in mark.why
    assert "data changed" in Known([job]).mark("c-k-0123-0").why
    assert taken_apart(job.identity)[2] == unfrozen.UNKNOWN

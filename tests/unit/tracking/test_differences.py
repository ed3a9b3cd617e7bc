"""What differs between runs, held against the files and runs that were made to differ."""

import subprocess
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest

from xinzhi.data import snapshot
from xinzhi.tracking import differences, differences_code, differences_data, environment
from xinzhi.tracking.differences_facts import Rows, facts
from xinzhi.tracking.environment import Code
from xinzhi.tracking.run import start_run

CONFIG = """
model:
  _target_: xinzhi.tasks.text_classification.model.TextCNN
  hidden: {hidden}
  _suggests_:
    lr: 0.1
datamodule:
  seed: ${{seed}}
optimizer:
  lr: ${{oc.select:model._suggests_.lr,1.0}}
data:
  train: {train}
  key: ${{oc.env:SECRET_PLACE}}
tracking:
  uri: null
objective: val/f1_macro
mode: max
name: reviews
seed: {seed}
"""


def git(folder, *words):
    author = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    subprocess.run(["git", "-C", str(folder), *author, *words], check=True, capture_output=True)  # noqa: S603, S607


@pytest.fixture
def repository(tmp_path):
    """A repository with one commit, in whose subfolder somebody works."""
    folder = tmp_path / "repository"
    (folder / "src").mkdir(parents=True)
    git(tmp_path, "init", "-q", str(folder))
    (folder / "src" / "model.py").write_text("width = 1\n\n\ndepth = 2\n")
    (folder / "模型.md").write_text("一\n二\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "one")
    return folder


def files(folder):
    there = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in there}


def edit(folder, step):
    """Edits, new files, removed and renamed ones."""
    (folder / "src" / "model.py").write_text(f"width = {step}\n\n\ndepth = 2\n")
    (folder / f"new {step}.py").write_text("value = 3\n")
    if step == 2:
        (folder / "模型.md").unlink()
    if step == 3:
        (folder / "new 2.py").rename(folder / "src" / "moved.py")


@pytest.mark.parametrize("committed", [(), (2,), (3,), (2, 3)])
def test_the_diff_makes_the_one_state_of_the_other(repository, tmp_path, committed):
    states = []
    for step in (2, 3):
        edit(repository, step)
        if step in committed:
            git(repository, "add", "-A")
            git(repository, "commit", "-qm", str(step))
        states.append((environment.code(repository / "src"), files(repository)))
    (before, was), (after, expected) = states
    objects = set((repository / ".git" / "objects").rglob("*"))
    found = differences_code.between(before, after, repository / "src")
    assert found.same is False
    assert set((repository / ".git" / "objects").rglob("*")) == objects  # nothing was written
    copy = tmp_path / "copy"
    for name, content in was.items():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(content)
    git(copy, "init", "-q")
    (tmp_path / "diff").write_text(found.diff)
    git(copy, "apply", str(tmp_path / "diff"))
    assert files(copy) == expected
    changed = {name for name in {*was, *expected} if was.get(name) != expected.get(name)}
    assert {file.path for file in found.files} == changed


def test_what_runs_make_themselves_is_no_code(repository, monkeypatch):
    monkeypatch.chdir(repository)
    monkeypatch.delenv("XINZHI_CACHE", raising=False)
    for folder in ("mlruns", "data"):
        (repository / folder).mkdir()
        (repository / folder / "made.json").write_text("{}")
    assert not environment.code(repository).dirty
    (repository / "data" / "prepare.py").write_text("a = 1\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "own code among it")
    (repository / "data" / "prepare.py").write_text("a = 2\n")
    assert "+a = 2" in environment.code(repository).diff


def test_one_commit_with_the_same_changes_is_the_same_code(repository):
    edit(repository, 2)
    code = environment.code(repository)
    assert code.dirty
    found = differences_code.between(code, code, repository)
    assert found.same
    assert "with the same uncommitted changes" in found.told


def test_what_is_committed_later_is_the_same_code(repository):
    edit(repository, 2)
    before = environment.code(repository)
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "two")
    assert differences_code.between(before, environment.code(repository), repository).same


def test_a_commit_of_another_clone_is_named(repository):
    known = environment.code(repository)
    found = differences_code.between(
        known, Code("0" * 40, dirty=True, diff="+ a = 1\n"), repository
    )
    assert found.same is False
    assert "000000000 is not in this clone" in found.told
    assert "+ a = 1" in found.diff


def test_without_a_repository_nothing_is_known(tmp_path):
    found = differences_code.between(Code("", False, ""), Code("", False, ""), tmp_path)  # noqa: FBT003
    assert found.same is None
    assert "neither" in found.told


def test_binary_files_whose_content_was_not_kept_are_said(repository):
    (repository / "weights.bin").write_bytes(bytes(range(256)))
    edit(repository, 2)
    found = differences_code.between(
        Code(environment.code(repository).commit, dirty=False, diff=""),
        environment.code(repository),
        repository,
    )
    assert "binary files were not kept" in found.told
    assert "new 2.py" in {file.path for file in found.files}


@pytest.fixture
def freeze(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path_factory.mktemp("cache")))

    def freeze(texts, digest):
        frame = pd.DataFrame({"text": texts, "label": ["a"] * len(texts), "row": range(len(texts))})
        table = pa.Table.from_pandas(frame, preserve_index=False)
        parts = {"train": table, "val": table.slice(0, 0), "test": table.slice(0, 0)}
        manifest = {"name": "demo", "digest": digest, "split": "", "steps": [], "notes": [],
                    "warnings": [], "sources": [], "classes": ["a"],
                    "counts": {"train": len(texts), "val": 0, "test": 0},
                    "columns": {"text": "string", "label": "string"}}  # fmt: skip
        made = snapshot.write(parts, manifest, inputs=digest)
        return Rows(name="demo", digest=made.digest, counts=made.counts, source="")

    return freeze


def test_rows_are_counted_where_both_snapshots_are_there(freeze):
    before, after = freeze(["x", "y"], "a" * 32), freeze(["x", "z", "u"], "b" * 32)
    found = differences_data.between(before, after)
    assert found.same is False
    assert "2 added, 1 removed" in found.told
    assert found.rows["unchanged"]["train"] == 1


def test_a_snapshot_that_is_gone_is_said(freeze):
    before = freeze(["x"], "a" * 32)
    gone = Rows(name="demo", digest="c" * 32, counts={"train": 5}, source="")
    found = differences_data.between(before, gone)
    assert found.same is False
    assert "demo-cccccccccccc is not kept here" in found.told
    assert differences_data.between(gone, gone).same
    assert differences_data.between(None, gone).same is None


def begin(store, *, hidden=8, seed=1, train="a.csv", digest="a" * 32, params=None):
    config = CONFIG.format(hidden=hidden, seed=seed, train=train)
    with start_run(
        store, experiment="reviews", run_name=f"cnn s{seed}", config_yaml=config,
        params=params or {"seed": str(seed)}, tags={"task": "text_classification"},
        system_metrics=False,
    ) as run:  # fmt: skip
        rows = SimpleNamespace(name="reviews", digest=digest)
        run.dataset(rows, source="a.csv", context="training", profile={"train": 9, "test": 3})
        run.metrics({"test/f1_macro": 0.5}, step=1)
        run.describe(f"`xinzhi train model.hidden={hidden} 'data.train=my file.csv'`\n\nIt is so.")
    return facts(store, run.run_id)


def test_what_a_run_kept_is_read_back_typed(store):
    found = begin(store, seed=3)
    assert found.config["model.hidden"] == 8
    assert found.config["optimizer.lr"] == 0.1
    assert found.config["datamodule.seed"] == 0  # it follows the seed, which is told by itself
    assert found.config["data.key"] == "${oc.env:SECRET_PLACE}"
    assert not {"seed", "name", "tracking.uri", "data.train"} & set(found.config)
    assert (found.seed, found.status, found.task) == (3, "FINISHED", "text_classification")
    assert found.objective == ("val/f1_macro", "max")
    assert found.rows == Rows(
        name="reviews", digest="a" * 32, counts={"train": 9, "test": 3}, source="a.csv"
    )
    assert found.overrides == ("model.hidden=8", "data.train=my file.csv")
    assert found.packages["pytest"] == pytest.__version__
    assert found.machine["python"].startswith("3.")
    assert found.metrics == {"test/f1_macro": 0.5}


def test_runs_that_differ_in_the_seed_alone_differ_in_nothing_else(store, tmp_path):
    found = differences.between([begin(store, seed=1), begin(store, seed=2)], tmp_path)
    assert found.what == ("seed",)
    assert found.seed == [1, 2]


def test_several_runs_stand_side_by_side(store, tmp_path):
    runs = [begin(store), begin(store, hidden=16), begin(store, train="b.csv", digest="b" * 32)]
    found = differences.between(runs, tmp_path)
    assert found.config == [differences.Difference("model.hidden", [8, 16, 8])]
    assert [one.same for one in found.data] == [True, False]
    assert "data" in found.what


def test_a_run_of_another_program_is_read_as_far_as_it_goes(store, tmp_path):
    client = store.client
    other = client.create_run(store.experiment("other"))
    client.log_param(other.info.run_id, "lr", "0.1")
    found = facts(store, other.info.run_id)
    assert found.config == {"lr": "0.1"}
    assert (found.seed, found.rows, found.overrides) == (None, None, None)
    assert differences.between([found, begin(store)], tmp_path).environment == []


def test_true_is_not_one_and_nothing_known_is_no_difference():
    assert differences.differing([{"a": True}, {"a": 1}]) == [
        differences.Difference("a", [True, 1])
    ]
    assert differences.differing([{"a": 1}, {}]) == []
    assert differences.differing([{"a": 1.0, "b": None}, {"a": 1}]) == []

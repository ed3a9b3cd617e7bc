"""The code of two runs: whether it matters to a training, and an earlier state of it laid out."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from xinzhi.config import sources
from xinzhi.errors import ConfigError
from xinzhi.sweeping.code import modules_of
from xinzhi.sweeping.why import states
from xinzhi.sweeping.why.states import State
from xinzhi.tracking.environment import Code, code


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A user's project whose module `own.net` has three states: 1, 2 and, not committed, 3."""
    folder = tmp_path / "project"
    (folder / "own").mkdir(parents=True)
    (folder / "xinzhi.yaml").write_text("allow: [own]")
    (folder / "own" / "__init__.py").write_text("")
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    git("init", "-q")
    found = {}
    for number in (1, 2, 3):
        body = f"class Net:\n    number = {number}\n"
        (folder / "own" / "net.py").write_text(body)
        (folder / "notes.txt").write_text(f"{number}")
        git("add", "-A")
        if number < 3:
            git("commit", "-qm", f"state {number}")
        found[number] = code(folder)
    forget()
    yield found
    forget()


def forget():
    sources.forget()
    modules_of.cache_clear()


def git(*words):
    who = ("-c", "user.name=A", "-c", "user.email=a@b.c")
    subprocess.run(["git", *who, *words], check=True, capture_output=True)  # noqa: S603, S607


def side(state):
    leaves = {"model._target_": "own.net.Net", "model.hidden": 8}
    return SimpleNamespace(
        facts=SimpleNamespace(code=state), written=SimpleNamespace(leaves=leaves)
    )


def test_code_that_a_training_imports_is_told_apart(repository):
    found = states.between(side(repository[1]), side(repository[3]))
    assert found.differs
    assert found.a == State(commit=repository[1].commit)
    assert found.b == State()  # as it is now: run in this process
    assert not found.again


def test_code_that_has_changed_since_runs_both_again(repository):
    found = states.between(side(repository[1]), side(repository[1]))
    assert (found.differs, found.again) == (False, True)
    assert "changed since" in found.notes[0]


def test_code_that_no_training_imports_does_not_count(repository):
    one = repository[3]
    diff = one.diff + (
        "diff --git a/new.txt b/new.txt\nnew file mode 100644\n--- /dev/null\n+++ b/new.txt\n"
        "@@ -0,0 +1 @@\n+hello\n"
    )
    found = states.between(side(one), side(Code(one.commit, dirty=True, diff=diff)))
    assert (found.differs, found.again) == (False, False)
    assert "neither training imports" in found.notes[0]


def test_a_commit_that_is_not_here_is_not_exchanged(repository):
    gone = Code("f" * 40, dirty=False, diff="")
    found = states.between(side(gone), side(repository[3]))
    assert (found.differs, found.again) == (False, True)
    assert "not in this clone" in found.notes[0]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_earlier_state_is_what_another_process_imports(repository, tmp_path, number):
    kept = repository[number]
    state = State(commit=kept.commit, diff=kept.diff)
    environment = states.laid_out(state, tmp_path / "out" / state.name)
    assert states.laid_out(state, tmp_path / "out" / state.name) == environment
    words = [sys.executable, "-c", "from own.net import Net; print(Net.number)"]
    told = subprocess.run(  # noqa: S603
        words, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == str(number)


def test_changes_that_were_not_kept_whole_are_said(repository, tmp_path):
    broken = State(commit=repository[1].commit, diff="diff --git a/x b/x\nnonsense\n")
    with pytest.raises(ConfigError, match="not kept whole"):
        states.laid_out(broken, tmp_path / "out" / broken.name)

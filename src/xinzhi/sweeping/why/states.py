"""The code of two runs: whether it matters to them, and how another state of it is run."""

import hashlib
import io
import os
import subprocess
import tarfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.config.project import user_folder
from xinzhi.errors import ConfigError
from xinzhi.sweeping.code import modules_of, targeted_modules
from xinzhi.tracking import environment
from xinzhi.tracking.differences_code import between as compared
from xinzhi.tracking.environment import Code
from xinzhi.tracking.repository import ask

if TYPE_CHECKING:
    from xinzhi.sweeping.why.sides import Side

DATA, CODE = "data", "code"  # what they are called among the factors
_FITTED_BY = ("xinzhi.training.fit", "xinzhi.training.assembly")


@dataclass(frozen=True, kw_only=True)
class State:
    """A state of the code.

    Attributes:
        commit: of the repository of the current folder; empty for the code as it is now.
        diff: on top of it.
    """

    commit: str = ""
    diff: str = ""

    @property
    def shown(self) -> str:
        """What a person reads."""
        return f"{self.commit[:9]}{' with changes' if self.diff else ''}" or "as it is now"

    @property
    def name(self) -> str:
        """What its folder is called."""
        return hashlib.sha256(f"{self.commit}{self.diff}".encode()).hexdigest()[:12]

    def plain(self) -> dict[str, Any]:
        """Gives it as a ledger holds it."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class States:
    """The code of two runs.

    Attributes:
        differs: whether it can be exchanged.
        a: the one's.
        b: the other's.
        again: whether both are to be run again, with the code of now.
        notes: what a person must know of it.
    """

    differs: bool = False
    a: State = field(default_factory=State)
    b: State = field(default_factory=State)
    again: bool = False
    notes: tuple[str, ...] = ()


def between(a: "Side", b: "Side") -> States:
    """Compares the code of two runs with one another and with that of now.

    Args:
        a: the one.
        b: the other.
    """
    folder = user_folder()
    now = environment.code(folder)
    codes = [side.facts.code for side in (a, b)]
    files = _imported(a, b)
    differ, told = _matters(codes[0], codes[1], files)
    since = [_matters(code, now, files)[0] for code in codes]
    if not differ:
        if any(since):
            note = "the code has changed since A and B were trained: both are run again with it"
            return States(again=True, notes=(*told, note))
        return States(notes=told)
    missing = [
        f"{code.commit[:9]} of {letter} is not in this clone (git fetch)"
        for letter, code, other in zip("AB", codes, since, strict=True)
        if other and ask(folder, "cat-file", "-e", f"{code.commit}^{{commit}}") is None
    ]
    if missing:
        note = (
            f"the code differs, and {' and '.join(missing)}: it cannot be exchanged; A and B are "
            "run again with the code as it is now"
        )
        return States(again=True, notes=(*told, note))
    states = [
        State(commit=code.commit, diff=code.diff) if other else State()
        for code, other in zip(codes, since, strict=True)
    ]
    return States(differs=True, a=states[0], b=states[1], notes=told)


def _imported(a: "Side", b: "Side") -> set[str]:
    """The files that the trainings import, from the top of the repository."""
    from xinzhi.config import sources

    top = Path((ask(user_folder(), "rev-parse", "--show-toplevel") or "/").strip())
    roots: set[str] = set(_FITTED_BY)
    for side in (a, b):
        for key, value in side.written.leaves.items():
            if key.endswith("_target_") and isinstance(value, str):
                roots |= set(targeted_modules({"_target_": value}))
    found = (sources.read(module) for module in modules_of(frozenset(roots)))
    files = [source.file.resolve() for source in found if source is not None]
    return {str(file.relative_to(top)) for file in files if file.is_relative_to(top)}


def _matters(one: Code, other: Code, files: set[str]) -> tuple[bool, tuple[str, ...]]:
    """Whether code differs in files that the trainings import; what a person must know of it."""
    found = compared(one, other, user_folder())
    if found.same is None and not found.files:
        return False, (f"code: {found.told}",)
    if found.same:
        return False, ()
    if found.files and not any(file.path in files for file in found.files):
        return False, ("code differs in files that neither training imports",)
    return True, ()


def laid_out(state: State, folder: Path) -> dict[str, str]:
    """Lays a state of the code out in a folder, and gives the environment that runs it.

    Args:
        state: of a repository that the current folder is in.
        folder: is made where it is not there yet.

    Raises:
        ConfigError: git does not give it out.
    """
    top = Path((ask(user_folder(), "rev-parse", "--show-toplevel") or "").strip())
    if not folder.exists():
        packed = subprocess.run(  # noqa: S603 - a commit's hash
            ["git", "-C", str(top), "archive", "--format=tar", state.commit],  # noqa: S607
            capture_output=True,
            check=False,
        )
        if packed.returncode:
            raise ConfigError(f"git must give out {state.commit[:9]}, said {packed.stderr!r}")
        made = folder.with_name(f"{folder.name}.{os.getpid()}")
        made.mkdir(parents=True)
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            archive.extractall(made, filter="tar")
        _apply(state, made)
        made.replace(folder)  # last, so that what is there is whole
    inside = user_folder().resolve().relative_to(top.resolve())
    places = [str(folder / "src"), str(folder / inside)]
    before = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([*places, *([before] if before else [])])}


def _apply(state: State, folder: Path) -> None:
    if not state.diff:
        return
    done = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],  # noqa: S607
        cwd=folder,
        input=state.diff.encode(),
        capture_output=True,
        check=False,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
    )
    if done.returncode:
        raise ConfigError(
            f"the changes on top of {state.commit[:9]} were not kept whole: {done.stderr.decode()}"
        )

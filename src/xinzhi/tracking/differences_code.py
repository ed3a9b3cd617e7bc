"""What differs between the code of two runs: commits, and the changes that were not committed."""

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from xinzhi.tracking.environment import Code
from xinzhi.tracking.repository import ask

_LONGEST = 500_000
_PREFIXES = ("--src-prefix=a/", "--dst-prefix=b/")  # whatever the user has set
_BINARY = re.compile(r"^(Binary files .* differ|GIT binary patch)$", re.MULTILINE)
_UNKNOWN = {
    "neither": "neither was in a git repository, so nothing is known of it",
    "one": "one was in no git repository, so nothing is known of it",
}
_NEXT_FILE = re.compile(r"^(?=diff --git )", re.MULTILINE)


@dataclass(frozen=True)
class FileChange:
    """Lines that a file gained and lost; None of a binary file."""

    path: str
    added: int | None
    removed: int | None


@dataclass(frozen=True, kw_only=True)
class CodeDifference:
    """What differs between two states of the code.

    Attributes:
        same: whether they are equal; None where it cannot be known.
        told: the same as a sentence.
        files: that differ.
        diff: from the one to the other, unified.
    """

    same: bool | None
    told: str
    files: list[FileChange] = field(default_factory=list)
    diff: str = ""


def between(before: Code, after: Code, folder: Path) -> CodeDifference:
    """Compares the code of two runs, uncommitted changes included.

    Args:
        before: of the one.
        after: of the other.
        folder: any folder of the repository that both were made in; nothing is written there.
    """
    if not (before.commit and after.commit):
        which = "one" if before.commit or after.commit else "neither"
        return CodeDifference(same=None, told=_UNKNOWN[which])
    if before == after:
        changed = ", with the same uncommitted changes" if before.dirty else ""
        return CodeDifference(same=True, told=f"commit {before.commit[:9]}{changed}")
    top = (ask(folder, "rev-parse", "--show-toplevel") or "").strip()
    missing = [c for c in dict.fromkeys((before.commit, after.commit)) if not _is_here(top, c)]
    if missing:
        return _by_what_was_kept(before, after, missing)
    return _of_trees(Path(top), before, after)


def _is_here(top: str, commit: str) -> bool:
    return bool(top) and ask(Path(top), "cat-file", "-e", f"{commit}^{{commit}}") is not None


def _by_what_was_kept(before: Code, after: Code, missing: list[str]) -> CodeDifference:
    names = " and ".join(commit[:9] for commit in missing)
    verb = "is" if len(missing) == 1 else "are"
    sides = (f"{_state(before)} → {_state(after)}", f"{names} {verb} not in this clone (git fetch)")
    parts = [
        f"# not committed in {word}\n{code.diff}"
        for word, code in (("the one", before), ("the other", after))
        if code.diff and before.diff != after.diff
    ]
    diff = "\n".join(parts)
    return CodeDifference(same=False, told="; ".join(sides), diff=diff[:_LONGEST])


def _of_trees(top: Path, before: Code, after: Code) -> CodeDifference:
    notes: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        own = _own_objects(top, Path(scratch))
        trees = [_tree(top, code, own, notes) for code in (before, after)]
        words = ("diff", "--no-color", "--no-ext-diff", *_PREFIXES, *trees)
        numbers = ask(top, "diff", "--numstat", "-z", "--no-renames", *trees, **own) or ""
        diff = ask(top, *words, **own) or ""
    files = [_file_change(one) for one in numbers.split("\0") if one]
    count = "1 file differs" if len(files) == 1 else f"{len(files):,} files differ"
    if not files:
        count = "the same files"
    told = "; ".join([f"{_state(before)} → {_state(after)}: {count}", *dict.fromkeys(notes)])
    same = False if files else None if notes else True
    return CodeDifference(same=same, told=told, files=files, diff=diff[:_LONGEST])


def _own_objects(top: Path, scratch: Path) -> dict[str, str]:
    """Lets git write what it makes into a folder of ours, beside the repository's own objects."""
    objects = (ask(top, "rev-parse", "--git-path", "objects") or "").strip()
    (scratch / "objects").mkdir()
    return {
        "GIT_INDEX_FILE": str(scratch / "index"),
        "GIT_OBJECT_DIRECTORY": str(scratch / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str((top / objects).resolve()),
    }


def _tree(top: Path, code: Code, own: dict[str, str], notes: list[str]) -> str:
    """The tree of a commit with a stored diff on top; the commit's own where that does not fit."""
    ask(top, "read-tree", code.commit, **own)
    if code.diff:
        sections = _NEXT_FILE.split(code.diff)
        texts = [section for section in sections if not _BINARY.search(section)]
        if len(texts) < len(sections):
            notes.append("changed binary files were not kept")
        patch = Path(own["GIT_INDEX_FILE"]).with_name("changes.diff")
        patch.write_text("".join(texts), encoding="utf-8")
        if texts and ask(top, "apply", "--cached", str(patch), **own) is None:
            notes.append(f"the changes on top of {code.commit[:9]} were not kept whole")
    elif code.dirty:
        notes.append(f"the changes on top of {code.commit[:9]} were not kept")
    return (ask(top, "write-tree", **own) or code.commit).strip()


def _file_change(line: str) -> FileChange:
    added, removed, path = line.split("\t", 2)
    return FileChange(path, *(int(n) if n.isdigit() else None for n in (added, removed)))


def _state(code: Code) -> str:
    return f"{code.commit[:9]}{' with changes' if code.dirty else ''}"

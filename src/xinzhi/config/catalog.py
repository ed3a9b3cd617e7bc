"""What there is to choose from: pipelines, groups and their options, read from file names."""

import ast
from collections.abc import Sequence
from pathlib import Path

# The order of `xinzhi --help`: data, train, judge, use, watch, store.
COMMANDS = {
    "Data": ("prepare", "data", "label"),
    "Train": ("plan", "train", "sweep", "reproduce"),
    "Judge": ("evaluate", "compare", "why", "promote", "approve", "rollback", "audit"),
    "Use": ("predict", "export", "serve", "explain"),
    "Watch": ("monitor", "label-queue", "retrain"),
    "Store": ("ui", "store", "new", "doctor", "completion", "chaos", "ship"),
}


def pipelines(folder: Path) -> dict[str, Path]:
    """The commands that exist, with the module of each."""
    files = sorted(folder.glob("*.py"))
    return {f.stem.replace("_", "-"): f for f in files if not f.stem.startswith("_")}


def sentence(module: Path) -> str:
    """The first line of a module's docstring, read without importing it."""
    return _docstring(module).partition("\n")[0]


def examples(module: Path) -> list[str]:
    """The lines of a module's docstring that are commands."""
    lines = map(str.strip, _docstring(module).splitlines())
    return [line for line in lines if line.startswith("xinzhi ")]


def _docstring(module: Path) -> str:
    return ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""


def options(folders: Sequence[Path], group: str) -> list[str]:
    """The options of a group, those of a task with the task's folder before the name."""
    found: set[str] = set()
    for folder in folders:
        root = folder / group
        files = root.rglob("*.yaml") if root.is_dir() else ()
        found |= {file.relative_to(root).with_suffix("").as_posix() for file in files}
    return sorted(found)


def option_file(folders: Sequence[Path], group: str, option: str) -> Path | None:
    """The YAML of an option, the first folder's before the others'."""
    files = (folder / group / f"{option}.yaml" for folder in folders)
    return next((file for file in files if file.is_file()), None)


def groups(folders: Sequence[Path]) -> list[str]:
    """The groups that exist in any of the folders."""
    return sorted({g.name for folder in folders for g in folder.iterdir() if g.is_dir()})

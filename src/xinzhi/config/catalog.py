"""What there is to choose from: pipelines, groups and their options, read from file names."""

import ast
import re
from collections.abc import Sequence
from pathlib import Path

from xinzhi.config.near import near

# The keys at the top of a file, and those of the lines below `_suggests_` are not among them.
_KEY = re.compile(r"^([A-Za-z]\w*):", re.MULTILINE)
# What other programs call it.
_SYNONYMS = {
    "learning_rate": "lr", "epochs": "max_epochs", "num_epochs": "max_epochs",
    "n_epochs": "max_epochs", "steps": "max_steps", "batch": "batch_size", "bs": "batch_size",
    "hidden_size": "hidden", "hidden_dim": "hidden", "num_layers": "layers", "n_layers": "layers",
    "embedding_dim": "embedding", "vocab_size": "vocabulary_size", "warmup_steps": "warmup",
    "warmup_ratio": "warmup", "wd": "weight_decay", "device": "accelerator", "gpus": "devices",
    "gradient_accumulation_steps": "accumulate_grad_batches", "grad_clip": "gradient_clip_val",
    "metric": "objective", "max_len": "max_length", "max_seq_length": "max_length",
}  # fmt: skip
SEVERAL = ("train", "plan")  # pipelines that take -m, and keys of a sweep with it
_NO_HOMES = ("experiment.", "debug.", "baseline.", "sweep.")
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


def keys_named(folders: Sequence[Path], name: str, *, near_too: bool = True) -> list[str]:
    """The keys of groups that are called so, or nearly so: `optimizer.lr` for `lr`.

    Args:
        folders: the search path.
        name: the last part of a key.
        near_too: whether names that are like it count.
    """
    there: dict[str, dict[str, None]] = {}
    for group in groups(folders):
        files = [file for folder in folders for file in sorted((folder / group).rglob("*.yaml"))]
        for file in files:
            for found in _KEY.findall(file.read_text(encoding="utf-8")):
                there.setdefault(found, {})[f"{group}.{found}"] = None
    homes = {n: [k for k in keys if not k.startswith(_NO_HOMES)] for n, keys in there.items()}
    called = _SYNONYMS.get(name, name)
    known = [n for n, keys in homes.items() if keys]
    same = [called] if called in known else near(called, known) if near_too else []
    return [key for one in same for key in homes[one]]


def groups(folders: Sequence[Path]) -> list[str]:
    """The groups that exist in any of the folders."""
    return sorted({g.name for folder in folders for g in folder.iterdir() if g.is_dir()})

"""What a training is, whatever it is called: its config, code, data and seed as one hash."""

import ast
import copy
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from omegaconf import DictConfig

from xinzhi.config import project, sources
from xinzhi.config.compose import fully_resolved
from xinzhi.config.cosmetic import COSMETIC
from xinzhi.config.targets import build
from xinzhi.sweeping import unfrozen
from xinzhi.sweeping.hashing import LENGTH, hashed

_FITTED_BY = ("xinzhi.training.fit", "xinzhi.training.assembly")  # whatever the targets are
_CHANGES_NO_FIT = ("xinzhi.config", "xinzhi.tracking", "xinzhi.pipelines", "xinzhi.sweeping")
_BY_DIGEST = ("data",)  # whatever made the rows
_PARTED = "-"
UNPREPARED = "unprepared"


class Identity(NamedTuple):
    """The parts that make two trainings the same, each as a hash.

    Attributes:
        whole: all of them, so that it can be told which one differs.
        config: of the resolved config without cosmetic keys and the seed.
        code: of the modules that the config's targets import.
        data: the digest of the snapshot, None where it has not been prepared; without a snapshot
            of what the datamodule reads, `unknown` where nobody can tell.
        seed: of the training.
    """

    whole: str
    config: str
    code: str
    data: str | None
    seed: int


def identity(config: DictConfig, *, data: str | None = None) -> Identity:
    """Gives the identity of the training that a checked config describes.

    Args:
        config: of conf/train.yaml.
        data: the digest of its rows; looked for among the snapshots by default.
    """
    seed = int(config.get("seed") or 0)
    # with 0 for the seed, which others follow too, such as the batches' order; what names the
    # environment counts by its value, and leaves no trace but the hash
    plain = fully_resolved(_with_seed(config, 0))
    digest = data or data_digest(plain)
    what = hashed(essential(plain))
    code = code_of(plain)
    return Identity(_PARTED.join(parts(what, code, digest, seed)), what, code, digest, seed)


def parts(config: str, code: str, data: str | None, seed: int) -> tuple[str, str, str, str]:
    """Gives the parts of a whole identity, as text.

    Args:
        config: hash.
        code: hash.
        data: digest; None where the rows have not been prepared.
        seed: of the training.
    """
    return config, code, (data or UNPREPARED)[:LENGTH], str(seed)


def taken_apart(whole: str) -> tuple[str, ...]:
    """Gives the four parts of a whole identity again: config, code, data, seed.

    Args:
        whole: of a job.
    """
    return tuple(whole.split(_PARTED))


def _with_seed(config: DictConfig, seed: int) -> DictConfig:
    changed = copy.deepcopy(config)
    if changed.get("seed") is not None:
        changed.seed = seed
    return changed


def essential(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Gives the config without its seed and what is cosmetic.

    Args:
        plain: the resolved config.
    """
    return {
        key: value
        for key, value in _without(plain, "").items()
        if key not in {"seed", "asked"} and value is not None
    }


def data_digest(plain: Mapping[str, Any]) -> str | None:
    """Gives the digest of the snapshot that a config's declaration has by now, if it has one.

    Without a declaration it is of what can be told of the rows that the datamodule reads.

    Args:
        plain: the resolved config.
    """
    node = plain.get("data")
    if not isinstance(node, Mapping):
        return unfrozen.digest(plain)
    found = build(dict(node)).prepared()
    return None if found is None else str(found.digest)


def code_of(plain: object) -> str:
    """Gives the hash of all modules of xinzhi and the user that a config's targets import.

    A comment, a docstring or a module that no target needs changes nothing.

    Args:
        plain: the config, or a part of it.
    """
    there = modules_of(frozenset({*targeted_modules(plain), *_FITTED_BY}))
    return hashed({module: _of_module(module) for module in there})


def code_of_program(file: Path) -> str:
    """Gives the hash of a program and of the modules beside it that it imports.

    Args:
        file: of the program.
    """
    program = sources.Source("__main__", file, ast.parse(file.read_bytes()))
    seen: dict[str, str] = {"": _meaning(file)}
    waiting = _imports(program)
    while waiting:
        module = waiting.pop()
        source = sources.read(module) if module and module not in seen else None
        if source is not None and _is_beside(source.file, file):
            seen[module] = _meaning(source.file)
            waiting += _imports(source)
    return hashed(seen)


def _is_beside(module: Path, program: Path) -> bool:
    return module.is_relative_to(program.parent) and "site-packages" not in module.parts


def targeted_modules(plain: object) -> list[str]:
    """Gives the modules that a config's targets are defined in, those of its data left out.

    Args:
        plain: the config, or a part of it.
    """
    found = {sources.find(path) for path in _targets(plain)}
    return sorted({one.module for one in found if one is not None})


@cache
def modules_of(roots: frozenset[str]) -> list[str]:
    """Gives the modules of xinzhi and the user that modules import, themselves included.

    Args:
        roots: dotted names of modules.
    """
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        module = waiting.pop()
        if module in seen or not _is_ours(module):
            continue
        waiting += [module.rpartition(".")[0]]  # a package runs before its modules
        if sources.read(module) is not None:
            seen.add(module)
            waiting += _imported(module)
    return sorted(seen)


def _is_ours(module: str) -> bool:
    top = module.partition(".")[0]
    if top == "xinzhi":
        return not module.startswith(_CHANGES_NO_FIT)
    if not top or top in project.allowed_packages():
        return bool(top)
    marked, file = project.marked_folder(), sources.locate(module)
    if marked is None or file is None or "site-packages" in file.parts:
        return False
    return file.is_relative_to(marked)


@cache
def _imported(module: str) -> tuple[str, ...]:
    source = sources.read(module)
    return tuple(_imports(source)) if source is not None else ()


def _imports(source: sources.Source) -> list[str]:
    found: list[str] = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            held = sources.absolute(source, node)
            found.append(held)
            found += [f"{held}.{alias.name}" for alias in node.names]
    return found


@cache
def _of_module(module: str) -> str:
    source = sources.read(module)
    return _meaning(source.file) if source is not None else ""


def _meaning(file: Path) -> str:
    """The hash of a module without its comments and docstrings."""
    tree = ast.parse(file.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _targets(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("_target_"), str):
            yield node["_target_"]
        for key, value in node.items():
            if key not in COSMETIC and key not in _BY_DIGEST:
                yield from _targets(value)
    elif isinstance(node, list):
        for value in node:
            yield from _targets(value)


def _without(node: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in node.items():
        path = f"{prefix}{key}"
        if path in COSMETIC or key == "_suggests_":
            continue
        kept[str(key)] = _without(value, f"{path}.") if isinstance(value, Mapping) else value
    return kept

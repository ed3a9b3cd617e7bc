"""The code that a training runs, as one hash: what its config's targets import."""

import ast
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from xinzhi.config import project, sources
from xinzhi.config.cosmetic import COSMETIC
from xinzhi.sweeping.hashing import hashed

_FITTED_BY = ("xinzhi.training.fit", "xinzhi.training.assembly")  # whatever the targets are
_CHANGES_NO_FIT = ("xinzhi.config", "xinzhi.tracking", "xinzhi.pipelines", "xinzhi.sweeping")
_BY_DIGEST = ("data",)  # whatever made the rows


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

"""The code that a training runs, as one hash: what its config's targets import."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from xinzhi.config import project, sources
from xinzhi.config.cosmetic import COSMETIC
from xinzhi.sweeping import readings
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
    found = hashed({module: _meaning(module) for module in there})
    readings.keep()
    return found


def code_of_program(file: Path) -> str:
    """Gives the hash of a program and of the modules beside it that it imports.

    Args:
        file: of the program.
    """
    program = readings.read("__main__", file)
    seen: dict[str, str] = {"": program.meaning}
    waiting = list(program.imports)
    while waiting:
        module = waiting.pop()
        own = _source(module) if module and module not in seen else None
        if own is not None and _is_beside(own, file):
            reading = readings.read(module, own)
            seen[module] = reading.meaning
            waiting += reading.imports
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
        if (reading := _reading(module)) is not None:
            seen.add(module)
            waiting += reading.imports
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
def _reading(module: str) -> readings.Reading | None:
    file = _source(module)
    return None if file is None else readings.read(module, file)


def _meaning(module: str) -> str:
    reading = _reading(module)
    return "" if reading is None else reading.meaning


def _source(module: str) -> Path | None:
    file = sources.locate(module)
    return file if file is not None and file.suffix == ".py" else None


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

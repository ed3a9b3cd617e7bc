"""What modules import and mean, kept between commands: reading a hundred of them takes a second."""

import ast
import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from xinzhi.config import project, sources
from xinzhi.data.replacing import replacing

_FILE, _MOST = "code.json", 5000  # entries; one is of a module as it was at one time
_MEANS = "1"  # whatever changes below what is kept here


class Reading(NamedTuple):
    """What a module is to a training.

    Attributes:
        meaning: a hash of it without comments and docstrings.
        imports: the modules that it names; some are names in a module.
    """

    meaning: str
    imports: tuple[str, ...]


_known: dict[str, Reading] = {}
_new: dict[str, Reading] = {}


def read(module: str, file: Path) -> Reading:
    """Reads a module, or gives what was found when it was last read with the same content.

    Args:
        module: its dotted name.
        file: its source.

    Raises:
        SyntaxError: it is no Python.
    """
    if not _known:
        _known.update(_kept())
    content = file.read_bytes()
    named = f"{_MEANS} {sys.version_info[:2]} {module} {file.name}\n"
    key = hashlib.sha256(named.encode() + content).hexdigest()
    found = _known.get(key)
    if found is None:
        tree = ast.parse(content)
        imports = tuple(dict.fromkeys(_imports(sources.Source(module, file, tree))))
        found = _known[key] = _new[key] = Reading(_meaning(tree), imports)
    return found


def keep() -> None:
    """Keeps what was read for the commands that follow; a folder that takes nothing is no fault."""
    if not _new:
        return
    all_of_them = list({**_kept(), **_new}.items())[-_MOST:]
    _new.clear()
    with suppress(OSError):
        project.cache_folder().mkdir(parents=True, exist_ok=True)
        with replacing(project.cache_folder() / _FILE) as fresh:
            fresh.write_text(json.dumps(dict(all_of_them)), encoding="utf-8")


def _kept() -> dict[str, Reading]:
    try:
        told = json.loads((project.cache_folder() / _FILE).read_text(encoding="utf-8"))
        return {key: Reading(str(a), tuple(map(str, b))) for key, (a, b) in told.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # nothing yet, or not ours: it is written anew


def _imports(source: sources.Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            held = sources.absolute(source, node)
            yield held
            yield from (f"{held}.{alias.name}" for alias in node.names)


def _meaning(tree: ast.Module) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()

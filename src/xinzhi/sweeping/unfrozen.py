"""Rows that no snapshot holds: what can be told of those that a datamodule reads by itself."""

import ast
import glob
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from xinzhi.config import signatures, sources
from xinzhi.config.identity import leaves
from xinzhi.config.targets import build
from xinzhi.sweeping.hashing import hashed

UNKNOWN = "unknown"  # the digest of rows of which nothing can be told
OFFERED = ("data_digest", "digest")  # what a datamodule may call it, a method or a value
_READ_TO_BYTES = 1 << 30  # all files together; of more their sizes and times count
_NOT_OURS = ("lightning.", "torch.")


def digest(plain: Mapping[str, Any]) -> str:
    """Gives the digest of the rows of a config without `data`.

    It is of what the datamodule says of them, where its class has a `data_digest()`, and of the
    files and folders that its arguments name.

    Args:
        plain: the resolved config.

    Returns:
        Hexadecimal digits; UNKNOWN where nothing can be told.
    """
    node = plain.get("datamodule")
    if not isinstance(node, Mapping):
        return UNKNOWN
    own, named = _offered(node), _named(node)
    if own is None and not named:
        return UNKNOWN
    return hashed([own, {key: of_files(paths) for key, paths in named.items()}])


def of_files(paths: list[Path]) -> str:
    """Gives the digest of files by their content, or by sizes and times where that is too much.

    Args:
        paths: files and folders.
    """
    from xinzhi.data.checksums import checksum

    there = [file for path in paths for file in _files(path)]
    stats = [file.stat() for file in there]
    if sum(stat.st_size for stat in stats) > _READ_TO_BYTES:
        return hashed([[one.st_size, one.st_mtime_ns] for one in stats])
    return hashed([checksum(file) for file in there])


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file())


def _named(node: Mapping[str, Any]) -> dict[str, list[Path]]:
    """What the arguments name, by key."""
    found: dict[str, list[Path]] = {}
    for key, value in _texts(node):
        if paths := _paths(value):
            found.setdefault(key, []).extend(paths)
    return found


def _texts(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in leaves(node):
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and not key.rpartition(".")[2].startswith("_"):
                yield key, one


def _paths(text: str) -> list[Path]:
    if not text.strip("./~") or "\n" in text or "://" in text:
        return []  # a folder that holds everything says nothing
    path = Path(text).expanduser()
    try:
        if path.exists():
            return [path]
        found = glob.glob(str(path), recursive=True) if glob.has_magic(text) else []  # noqa: PTH207
    except OSError:  # longer than a name may be
        return []
    return sorted(map(Path, found))


def _offered(node: Mapping[str, Any]) -> str | None:
    """What the datamodule says; it is built only where its class is seen to have a word on it."""
    return _said(json.dumps(node, sort_keys=True)) if _offers(str(node.get("_target_"))) else None


def _offers(target: str) -> bool:
    found = sources.find(target)
    while found is not None and isinstance(found.node, ast.ClassDef):
        if any(isinstance(one, ast.FunctionDef) and one.name in OFFERED for one in found.node.body):
            return True
        bases = (signatures.resolve(found.module, base) for base in found.node.bases)
        ours = (base for base in bases if base and not base.module.startswith(_NOT_OURS))
        found = next(ours, None)
    return False


@cache
def _said(node: str) -> str:
    datamodule = build(json.loads(node))
    offered = next(getattr(datamodule, name) for name in OFFERED if hasattr(datamodule, name))
    return str(offered() if callable(offered) else offered)

"""Python source found and read without importing it: importing torch takes seconds."""

import ast
import importlib
import sys
from collections.abc import Sequence
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import NamedTuple

Defined = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class Source(NamedTuple):
    """A module's syntax tree."""

    module: str
    file: Path
    tree: ast.Module

    @property
    def package(self) -> str:
        """The package that relative imports of this module start from."""
        is_package = self.file.name == "__init__.py"
        return self.module if is_package else self.module.rpartition(".")[0]


class Definition(NamedTuple):
    """Where a class or function is defined."""

    module: str
    node: Defined
    method: ast.FunctionDef | None = None

    @property
    def path(self) -> str:
        """The dotted path of the definition itself."""
        return ".".join(
            part.name if isinstance(part, ast.AST) else part
            for part in (self.module, self.node, self.method)
            if part is not None
        )


def find(path: str) -> Definition | None:
    """The class, function or class method at a dotted path, through import-froms alone.

    A name that a module merely holds, such as the `torch` that `import torch` leaves in it, is no
    definition: `torch.optim.optimizer.torch.load` is not found.
    """
    parts = path.split(".")
    for end in range(len(parts) - 1, 0, -1):
        if locate(".".join(parts[:end])) is not None:
            return _in_module(".".join(parts[:end]), parts[end:])
    return None


def _in_module(module: str, names: Sequence[str]) -> Definition | None:
    found = look_up(module, names[0])
    if found is None or len(names) == 1:
        return found
    if len(names) > 2 or not isinstance(found.node, ast.ClassDef):
        return None
    for node in found.node.body:
        if isinstance(node, ast.FunctionDef) and node.name == names[1] and _is_class_level(node):
            return found._replace(method=node)
    return None


def _is_class_level(node: ast.FunctionDef) -> bool:
    decorators = {d.id for d in node.decorator_list if isinstance(d, ast.Name)}
    return bool(decorators & {"classmethod", "staticmethod"})


@cache
def look_up(module: str, name: str, depth: int = 8) -> Definition | None:
    """The definition that a name in a module stands for, following import-froms."""
    source = read(module)
    if source is None or depth == 0:
        return None
    starred: list[str] = []
    for node in statements(source.tree):
        if isinstance(node, Defined) and node.name == name:
            return Definition(module, node)
        if isinstance(node, ast.ImportFrom):
            target = absolute(source, node)
            for alias in node.names:
                if (alias.asname or alias.name) == name and locate(
                    f"{target}.{alias.name}"
                ) is None:
                    return look_up(target, alias.name, depth - 1)
                starred += [target] if alias.name == "*" else []
    return next(filter(None, (look_up(target, name, depth - 1) for target in starred)), None)


@cache
def assigned(module: str, name: str, depth: int = 8) -> tuple[ast.expr, str] | None:
    """What a name in a module was assigned, and in which module, following import-froms."""
    source = read(module)
    if source is None or depth == 0:
        return None
    for node in statements(source.tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return node.value, module
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name and node.value:
            return node.value, module
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return assigned(absolute(source, node), alias.name, depth - 1)
    return None


def absolute(source: Source, node: ast.ImportFrom) -> str:
    """The module that an import-from names, dots resolved."""
    if node.level == 0:
        return node.module or ""
    base = source.package.split(".")
    kept = base[: len(base) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def statements(tree: ast.AST) -> list[ast.stmt]:
    """The statements of a module, those under `if`, `try` and `with` included."""
    found: list[ast.stmt] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.If, ast.Try, ast.With, ast.ExceptHandler)):
            found += statements(node)
        elif isinstance(node, ast.stmt):
            found.append(node)
    return found


@cache
def read(module: str) -> Source | None:
    """The syntax tree of a module, None where there is no Python source for it."""
    file = locate(module)
    if file is None or file.suffix != ".py":
        return None
    return Source(module, file, ast.parse(file.read_bytes()))


@cache
def locate(module: str) -> Path | None:
    """The file of a module, found part by part so that no parent is imported."""
    search: Sequence[str] | None = None
    spec: ModuleSpec | None = None
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        name = ".".join(parts[:end])
        known = getattr(sys.modules.get(name), "__spec__", None)
        spec = known if end == 1 and known is not None else PathFinder.find_spec(name, search)
        if spec is None or (end < len(parts) and spec.submodule_search_locations is None):
            return None
        search = list(spec.submodule_search_locations or ())
    return Path(spec.origin) if spec is not None and spec.origin else None


def forget() -> None:
    """Read everything again: the import path or a file has changed."""
    importlib.invalidate_caches()
    for cached in (look_up, assigned, read, locate):
        cached.cache_clear()

"""Classes and functions that a misspelt `_target_` may have meant, found in source."""

import ast
import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from xinzhi.config import project, sources

# Where people take third-party classes from, and the module whose source names them.
_NAMESPACES = {
    "torch.optim": "torch.optim",
    "torch.optim.lr_scheduler": "torch.optim.lr_scheduler",
    "torch.nn": "torch.nn.modules",
    "lightning": "lightning.pytorch",
    "lightning.pytorch.callbacks": "lightning.pytorch.callbacks",
    "lightning.pytorch.profilers": "lightning.pytorch.profilers",
    "lightning.pytorch.strategies": "lightning.pytorch.strategies",
    "torchmetrics.classification": "torchmetrics.classification",
    "torchmetrics.regression": "torchmetrics.regression",
}
_DEFINED = re.compile(r"^(?:class|def) ([A-Za-z]\w*)", re.MULTILINE)
_LEFT_OUT = {"config", "pipelines", "conf"}
_LIKE, _LIKE_BESIDE = 0.8, 0.6  # anywhere, and in the very module that was named


def like(path: str, *, at_most: int = 3) -> list[str]:
    """The dotted paths that are most like one at which nothing is, nearest first.

    Args:
        path: `torch.optim.AdmW`, `xinzhi.tasks.text_clasification.model.TextCNN`.
        at_most: how many.
    """
    module, _, wanted = path.rpartition(".")
    scored = []
    for found in _pool():
        where, _, own = found.rpartition(".")
        name = _ratio(own.lower(), wanted.lower())
        if name >= (_LIKE_BESIDE if where == module else _LIKE):
            scored.append((-name - _ratio(found.lower(), path.lower()), found))
    return [found for _, found in sorted(scored)[:at_most]]


def _ratio(one: str, other: str) -> float:
    matcher = difflib.SequenceMatcher(None, one, other)
    # the cheap bound first: thousands of names are nothing like it
    return matcher.ratio() if matcher.real_quick_ratio() >= _LIKE_BESIDE else 0.0


def _pool() -> Iterator[str]:
    for namespace, module in _NAMESPACES.items():
        source = sources.read(module)
        for node in sources.statements(source.tree) if source else ():
            names = [node.name] if isinstance(node, ast.ClassDef) else []
            if isinstance(node, ast.ImportFrom):
                names = [alias.asname or alias.name for alias in node.names]
            yield from (f"{namespace}.{name}" for name in names if name[:1].isupper())
    for package, folder in _ours():
        for file in folder.rglob("*.py"):
            inside = file.relative_to(folder).with_suffix("").parts
            if inside and inside[0] in _LEFT_OUT:
                continue
            module = ".".join([package, *(part for part in inside if part != "__init__")])
            for name in _DEFINED.findall(file.read_text(encoding="utf-8", errors="replace")):
                yield f"{module}.{name}"


def _ours() -> Iterator[tuple[str, Path]]:
    for package in ("xinzhi", *project.allowed_packages()):
        file = sources.locate(package)
        if file is not None and file.name == "__init__.py":
            yield package, file.parent

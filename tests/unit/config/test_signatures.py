# ruff: noqa: S603 - processes of our own

import importlib
import inspect
import subprocess
import sys

import pytest

from xinzhi.config import sources
from xinzhi.config.signatures import signature

HEAVY = (
    "lightning.Trainer",
    "torch.optim.AdamW",
    "torch.optim.lr_scheduler.OneCycleLR",
    "lightning.pytorch.callbacks.ModelCheckpoint",
)


@pytest.mark.parametrize(
    "path",
    [
        *HEAVY,
        "torch.optim.SGD",
        "torch.nn.Linear",
        "torch.nn.CrossEntropyLoss",
        "xinzhi.data.declaration.Declaration",
        "xinzhi.tasks.text_classification.model.TextCNN",
    ],
)
def test_source_says_what_inspect_says(path):
    module, _, name = path.rpartition(".")
    true = inspect.signature(getattr(importlib.import_module(module), name)).parameters
    named = [n for n, p in true.items() if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    read = signature(path)
    assert list(read.parameters) == named
    assert read.is_open == any(p.kind is p.VAR_KEYWORD for p in true.values())
    for key in named:
        assert (read.parameters[key].default is None) == (
            true[key].default is inspect.Parameter.empty
        )


def test_nothing_heavy_is_imported_for_it():
    code = f"""
import sys, time
from xinzhi.config.signatures import signature
started = time.perf_counter()
assert all(signature(path) for path in {HEAVY!r})
assert time.perf_counter() - started < 1.0
assert not {{"torch", "lightning", "numpy"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module of a package `read_me`, and read it again."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(text, name="parts"):
        (tmp_path / "read_me").mkdir(exist_ok=True)
        (tmp_path / "read_me" / "__init__.py").touch()
        (tmp_path / "read_me" / f"{name}.py").write_text(text)
        sources.forget()
        signature.cache_clear()
        return f"read_me.{name}"

    yield write
    sources.forget()
    signature.cache_clear()


@pytest.mark.parametrize(
    ("text", "names", "is_open"),
    [
        ("def f(a, /, b, *args, c=1): ...", ["a", "b", "c"], False),
        ("def f(a, **rest): ...", ["a"], True),
        ("class f:\n  def __init__(self, *, a): ...", ["a"], False),
        ("class f: ...", [], False),
        ("class b:\n  def __init__(self, a): ...\nclass f(b): ...", ["a"], False),
        ("class f(unknown): ...", [], True),
        ("from torch import nn\nclass f(nn.Module): ...", [], True),
        ("import torch.nn as x\nclass f(x.Linear): ...",
         ["in_features", "out_features", "bias", "device", "dtype"], False),
        ("from dataclasses import dataclass, field\nfrom typing import ClassVar\n"
         "@dataclass(frozen=True)\n"
         "class f:\n  a: int\n  c: ClassVar[int] = 1\n  d: int = field(init=False)\n  b: int = 2",
         ["a", "b"], False),
        ("from typing import NamedTuple\nclass f(NamedTuple):\n  a: int\n  b: int = 2",
         ["a", "b"], False),
        ("if True:\n  def f(a): ...\nelse:\n  f = None", ["a"], False),
        ("try:\n  def f(a): ...\nexcept ImportError:\n  pass", ["a"], False),
    ],
)  # fmt: skip
def test_forms_of_definition(module, text, names, is_open):
    read = signature(module(text) + ".f")
    assert (list(read.parameters), read.is_open) == (names, is_open)


def test_re_exports_are_followed_and_modules_are_not(module):
    module("def f(a): ...\nimport os", "inner")
    path = module("from .inner import f as g\nfrom read_me import inner\nfrom .inner import *")
    assert list(signature(f"{path}.g").parameters) == ["a"]
    assert list(signature(f"{path}.f").parameters) == ["a"]
    assert signature(f"{path}.os.system") is None
    assert signature(f"{path}.inner.f") is None
    assert signature(f"{path}.inner") is None


def test_a_circle_of_imports_ends(module):
    module("from .two import f", "one")
    assert signature(module("from .one import f", "two") + ".f") is None

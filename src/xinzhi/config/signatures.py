"""Signatures read from source: names, defaults and annotations, without importing anything."""

import ast
from dataclasses import dataclass
from functools import cache

from xinzhi.config import sources
from xinzhi.config.sources import Definition

_NO_PARAMETERS = {"object", "ABC", "Protocol", "Generic"}
_FIELDS_ARE_PARAMETERS = {"dataclass", "NamedTuple"}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a class or function."""

    name: str
    annotation: ast.expr | None
    default: ast.expr | None
    module: str  # where names in the annotation are looked up


@dataclass(frozen=True)
class Signature:
    """What a target may be called with."""

    path: str
    parameters: dict[str, Parameter]
    is_open: bool  # takes **kwargs, so that further keys cannot be judged


@cache
def signature(path: str) -> Signature | None:
    """The signature of what is defined at a path, None where no source says it."""
    definition = sources.find(path)
    return None if definition is None else _of(definition)


def _of(definition: Definition, depth: int = 8) -> Signature:
    if definition.method is not None:
        is_bound = any(_name(d) == "classmethod" for d in definition.method.decorator_list)
        return _of_function(definition, definition.method, skip=int(is_bound))
    if isinstance(definition.node, ast.ClassDef):
        return _of_class(definition, definition.node, depth)
    return _of_function(definition, definition.node, skip=0)


def _of_class(definition: Definition, node: ast.ClassDef, depth: int) -> Signature:
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            return _of_function(definition, statement, skip=1)
    parents = [_base(definition.module, base, depth) for base in node.bases]
    names = {_name(base) for base in node.bases} | {_name(d) for d in node.decorator_list}
    parameters: dict[str, Parameter] = {}
    for parent in parents:
        parameters.update(parent.parameters if parent else {})
    if names & _FIELDS_ARE_PARAMETERS:
        parameters.update(_fields(definition.module, node))
        return Signature(definition.path, parameters, is_open=False)
    # a base that cannot be read might take anything
    is_open = any(parent is None or parent.is_open for parent in parents)
    return Signature(definition.path, parameters, is_open)


def _base(module: str, base: ast.expr, depth: int) -> Signature | None:
    name = _name(base)
    if name in _NO_PARAMETERS | _FIELDS_ARE_PARAMETERS:
        return Signature(name, {}, is_open=False)
    found = resolve(module, base)
    return _of(found, depth - 1) if found is not None and depth > 0 else None


def resolve(module: str, expression: ast.expr) -> Definition | None:
    """The definition that a name or dotted name in a module's code stands for."""
    if isinstance(expression, ast.Subscript):
        expression = expression.value
    first, *rest = ast.unparse(expression).split(".")
    if not rest:
        return sources.look_up(module, first)
    source = sources.read(module)
    if source is None:
        return None
    for node in sources.statements(source.tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            prefix = (
                f"{sources.absolute(source, node)}." if isinstance(node, ast.ImportFrom) else ""
            )
            for alias in node.names:
                if (alias.asname or alias.name.partition(".")[0]) == first:
                    held = alias.name if alias.asname or prefix else first
                    return sources.find(".".join([prefix + held, *rest]))
    return None


def _of_function(
    definition: Definition, node: ast.FunctionDef | ast.AsyncFunctionDef, *, skip: int
) -> Signature:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = [*zip(positional, defaults, strict=True)][skip:]
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    parameters = {
        argument.arg: Parameter(argument.arg, argument.annotation, default, definition.module)
        for argument, default in pairs
    }
    return Signature(definition.path, parameters, is_open=arguments.kwarg is not None)


def _fields(module: str, node: ast.ClassDef) -> dict[str, Parameter]:
    fields = {}
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            if _name(statement.annotation) != "ClassVar" and not _left_out(statement.value):
                fields[name] = Parameter(name, statement.annotation, statement.value, module)
    return fields


def _left_out(value: ast.expr | None) -> bool:
    """Whether a dataclass field says `field(init=False)`."""
    return isinstance(value, ast.Call) and any(
        k.arg == "init" and isinstance(k.value, ast.Constant) and k.value.value is False
        for k in value.keywords
    )


def _name(expression: ast.expr) -> str:
    """The last part of a name, calls and subscripts taken off."""
    while isinstance(expression, (ast.Call, ast.Subscript)):
        expression = expression.func if isinstance(expression, ast.Call) else expression.value
    return ast.unparse(expression).rpartition(".")[2]

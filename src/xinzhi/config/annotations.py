"""Whether a plain value fits an annotation that was read from source; in doubt it does."""

import ast
from collections.abc import Sequence
from typing import TypeGuard

from xinzhi.config import sources
from xinzhi.config.signatures import resolve

_SEQUENCES = {"list", "List", "Sequence", "Iterable", "Collection", "MutableSequence", "set", "Set",
              "frozenset", "tuple", "Tuple"}  # fmt: skip
_MAPPINGS = {"dict", "Dict", "Mapping", "MutableMapping"}
_PATHS = {"Path", "PathLike", "StrPath", "_PATH"}
_SCALARS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "None": (type(None),),
    **dict.fromkeys(_PATHS, (str,)),
    **dict.fromkeys(_SEQUENCES, (list, tuple)),
    **dict.fromkeys(_MAPPINGS, (dict,)),
}
_EXAMPLES = {"str": "text", "int": "3", "float": "0.1", "bool": "true", "None": "null"}
_NEVER_NULL = {"Callable", "type", "Type"}
_MIGHT_TAKE_TEXT = {"str", "Enum", "StrEnum", "Protocol", "TypedDict", "NamedTuple"}


def fits(annotation: ast.expr, value: object, module: str) -> bool:
    """Whether a value of a config could be passed where the annotation stands.

    Args:
        annotation: the syntax tree of the annotation.
        value: a plain value; a dict with `_target_` fits everywhere.
        module: where the names in the annotation are looked up.
    """
    if isinstance(value, dict) and "_target_" in value:
        return True
    members = _members(annotation)
    if members:
        # what is cheap to judge first: looking up a class reads its source
        return any(fits(member, value, module) for member in sorted(members, key=_is_looked_up))
    if isinstance(annotation, ast.Subscript):
        return _fits_subscript(annotation, value, module)
    name = _last(annotation)
    if name in _SCALARS:
        # bool is a subclass of int, yet `max_epochs=true` is a mistake
        return isinstance(value, _SCALARS[name]) and (not isinstance(value, bool) or name == "bool")
    return _fits_name(annotation, value, module)


def is_mapping(annotation: ast.expr) -> bool:
    """Whether an annotation is a mapping, whose keys anyone may choose, or null.

    Args:
        annotation: the syntax tree of the annotation.
    """
    members = [one for one in _members(annotation) or [annotation] if _last(one) != "None"]
    heads = [one.value if isinstance(one, ast.Subscript) else one for one in members]
    return bool(heads) and all(_last(head) in _MAPPINGS for head in heads)


def choices(annotation: ast.expr, module: str) -> list[str]:
    """The values of the `Literal` in an annotation."""
    return [
        str(value)
        for member, _ in _flat(annotation, module)
        if _is_literal(member)
        for value in _literals(member)
    ]


def describe(annotation: ast.expr, module: str) -> str:
    """The annotation in words: `int or null`, `one of drop, other`."""
    named = choices(annotation, module)
    words = [f"one of {', '.join(named)}"] if named else []
    plain = [member for member, _ in _flat(annotation, module) if not _is_literal(member)]
    words += ["null" if _last(m) == "None" else ast.unparse(m).strip("'") for m in plain]
    return " or ".join(dict.fromkeys(words))


def takes_bool(annotation: ast.expr, module: str) -> bool:
    """Whether `true` and `false` are among the values."""
    return any(_last(member) == "bool" for member, _ in _flat(annotation, module))


def _flat(annotation: ast.expr, module: str) -> list[tuple[ast.expr, str]]:
    """The members of unions in unions and of what names stand for, each with its module."""
    members = _members(annotation)
    if members:
        return [inner for member in members for inner in _flat(member, module)]
    alias = _alias(annotation, module)
    return _flat(*alias) if alias is not None else [(annotation, module)]


def _is_literal(annotation: ast.expr) -> TypeGuard[ast.Subscript]:
    return isinstance(annotation, ast.Subscript) and _last(annotation.value) == "Literal"


def example(annotation: ast.expr, module: str) -> str:
    """A value that fits, as one would type it."""
    named = choices(annotation, module)
    if named:
        return named[0]
    members = _members(annotation)
    if members:
        return example(members[0], module)
    if isinstance(annotation, ast.Subscript) and _last(annotation.value) in _SEQUENCES:
        inner = _elements(annotation)
        return f"[{example(inner[0], module)}]" if inner else "[a,b]"
    name = _last(annotation)
    return "[a,b]" if name in _SEQUENCES else _EXAMPLES.get(name, "…")


def _fits_subscript(annotation: ast.Subscript, value: object, module: str) -> bool:
    name, inner = _last(annotation.value), _elements(annotation)
    if name == "Literal":
        return any(
            value == literal and type(value) is type(literal) for literal in _literals(annotation)
        )
    if name in {"Annotated", "Final", "Required", "NotRequired"}:
        return fits(inner[0], value, module)
    if name in _MAPPINGS:
        return isinstance(value, dict)
    if name not in _SEQUENCES:
        return value is not None or name not in _NEVER_NULL
    return isinstance(value, (list, tuple)) and _fit_elements(name, inner, value, module)


def _fit_elements(
    name: str, inner: Sequence[ast.expr], value: Sequence[object], module: str
) -> bool:
    is_fixed = name in {"tuple", "Tuple"} and ast.unparse(inner[-1]) != "..."
    if is_fixed:
        return len(inner) == len(value) and all(
            fits(part, element, module) for part, element in zip(inner, value, strict=True)
        )
    return all(fits(inner[0], element, module) for element in value)


def _fits_name(annotation: ast.expr, value: object, module: str) -> bool:
    alias = _alias(annotation, module)
    if alias is not None:
        return fits(alias[0], value, alias[1])
    if not isinstance(annotation, (ast.Name, ast.Attribute)) or _last(annotation) == "Any":
        return True
    found = resolve(module, annotation)
    if found is None or not isinstance(found.node, ast.ClassDef):
        return True
    if value is None:
        return False
    bases = {_last(base) for base in found.node.bases}
    return bool(bases & _MIGHT_TAKE_TEXT) or not isinstance(value, (str, int, float))


def _alias(annotation: ast.expr, module: str) -> tuple[ast.expr, str] | None:
    """What `Split` stands for after `Split = Literal[…]`, and in which module."""
    if not isinstance(annotation, ast.Name):
        return None
    found = sources.assigned(module, annotation.id)
    return found if found is not None and _is_type(found[0]) else None


def _is_type(value: ast.expr) -> bool:
    return isinstance(value, ast.Subscript) or bool(_members(value))


def _members(annotation: ast.expr) -> list[ast.expr]:
    """The members of a union, of which a quoted annotation is the simplest case."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return [ast.parse(annotation.value, mode="eval").body]
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return [
            inner
            for side in (annotation.left, annotation.right)
            for inner in _members(side) or [side]
        ]
    if isinstance(annotation, ast.Subscript):
        name = _last(annotation.value)
        if name == "Optional":
            return [*_elements(annotation), ast.Constant(None)]
        return _elements(annotation) if name == "Union" else []
    return []


def _elements(annotation: ast.Subscript) -> list[ast.expr]:
    inside = annotation.slice
    return list(inside.elts) if isinstance(inside, ast.Tuple) else [inside]


def _literals(annotation: ast.Subscript) -> list[object]:
    return [e.value for e in _elements(annotation) if isinstance(e, ast.Constant)]


def _is_looked_up(annotation: ast.expr) -> bool:
    return _last(annotation) not in _SCALARS


def _last(annotation: ast.expr) -> str:
    return ast.unparse(annotation).rpartition(".")[2]

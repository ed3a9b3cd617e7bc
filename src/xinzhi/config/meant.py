"""What a value of the wrong type or size was meant to be, perhaps."""

import ast
import math
import re
from collections.abc import Iterator

from xinzhi.config import annotations
from xinzhi.config.near import near

_NUMBER = re.compile(
    r"(?P<number>[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?)\s*(?P<unit>.*)"
)
_UNITS = {"": 1.0, "%": 0.01, "k": 1e3, "K": 1e3, "m": 1e6, "M": 1e6}
_WORDS = {"true": True, "yes": True, "on": True, "y": True, "1": True,
          "false": False, "no": False, "off": False, "n": False, "0": False}  # fmt: skip
_BOOLS = {"true": True, "false": False}
_NOTHING = {"none", "null", "nil", "nan", "~", ""}


def meant(annotation: ast.expr, value: object, module: str) -> object:
    """A value near the one that came which fits the annotation, `...` where there is none.

    Args:
        annotation: the syntax tree of the annotation.
        value: that came.
        module: where the names in the annotation are looked up.
    """
    closed = annotations.choices(annotation, module)
    bools = near(str(value).lower(), _BOOLS) if annotations.takes_bool(annotation, module) else []
    numeric = {"int", "float"} & set(annotations.describe(annotation, module).split(" or "))
    readings = [
        one for one in _readings(value) if not (isinstance(one, list) and numeric)
    ]  # Tensor would take a list, too
    candidates = [*near(str(value), closed), *(_BOOLS[one] for one in bools), *readings]
    fitting = (one for one in candidates if annotations.fits(annotation, one, module))
    return next(fitting, ...)


def typed(value: object) -> str:
    """A value as one would type it.

    >>> typed([1, None, True]), typed({"a": 0.5}), typed(1e-05)
    ('[1,null,true]', '{a: 0.5}', '1e-05')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(typed, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {typed(inner)}" for key, inner in value.items()) + "}"
    return "null" if value is None else str(value)


def _readings(value: object) -> Iterator[object]:
    if isinstance(value, list | tuple):
        if len(value) == 1:
            yield value[0]
            yield from _readings(value[0])
        read = [next(_readings(one), one) for one in value]
        yield read
    elif isinstance(value, bool):
        yield int(value)
    elif isinstance(value, str):
        yield from _read(value.strip().strip("'\""))
    elif isinstance(value, float) and math.isfinite(value):
        yield round(value)
    if isinstance(value, int) and value in {0, 1}:
        yield bool(value)
    if not isinstance(value, list | tuple | dict) and value is not None:
        yield [value]


def _read(text: str) -> Iterator[object]:
    if text.lower() in _NOTHING:
        yield None
    if text.lower() in _WORDS:
        yield _WORDS[text.lower()]
    found = _NUMBER.fullmatch(text)
    if found is not None:
        number = float(found["number"].replace(",", ".")) * _UNITS.get(found["unit"], 1.0)
        if number.is_integer() and abs(number) < 1e15:
            yield int(number)
        yield number
    if not text:
        return
    yield [part.strip() for part in text.strip("()[]").split(",")]

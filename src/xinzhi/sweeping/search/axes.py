"""The values of one searched key: counted, in order, and as one would type them."""

import math
import re
from decimal import Decimal

from hydra.core.override_parser.types import Quote, QuotedString

from xinzhi.sweeping.records import Axis

_PLAIN = re.compile(r"(?!(true|false|null|nan|inf)\Z)[^\W\d][\w./-]*\Z", re.IGNORECASE)


def values(searched: Axis) -> list[str | float] | None:
    """All values of an axis in order, as texts or numbers; None where there is no end of them."""
    if searched.choices:
        return list(searched.choices)
    if size(searched) == math.inf:
        return None
    return [numbered(searched, index) for index in range(int(size(searched)))]


def size(searched: Axis) -> float:
    """How many values an axis has."""
    if searched.choices:
        return len(searched.choices)
    low, high = bounds(searched)
    if low == high:
        return 1
    step = 1 if searched.integer and searched.step is None else searched.step
    return math.inf if step is None else int((exact(high) - exact(low)) / exact(step)) + 1


def bounds(searched: Axis) -> tuple[float, float]:
    """The ends of an axis of numbers."""
    assert searched.low is not None  # noqa: S101 - an axis without options has both
    assert searched.high is not None  # noqa: S101
    return searched.low, searched.high


def numbered(searched: Axis, index: int) -> float:
    """A value of an axis with steps, without the error that adding floats leaves."""
    step = 1 if searched.step is None else searched.step
    whole = exact(bounds(searched)[0]) + index * exact(step)
    return int(whole) if searched.integer else float(whole)


def settled(searched: Axis, value: str | float) -> str | float:
    """A value that a sampler drew, as the axis means it: its text, a whole number or a float."""
    if searched.choices or isinstance(value, str):
        return str(value)
    low, high = bounds(searched)
    if searched.step is not None:
        return numbered(searched, round((value - low) / searched.step))
    inside = min(max(value, low), high)  # a logarithm and back may leave them by a rounding error
    return int(inside) if searched.integer else float(inside)


def written(searched: Axis) -> str:
    """What one would type for it.

    >>> written(Axis(key="lr", low=1e-5, high=0.001, log=True))
    'tag(log,interval(1e-05,0.001))'
    >>> written(Axis(key="width", low=8, high=32, step=8, integer=True))
    'range(8,40,8)'
    """
    if searched.choices:
        return f"choice({','.join(searched.choices)})"
    low, high = bounds(searched)
    if searched.step is not None:
        stop = Axis(key="", low=high, high=high, step=searched.step, integer=searched.integer)
        step = _typed(searched, searched.step)
        return f"range({_typed(searched, low)},{numbered(stop, 1)!r},{step})"
    interval = f"interval({_typed(searched, low)},{_typed(searched, high)})"
    tagged = f"tag(log,{interval})" if searched.log else interval
    return f"int({tagged})" if searched.integer else tagged


def text(value: object) -> str:
    """An option as one would type it: quoted where bare it would be read as something else.

    >>> text(["a b", True, None, {"k": 0.1}])
    "['a b',true,null,{k:0.1}]"
    """
    if isinstance(value, QuotedString):
        value = value.text
    match value:
        case str():
            plain = _PLAIN.match(value) is not None
            return value if plain else QuotedString(value, Quote.single).with_quotes()
        case list() | tuple():
            return f"[{','.join(map(text, value))}]"
        case dict():
            return f"{{{','.join(f'{text(k)}:{text(v)}' for k, v in value.items())}}}"
        case None | bool():
            return "null" if value is None else str(value).lower()
    return repr(value)


def _typed(searched: Axis, number: float) -> str:
    return str(int(number)) if searched.integer else repr(float(number))


def exact(number: float) -> Decimal:
    """A number as it was typed, in decimal digits."""
    return Decimal(str(number))

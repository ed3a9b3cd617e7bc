"""One searched key: read from Hydra's extended override grammar, counted and written again."""

import dataclasses
import math
import re
from decimal import Decimal

from hydra.core.override_parser.types import (
    ChoiceSweep,
    Glob,
    IntervalSweep,
    Override,
    Quote,
    QuotedString,
    RangeSweep,
)

from xinzhi.config import catalog, project
from xinzhi.config.near import UnknownNameError
from xinzhi.errors import ConfigError
from xinzhi.sweeping.records import Axis

_PLAIN = re.compile(r"(?!(true|false|null|nan|inf)\Z)[^\W\d][\w./-]*\Z", re.IGNORECASE)


def axis(override: Override, typed: str) -> Axis:
    """What an override that means several values lets vary.

    Args:
        override: as Hydra's grammar reads it.
        typed: the same as typed, for messages.

    Raises:
        ConfigError: it means nothing that can be searched.
    """
    key = override.get_key_element()
    value: object = override._value  # noqa: SLF001 - Hydra gives no other way to a glob
    if getattr(value, "shuffle", False):
        raise ConfigError(
            f"`{typed}` is shuffled, so that no two commands would mean the same jobs",
            mend="leave shuffle() out; sweep.method=random draws in an order that sweep.seed fixes",
        )
    log = _is_log(getattr(value, "tags", set()), typed)
    match value:
        case Glob():
            return Axis(key=key, choices=_matching(override.key_or_group, value, typed))
        case ChoiceSweep() if log:
            raise ConfigError(
                f"`{typed}` is a list, of which log means nothing",
                mend=f"{key}=tag(log,interval(LOW,HIGH))",
            )
        case ChoiceSweep():
            return Axis(key=key, choices=tuple(dict.fromkeys(map(text, value.list))))
        case RangeSweep():
            return _of_range(key, value, typed, log=log)
        case IntervalSweep():
            return _of_interval(key, value, typed, log=log)
    raise ConfigError(f"`{typed}` is one value, nothing to search")


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
    return math.inf if step is None else int((_exact(high) - _exact(low)) / _exact(step)) + 1


def bounds(searched: Axis) -> tuple[float, float]:
    """The ends of an axis of numbers."""
    assert searched.low is not None  # noqa: S101 - an axis without options has both
    assert searched.high is not None  # noqa: S101
    return searched.low, searched.high


def numbered(searched: Axis, index: int) -> float:
    """A value of an axis with steps, without the error that adding floats leaves."""
    step = 1 if searched.step is None else searched.step
    exact = _exact(bounds(searched)[0]) + index * _exact(step)
    return int(exact) if searched.integer else float(exact)


def settled(searched: Axis, value: str | float) -> str | float:
    """A value that a sampler drew, as the axis means it: its text, a whole number or a float."""
    if searched.choices or isinstance(value, str):
        return str(value)
    if searched.step is not None:
        low, _ = bounds(searched)
        return numbered(searched, round((value - low) / searched.step))
    return int(value) if searched.integer else float(value)


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


def _of_range(key: str, value: RangeSweep, typed: str, *, log: bool) -> Axis:
    start, stop, step = value.start, value.stop, value.step
    if start is None or stop is None or not step:
        raise ConfigError(f"`{typed}` must be range(START,STOP,STEP) with a step other than 0")
    count = math.ceil((_exact(stop) - _exact(start)) / _exact(step))
    if count < 1:
        raise ConfigError(
            f"`{typed}` has no value: its stop is not reached from its start",
            mend="range(1,4) is 1, 2, 3",
        )
    integer = all(isinstance(number, int) for number in (start, stop, step))
    ends = sorted((_exact(start), _exact(start) + (count - 1) * _exact(step)))
    every = float(abs(step)) if count > 1 and not (integer and abs(step) == 1) else None
    if log and (every is not None or not integer):
        raise ConfigError(
            f"`{typed}` has a step, which log cannot have",
            mend=f"{key}=tag(log,interval({start},{stop}))",
        )
    low, high = map(float, ends)
    return _sound(Axis(key=key, low=low, high=high, step=every, log=log, integer=integer), typed)


def _of_interval(key: str, value: IntervalSweep, typed: str, *, log: bool) -> Axis:
    low, high = value.start, value.end
    if low is None or high is None or not math.isfinite(low) or not math.isfinite(high):
        raise ConfigError(f"`{typed}` must be interval(LOW,HIGH) with two finite numbers")
    integer = isinstance(low, int) and isinstance(high, int)
    return _sound(Axis(key=key, low=float(low), high=float(high), log=log, integer=integer), typed)


def _sound(searched: Axis, typed: str) -> Axis:
    low, high = bounds(searched)
    if low > high:
        turned = dataclasses.replace(searched, low=high, high=low)
        raise ConfigError(
            f"`{typed}` must have its lower bound first", mend=f"{searched.key}={written(turned)}"
        )
    if searched.log and low <= 0:
        raise ConfigError(
            f"`{typed}` must have bounds above 0: log has none at or below it",
            mend=f"begin above 0, for example at {high / 1000:g}, or leave tag(log, …) out",
        )
    return searched


def _is_log(tags: set[str], typed: str) -> bool:
    for tag in sorted(tags - {"log"}):
        raise UnknownNameError(f"in `{typed}` the tag", tag, ["log"], mend="tag(log,interval(…))")
    return "log" in tags


def _matching(group: str, pattern: Glob, typed: str) -> tuple[str, ...]:
    there = catalog.options(project.conf_folders(), group)
    chosen = tuple(pattern.filter(there))
    if not chosen:
        raise ConfigError(f"`{typed}` matches no option of {group}", candidates=there)
    return chosen


def _typed(searched: Axis, number: float) -> str:
    return str(int(number)) if searched.integer else repr(float(number))


def _exact(number: float) -> Decimal:
    return Decimal(str(number))

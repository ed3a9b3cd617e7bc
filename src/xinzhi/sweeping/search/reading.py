"""One searched key, read from Hydra's extended override grammar."""

import dataclasses
import math
from collections.abc import Iterable

from hydra.core.override_parser.types import (
    ChoiceSweep,
    Glob,
    IntervalSweep,
    Override,
    RangeSweep,
    Sweep,
    ValueType,
)

from xinzhi.config import catalog, grammar, project
from xinzhi.config.near import UnknownNameError
from xinzhi.errors import ConfigError
from xinzhi.sweeping.records import Axis
from xinzhi.sweeping.search.axes import bounds, exact, text, written


class UnreadError(ConfigError):
    """An override that calls a function of Hydra's grammar as none can be called.

    Args:
        typed: the override.
        candidates: functions that were meant, perhaps.
    """

    def __init__(self, typed: str, *, candidates: Iterable[str] = ()) -> None:
        key, _, value = typed.partition("=")
        super().__init__(
            f"`{typed}` cannot be read",
            candidates=candidates,
            mend="choice(a,b), range(START,STOP,STEP), interval(LOW,HIGH), "
            f"tag(log,interval(LOW,HIGH)); for a text as it is: {key}=\"'{value}'\"",
        )


def axis(override: Override, typed: str) -> Axis:
    """What an override that means several values lets vary.

    Args:
        override: as Hydra's grammar reads it.
        typed: the same as typed, for messages.

    Raises:
        UnreadError: an option is itself a choice or a range.
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
            if any(isinstance(option, Sweep | Glob) for option in value.list):
                raise UnreadError(typed)
            return Axis(key=key, choices=tuple(dict.fromkeys(map(text, value.list))))
        case RangeSweep():
            return _of_range(key, value, typed, log=log)
        case IntervalSweep():
            return _of_interval(key, value, typed, log=log)
    raise ConfigError(f"`{typed}` is one value, nothing to search")


def options(key: str, inside: str, typed: str) -> Override:
    """What `key=choice(inside)` means, whatever the options are.

    Hydra's own function takes no null and no letters beyond ASCII, which a plain list may have.

    Raises:
        UnreadError: there is no option, or the only one is itself a choice or a range.
    """
    if not inside.strip():
        raise UnreadError(typed)
    override = grammar.parse(f"{key}={inside}", sweep=True)
    if override.value_type is ValueType.SIMPLE_CHOICE_SWEEP:
        return override
    if override.is_sweep_override():
        raise UnreadError(typed)
    override.value_type = ValueType.CHOICE_SWEEP
    override._value = ChoiceSweep(list=[override._value])  # type: ignore[list-item]  # noqa: SLF001
    return override


def _of_range(key: str, value: RangeSweep, typed: str, *, log: bool) -> Axis:
    start, stop, step = value.start, value.stop, value.step
    if start is None or stop is None or not step:
        raise ConfigError(f"`{typed}` must be range(START,STOP,STEP) with a step other than 0")
    count = math.ceil((exact(stop) - exact(start)) / exact(step))
    if count < 1:
        raise ConfigError(
            f"`{typed}` has no value: its stop is not reached from its start",
            mend="range(1,4) is 1, 2, 3",
        )
    integer = all(isinstance(number, int) for number in (start, stop, step))
    ends = sorted((exact(start), exact(start) + (count - 1) * exact(step)))
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

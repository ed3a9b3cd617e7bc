"""What a command and a named sweep search: fixed overrides, axes and seeds."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from hydra.core.override_parser.types import Override

from xinzhi.config import grammar
from xinzhi.errors import ConfigError
from xinzhi.sweeping.records import Axis, Sweep
from xinzhi.sweeping.search import axes as forms
from xinzhi.sweeping.search import reading

_CALL = re.compile(r"(?P<key>[^=]+)=\s*(?P<function>\w+)\((?P<inside>.*)\)\s*\Z", re.DOTALL)
_FUNCTIONS = ("choice", "range", "interval", "tag", "sort", "shuffle", "glob")
_CASTS = ("int", "float", "str", "bool")


def read(
    overrides: Sequence[str], named: Mapping[str, Any]
) -> tuple[list[str], tuple[Axis, ...], tuple[int, ...]]:
    """Part what is fixed from what is searched; what is typed goes before a named sweep's space.

    Args:
        overrides: as typed: `model.width=64,128`, `optimizer.lr=tag(log,interval(1e-5,1e-3))`.
        named: the space of a named sweep: what one would type behind `=`, by key; lists are read
            as options.

    Returns:
        The overrides that all jobs have, the axes, and the seeds of each configuration (`seed=0,1`
        means replicates; none where the config's own seed is the only one).

    Raises:
        ConfigError: an override cannot be read or searched, or a key has two.

    >>> read(["model=textcnn", "model.width=64,128", "seed=0,1"], {})[1:]
    ((Axis(key='model.width', choices=('64', '128'), ...),), (0, 1))
    """
    typed = _by_key(overrides)
    inherited = _by_key(_as_typed(named))
    fixed: list[str] = [o for o in overrides if not _parse(o).is_sweep_override()]
    searched: list[Axis] = []
    seeds: tuple[int, ...] = ()
    for key, override in (inherited | typed).items():
        parsed = _parse(override)
        if not parsed.is_sweep_override():
            fixed += [override] if key not in typed else []
        elif key == "seed":
            seeds = _seeds(parsed, override)
        else:
            searched.append(reading.axis(parsed, override))
    return fixed, tuple(searched), seeds


def override(axis: Axis, value: str | float) -> str:
    """A value of an axis as an override; numbers in the fewest digits that give them back.

    >>> override(Axis(key="optimizer.lr", low=1e-5, high=1e-2, log=True), 0.0031)
    'optimizer.lr=0.0031'
    """
    value = forms.settled(axis, value)
    return f"{axis.key}={value if isinstance(value, str) else repr(value)}"


def changed(
    before: Sweep, axes: Sequence[Axis], seeds: Sequence[int], fixed: Sequence[str]
) -> list[str]:
    """What is searched otherwise than before, in words; nothing where it is the same.

    Args:
        before: the sweep as the ledger has it.
        axes: those of now.
        seeds: those of now.
        fixed: the overrides that all jobs have now.
    """
    was = {axis.key: forms.written(axis) for axis in before.axes}
    now = {axis.key: forms.written(axis) for axis in axes}
    told = [
        f"{key} was {was[key]} and is {now[key]}"
        for key in was
        if now.get(key, was[key]) != was[key]
    ]
    told += [
        f"{key} was searched ({was[key]}) and is not any more" for key in was if key not in now
    ]
    told += [f"{key} was not searched and is ({now[key]})" for key in now if key not in was]
    if set(before.seeds) != set(seeds):
        told.append(f"the seeds were {_listed(before.seeds)} and are {_listed(seeds)}")
    told += [f"{word} was given and is not any more" for word in before.fixed if word not in fixed]
    told += [f"{word} was not given and is" for word in fixed if word not in before.fixed]
    return told


def _by_key(overrides: Sequence[str]) -> dict[str, str]:
    """The last override of each key.

    Raises:
        ConfigError: a key that is searched has two.
    """
    found: dict[str, str] = {}
    for typed in overrides:
        parsed = _parse(typed)
        key = parsed.get_key_element().lstrip("+~")
        if key in found and (parsed.is_sweep_override() or _parse(found[key]).is_sweep_override()):
            raise ConfigError(
                f"`{key}` is given twice: `{found[key]}` and `{typed}`",
                mend="leave one of them out",
            )
        found[key] = typed
    return found


def _parse(typed: str) -> Override:
    """Read one override.

    Raises:
        ConfigError: it calls a function of Hydra's grammar in a way that cannot be read.
    """
    call = _CALL.match(typed)
    if call is None:
        return grammar.parse(typed, sweep=True)
    if call["function"] == "choice":
        return reading.options(call["key"], call["inside"], typed)
    parsed = grammar.parse(typed, sweep=True)
    if call["function"] == "shuffle" and not parsed.is_sweep_override():
        raise ConfigError(
            f"`{typed}` is shuffled anew each time", mend="write the list in one order"
        )
    if not parsed.is_sweep_override() and isinstance(parsed.value(), str):
        _refuse_unread(typed, call["function"], call["inside"])
    return parsed


def _refuse_unread(typed: str, function: str, inside: str) -> None:
    """Refuse what is taken for a text because Hydra cannot read the function that it calls.

    Raises:
        UnreadError: the function is one of Hydra's, or almost.
    """
    known = function in _FUNCTIONS or any(f"{name}(" in inside for name in _FUNCTIONS)
    if known and function in (*_FUNCTIONS, *_CASTS):
        raise reading.UnreadError(typed)
    for near in difflib.get_close_matches(function, _FUNCTIONS, n=1, cutoff=0.8):
        meant = grammar.parse(f"x={near}({inside})", sweep=True)
        if meant.is_sweep_override():  # `Range(km)` may well be a column
            raise reading.UnreadError(typed, candidates=[f"{near}({inside})"])


def _as_typed(named: Mapping[str, Any]) -> list[str]:
    def behind(value: object) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, list | tuple):
            return f"choice({','.join(map(forms.text, value))})"
        return forms.text(value)

    return [f"{key}={behind(value)}" for key, value in named.items()]


def _seeds(parsed: Override, typed: str) -> tuple[int, ...]:
    read = [] if parsed.is_interval_sweep() else list(parsed.sweep_iterator())
    if not read or not all(type(seed) is int and seed >= 0 for seed in read):
        raise ConfigError(f"`{typed}` must be whole numbers from 0 on", mend="seed=0,1,2")
    return tuple(dict.fromkeys(seed for seed in read if isinstance(seed, int)))


def _listed(seeds: Sequence[int]) -> str:
    return ", ".join(map(str, seeds)) or "the config's own"

"""What a person types, made into Hydra's override language: values as typed, words as keys."""

import re
from pathlib import Path
from typing import Any, NamedTuple

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, Quote, QuotedString, ValueType
from hydra.errors import HydraException

from xinzhi.errors import ConfigError

_PARSER = OverridesParser.create()
_KEY_AND_VALUE = re.compile(r"(?P<key>(\+{0,2}|~)[\w./@:$-]+)=(?P<value>.*)\Z", re.DOTALL)
_DELETION = re.compile(r"~[A-Za-z_][\w./@-]*\Z")
_PAIRS = {"[": "]", "{": "}", "(": ")"}
_LIST_OR_DICT = (("[", "]"), ("{", "}"))


class Typed(NamedTuple):
    """A command line taken apart: words that stand alone, then overrides."""

    words: tuple[str, ...]
    overrides: tuple[str, ...]


def take_apart(arguments: list[str]) -> Typed:
    """Part the words (references, actions) from the overrides that follow them.

    Raises:
        ConfigError: a word stands after an override, or a key is given two values.

    >>> take_apart(["tickets@champion", "text=hello"])
    Typed(words=('tickets@champion',), overrides=('text=hello',))
    """
    words: list[str] = []
    overrides: list[str] = []
    for argument in arguments:
        if _KEY_AND_VALUE.match(argument) or _DELETION.match(argument):
            overrides.append(argument)
        elif overrides:
            raise ConfigError(
                f"`{argument}` must be key=value: words without `=` come before all overrides",
                mend=f"quote the whole value, for example  '{overrides[-1]} {argument}'",
            )
        else:
            words.append(argument)
    _check_twice(overrides)
    return Typed(tuple(words), tuple(overrides))


def _check_twice(overrides: list[str]) -> None:
    seen: dict[str, str] = {}
    for override in overrides:
        key, value = key_of(override), _value(override)
        before = seen.setdefault(key, override)
        if before.lstrip("+") != override.lstrip("+"):
            raise ConfigError(
                f"`{key}` must be given once, was given twice: {before} {override}",
                candidates=[before, override],
                mend=f"keep one of them; for one job each:  -m {key}={_value(before)},{value}",
            )


def parse(argument: str, *, sweep: bool = False) -> Override:
    """Parse one override whose value may be typed without Hydra's inner quotes.

    Args:
        argument: `key=value` as typed.
        sweep: whether `a,b` and `choice(a,b)` mean several jobs.

    Raises:
        ConfigError: the override cannot be read, or means several jobs and `sweep` is false.

    >>> parse("data.label=Fault(Code)").value()
    'Fault(Code)'
    >>> parse("data.ignore=[Row No,描述]").value()
    ['Row No', '描述']
    >>> parse("data.text=a, b").value()
    'a, b'
    >>> parse("data.missing={年龄: median, Row No: 0}").value()
    {'年龄': 'median', 'Row No': 0}
    """
    quoted = quote(argument, sweep=sweep)
    override = _parsed(quoted) or _of_any_key(quoted)
    if override is None:
        raise ConfigError(
            f"`{argument}` must be key=value", mend="xinzhi train model=minilm seed=2"
        )
    if override.is_sweep_override() and not sweep:
        raise ConfigError(
            f"`{argument}` means several jobs, which needs -m",
            mend=f"add -m, or quote the value: {_key(argument)}=\"'{_value(argument)}'\"",
        )
    return override


def quote(argument: str, *, sweep: bool = False) -> str:
    """The same override with quotes where Hydra's grammar needs them.

    >>> quote("data.train=数据/训练.csv")
    "data.train='数据/训练.csv'"
    >>> quote("optimizer.lr=1e-3,1e-4", sweep=True)
    'optimizer.lr=1e-3,1e-4'
    """
    match = _KEY_AND_VALUE.match(argument)
    if match is None or not match["value"]:
        return argument
    key, value = match["key"], match["value"]
    return f"{key}={_quoted(value.strip() if sweep else value, sweep=sweep)}"


def _quoted(value: str, *, sweep: bool) -> str:
    value = _at_home(value)
    parsed = _parsed(f"key={value}")
    if parsed is not None:
        commas = parsed.value_type is ValueType.SIMPLE_CHOICE_SWEEP
        inner = [_at_home(part.strip()) for part in _split(value)] if commas else []
        if not commas:
            return _inside(value) if _is_container(value) else value
        return ",".join(inner) if sweep else _as_string(value)
    if _is_container(value):
        return _inside(value)
    parts = _split(value)
    if sweep and len(parts) > 1:
        return ",".join(_quoted(part.strip(), sweep=False) for part in parts)
    return _as_string(value)


def _inside(value: str) -> str:
    """Quote the elements of a list, or the values of a dict, that need it."""
    elements = [part.strip() for part in _split(value[1:-1]) if part.strip()]
    if value[0] == "[":
        return "[" + ",".join(_quoted(element, sweep=False) for element in elements) + "]"
    pairs = [element.partition(":") for element in elements]
    if not all(key and colon for key, colon, _ in pairs):
        return _as_string(value)
    quoted = (f"{key.strip()}: {_quoted(inner.strip(), sweep=False)}" for key, _, inner in pairs)
    return "{" + ", ".join(quoted) + "}"


def _split(value: str) -> list[str]:
    """Split at the commas that are inside no bracket and no quotes."""
    parts, depth, quote_mark, escaped = [""], 0, "", False
    for character in value:
        if quote_mark:
            quote_mark = "" if character == quote_mark and not escaped else quote_mark
            escaped = character == "\\" and not escaped
        elif character in "'\"" and parts[-1].rstrip()[-1:] in {"", *"[{(:,"}:
            quote_mark = character
        elif character in _PAIRS:
            depth += 1
        elif character in _PAIRS.values():
            depth -= 1
        if character == "," and depth == 0 and not quote_mark:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _is_container(value: str) -> bool:
    bracketed = any(value.startswith(a) and value.endswith(b) for a, b in _LIST_OR_DICT)
    return bracketed and len(_split(value)) == 1  # `[a],[b]` is two of them


def _at_home(value: str) -> str:
    return str(Path(value).expanduser()) if value == "~" or value.startswith("~/") else value


def _as_string(value: str) -> str:
    return QuotedString(text=value, quote=Quote.single).with_quotes()


def _parsed(argument: str) -> Override | None:
    try:
        return _PARSER.parse_override(argument)
    except HydraException:
        return None


def _of_any_key(argument: str) -> Override | None:
    """Parse what Hydra's grammar refuses: keys in other letters than those of ASCII."""
    match = _KEY_AND_VALUE.match(argument)
    if match is None:
        return None
    key, value = match["key"], match["value"]
    held = _mapping(value) if value.startswith("{") and value.endswith("}") else None
    bare = key.lstrip("+~")
    override = _parsed(f"{key.removesuffix(bare)}key={value if held is None else 'null'}")
    if override is not None:
        override.key_or_group, override.input_line = bare, argument
    if override is not None and held is not None:
        override._value = held  # noqa: SLF001 - Hydra gives no other way to set it
    return override


def _mapping(value: str) -> dict[str, Any] | None:
    """Read `{a: 1, b: {c: x}}` with keys in any letters; None where it is something else."""
    held: dict[str, Any] = {}
    for pair in filter(str.strip, _split(value[1:-1])):
        key, colon, inner = (part.strip() for part in pair.partition(":"))
        if not key or not colon:
            return None
        if _is_container(inner) and inner.startswith("{"):
            read: Any = _mapping(inner)
        else:
            parsed = _parsed(f"key={inner}")
            read = None if parsed is None else parsed.value()
        if read is None and inner != "null":
            return None
        held[key.strip("'\"")] = read
    return held


def is_of_sweep(override: str) -> bool:
    """Whether an override says how a sweep goes, and nothing of its jobs.

    Args:
        override: as typed.

    >>> is_of_sweep("+sweep.trials=3"), is_of_sweep("sweep/workers=ray"), is_of_sweep("model=mlp")
    (True, True, False)
    """
    key = override.lstrip("+~").partition("=")[0]
    return key in {"sweep", "sweep/workers"} or key.startswith("sweep.")


def key_of(override: str) -> str:
    """The key of an override as it was typed.

    >>> key_of("+optimizer.lr=1e-3"), key_of("~model.dropout")
    ('optimizer.lr', 'model.dropout')
    """
    return override.lstrip("+~").partition("=")[0]


def _key(argument: str) -> str:
    return argument.partition("=")[0]


def _value(argument: str) -> str:
    return argument.partition("=")[2]

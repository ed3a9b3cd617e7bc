"""What a person declares of each column and row: types, bounds, allowed values, checks."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

from xinzhi.config.near import near
from xinzhi.data import conditions
from xinzhi.data.bounds import Type, checked, implied
from xinzhi.errors import DataError

Action = Literal["fail", "drop", "quarantine"]

_RULES = ("type", "min", "max", "allowed", "pattern", "unique", "null_share")


class Rule(NamedTuple):
    """Something that must hold.

    Attributes:
        column: the column; of a check its name.
        name: type, min, max, allowed, pattern, unique, null_share or check.
        value: what is declared.
        on: what becomes of rows that violate it.
    """

    column: str
    name: str
    value: Any
    on: Action

    @property
    def short(self) -> str:
        """As it stands in a reason: `amount: min 0`."""
        if self.name in ("check", "unique", "allowed"):
            return f"{self.column}: {self.name}"
        return f"{self.column}: {self.name} {self.value}"


class Column(NamedTuple):
    """A declared column.

    Attributes:
        name: its name in the source.
        type: as declared, or as its bounds and allowed values have it; None where nothing says so.
        rules: in the order of the documentation.
    """

    name: str
    type: Type | None
    rules: tuple[Rule, ...]


class Schema(NamedTuple):
    """All that must hold of a table.

    Attributes:
        columns: those with rules of their own.
        checks: conditions over the row.
    """

    columns: tuple[Column, ...]
    checks: tuple[Rule, ...]


def parse(
    schema: Mapping[str, Any] | None,
    checks: Mapping[str, Any] | None = None,
    on_violation: str = "fail",
) -> Schema | None:
    """Read a declared schema; None where nothing is declared.

    Args:
        schema: column → type, or type, min, max, allowed, pattern, unique, null_share and on.
        checks: name → SQL condition over the row, or `sql` and `on`.
        on_violation: what becomes of rows that violate a rule without an `on` of its own.

    Raises:
        DataError: a key, a type or a value cannot be; names the near match.
    """
    on = _action(on_violation, "data.on_violation")
    columns = tuple(
        _column(name, declared, on) for name, declared in _mapping(schema, "data.schema").items()
    )
    conditions_ = tuple(
        _check(name, declared, on) for name, declared in _mapping(checks, "data.checks").items()
    )
    return Schema(columns, conditions_) if columns or conditions_ else None


def _column(name: str, declared: Any, on: Action) -> Column:  # noqa: ANN401 - as YAML has it
    where = f"data.schema.{name}"
    one = {"type": declared} if isinstance(declared, str) else _mapping(declared, where)
    given: dict[str, Any] = {key: value for key, value in one.items() if value is not None}
    for key in given:
        _known(key, (*_RULES, "on"), f"{where} has an unknown key")
    if "type" in given:
        _known(given["type"], get_args(Type), f"{where}.type is unknown")
    type_: Type | None = given.get("type", implied(given))
    values = {key: checked(key, given[key], type_, where) for key in _RULES if key in given}
    if "min" in values and "max" in values and values["min"] > values["max"]:
        raise DataError(
            f"{where}.min must not exceed max, was {given['min']} > {given['max']}",
        )
    if type_ is not None:
        values = {"type": type_} | values
    actions = _actions(given.get("on"), [*values], on, where)
    rules = [Rule(name, key, value, actions[key]) for key, value in values.items()]
    return Column(name, type_, tuple(rule for rule in rules if rule.value is not False))


def _check(name: str, declared: Any, on: Action) -> Rule:  # noqa: ANN401 - as YAML has it
    where = f"data.checks.{name}"
    given = {"sql": declared} if isinstance(declared, str) else _mapping(declared, where)
    for key in given:
        _known(key, ("sql", "on"), f"{where} has an unknown key")
    condition = conditions.parse(given.get("sql"), where)
    return Rule(name, "check", condition, _action(given.get("on", on), f"{where}.on"))


def _actions(on: Any, rules: Sequence[str], default: Action, where: str) -> dict[str, Action]:  # noqa: ANN401
    if not isinstance(on, Mapping):
        return dict.fromkeys(rules, _action(on or default, f"{where}.on"))
    for key in on:
        _known(key, rules, f"{where}.on names a rule that is not declared")
    return {rule: _action(on.get(rule, default), f"{where}.on.{rule}") for rule in rules}


def _action(word: Any, where: str) -> Action:  # noqa: ANN401
    _known(word, get_args(Action), f"{where} must be fail, drop or quarantine")
    return word  # type: ignore[no-any-return]


def _known(word: Any, words: Sequence[str], problem: str) -> None:  # noqa: ANN401
    if word not in words:
        close = near(str(word), words)
        raise DataError(f"{problem}, was {word!r}", candidates=close or words)


def _mapping(value: Any, where: str) -> Mapping[str, Any]:  # noqa: ANN401
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise DataError(f"{where} must be a mapping, was {value!r}")
    return {str(key): each for key, each in value.items()}

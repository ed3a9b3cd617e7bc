"""Which rules are violated, by how many rows, and by which first."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data.flags import Flagged
from xinzhi.data.records import Step
from xinzhi.data.schema import Rule
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import ibis

    from xinzhi.data.engine import Engine

_SHOWN = 3
_WIDEST = 60
_PLAIN = ("is_string", "is_numeric", "is_boolean", "is_temporal")


class Violation(NamedTuple):
    """A rule that rows violate.

    Attributes:
        rule: what was declared.
        rows: how many violate it.
        first: the smallest of them, in the order of their columns' values.
    """

    rule: Rule
    rows: int
    first: list[dict[str, Any]]

    def plain(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        named = {"column": self.rule.column, "rule": self.rule.name, "rows": self.rows}
        return named | {"on": self.rule.on, "says": says(self.rule), "first": self.first}


def says(rule: Rule) -> str:
    """What a rule asks for, as a sentence's end.

    Args:
        rule: any.
    """
    if rule.name == "allowed":
        shown = ", ".join(map(str, rule.value[:6])) + (" …" if len(rule.value) > 6 else "")
        return f"must be one of {shown}"
    return {
        "type": f"must be of type {rule.value}",
        "min": f"must be at least {rule.value}",
        "max": f"must be at most {rule.value}",
        "pattern": f"must match {rule.value} from end to end",
        "unique": "must be unique",
        "null_share": "must not be missing"
        + (f" in more than {rule.value} of the rows" if rule.value else ""),
    }.get(rule.name, f"must hold: {rule.value}")


def first(rows: "ibis.Table", of: Flagged, engine: "Engine") -> list[dict[str, Any]]:
    """The smallest rows as the source has them, shortened for a person.

    Args:
        rows: those that violate a rule.
        of: where they come from.
        engine: where they are.
    """
    given = of.as_given(rows)
    smallest = given.order_by(order(given, given.columns)).limit(_SHOWN)
    return [{name: _shown(value) for name, value in row.items()} for row in engine.rows(smallest)]


def order(rows: "ibis.Table", columns: Sequence[str]) -> "list[ibis.Value]":
    """What rows are ordered by on every engine: plain columns, missing values first.

    Args:
        rows: any.
        columns: some of theirs.
    """
    import ibis

    kinds = rows.schema()
    plain = [name for name in columns if any(getattr(kinds[name], kind)() for kind in _PLAIN)]
    return [ibis.asc(rows[name], nulls_first=True) for name in plain]


def refuse(found: Sequence[Violation], total: int, where: str) -> None:
    """Stop where a rule says so; all that were violated are listed.

    Args:
        found: what was violated.
        total: how many rows there are.
        where: their source.

    Raises:
        DataError: a rule with `fail` is violated.
    """
    failed = [each for each in found if each.rule.on == "fail"]
    if not failed:
        return
    others = [each for each in found if each.rule.on != "fail"]
    lines = [
        f"{where}: {len(found)} declared rule{'s' * (len(found) > 1)} violated in {_rows(total)}"
    ]
    for each in [*failed, *others]:
        apart = "" if each.rule.on == "fail" else f" ({each.rule.on})"
        lines.append(f"  {each.rule.column} {says(each.rule)}: {_rows(each.rows)}{apart}")
        lines += [f"    {line(row, each.rule.column)}" for row in each.first]
    raise DataError(
        "\n".join(lines),
        mend="data.on_violation=drop or quarantine, or `on` of one rule in data.schema",
    )


def require_left(found: Sequence[Mapping[str, Any]], steps: Sequence[Step], where: str) -> None:
    """Stop where no row holds to its rules: then a rule is at fault.

    Args:
        found: what was violated, plain.
        steps: what became of the rows.
        where: their source.

    Raises:
        DataError: all rows are gone.
    """
    if not found or steps[-1].rows_out:
        return
    most = sorted(found, key=lambda each: -each["rows"])[:_SHOWN]
    lines = [f"  {each['column']} {each['says']}: {_rows(each['rows'])}" for each in most]
    total = _rows(steps[0].rows_in)
    raise DataError(
        "\n".join([f"{where}: none of {total} holds to the declared rules", *lines]),
        mend="data.schema or data.checks: a rule that every row violates is not as it was meant",
    )


def _rows(number: int) -> str:
    return f"{number:,} row{'s' * (number != 1)}"


def line(row: Mapping[str, Any], column: str, width: int = 160) -> str:
    """Write a row on one line, the offending value first.

    Args:
        row: column → value.
        column: of the offending value.
        width: of the line, in signs.
    """
    names = sorted(row, key=lambda name: name != column)
    told = ", ".join(f"{name}={json.dumps(row[name], ensure_ascii=False)}" for name in names)
    told = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in told)
    return told if len(told) <= width else told[: width - 1] + "…"


def _shown(value: Any) -> Any:  # noqa: ANN401
    """A value as JSON has it."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)  # noqa: PLR0124
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"

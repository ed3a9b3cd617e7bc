"""Declared rules as columns that say which rows violate them, built from pandera's checks."""

import os
import warnings
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from xinzhi.data.hashing import content_hash
from xinzhi.data.schema import Rule

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from xinzhi.data.engine import Engine

_IGNORES_ZONES = "PYARROW_IGNORE_TIMEZONE"


def violated(table: "ibis.Table", value: str, rule: Rule, engine: "Engine") -> "ibis.Column":
    """Say for each row whether it violates a rule on one value; a missing value violates none.

    Args:
        table: the rows.
        value: the column that holds the typed value.
        rule: min, max, allowed or pattern.
        engine: where the rows are.
    """
    pandera = _pandera()
    holds = _CONDITIONS[rule.name](rule.value, engine)
    check = pandera.Check(lambda data: holds(data.table[data.key]), name=rule.name, ignore_na=True)
    return ~check(table, value).check_output


def _pandera() -> Any:  # noqa: ANN401 - a module
    """Import pandera, without what it does to a process where PySpark is installed."""
    before = os.environ.get(_IGNORES_ZONES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports PySpark, which warns of pandas 3
        import pandera.ibis as pandera
    if before is None:
        # else Arrow would read 12:30 in Tokyo as 12:30 in UTC from now on
        os.environ.pop(_IGNORES_ZONES, None)
    return pandera


def _at_least(bound: Any, _: "Engine") -> "Callable[[ibis.Column], ibis.Column]":  # noqa: ANN401
    return lambda column: _measure(column) >= _literal(bound, column)


def _at_most(bound: Any, _: "Engine") -> "Callable[[ibis.Column], ibis.Column]":  # noqa: ANN401
    return lambda column: _measure(column) <= _literal(bound, column)


def _among(values: tuple[Any, ...], _: "Engine") -> "Callable[[ibis.Column], ibis.Column]":
    return lambda column: column.isin([_literal(value, column) for value in values])


def _matches(pattern: str, engine: "Engine") -> "Callable[[ibis.Column], ibis.Column]":
    """Whether the whole value matches, by RE2 on every engine: Java's `$` and `.` differ."""
    whole = rf"\A(?:{pattern})\z"

    def matches(values: "pa.Array") -> "pa.Array":
        import pyarrow.compute as pc

        return pc.match_substring_regex(values.cast("string"), whole)  # all-NULL may come untyped

    name = f"xinzhi_matches_{content_hash([whole], size_bytes=8).hex()}"
    return engine.function(name, matches, takes="string", gives="boolean")


_CONDITIONS: dict[str, Callable[..., "Callable[[ibis.Column], ibis.Column]"]] = {
    "min": _at_least,
    "max": _at_most,
    "allowed": _among,
    "pattern": _matches,
}


def _measure(column: "ibis.Column") -> "ibis.Column":
    """What bounds speak of: of a string its length in characters."""
    return column.length() if column.type().is_string() else column


def _literal(value: Any, column: "ibis.Column") -> Any:  # noqa: ANN401
    """The value under the column's type, for a moment with a time zone must meet its like."""
    import ibis

    return ibis.literal(value, type=column.type()) if isinstance(value, datetime) else value

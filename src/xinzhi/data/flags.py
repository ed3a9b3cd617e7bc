"""Rows with one column per declared rule that says whether the row violates it."""

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from xinzhi.data import conditions
from xinzhi.data.casts import Cast, cast
from xinzhi.data.records import require_columns
from xinzhi.data.rules import violated
from xinzhi.data.schema import Rule, Schema
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import ibis

    from xinzhi.data.engine import Engine

_OURS = "_xinzhi_"  # how our own columns begin
_VIEWS = itertools.count()  # a view of a name that was used before would change older tables


class Flagged(NamedTuple):
    """Rows under their declared types with flags.

    Attributes:
        rows: typed columns, the untyped ones that they replaced, values and flags.
        columns: of the source, in its order.
        raw: where the source's own value of a column is, for columns that were given a type.
        values: column → where the value is that rules see.
        flags: rule → where its flag is.
    """

    rows: "ibis.Table"
    columns: tuple[str, ...]
    raw: Mapping[str, str]
    values: Mapping[str, str]
    flags: Mapping[Rule, str]

    def typed(self, rows: "ibis.Table") -> "ibis.Table":
        """The rows as they go on.

        Args:
            rows: some of these.
        """
        return rows.select(*self.columns)

    def as_given(self, rows: "ibis.Table") -> "ibis.Table":
        """The rows as the source has them.

        Args:
            rows: some of these.
        """
        return rows.select(**{name: rows[self.raw.get(name, name)] for name in self.columns})


def flagged(table: "ibis.Table", schema: Schema, engine: "Engine", where: str) -> Flagged:
    """Give rows their types and their flags; no row is read yet.

    Args:
        table: the rows.
        schema: what must hold.
        engine: where the rows are.
        where: their source, for messages.

    Raises:
        DataError: a column is not there, cannot have its type, or a check cannot be computed.
    """
    names = table.columns
    require_columns(names, [column.name for column in schema.columns], where)
    casts = _casts(table, schema, where)
    values = {name: f"{_OURS}value_{at}" for at, name in enumerate(casts)}
    raw = {
        name: f"{_OURS}raw_{at}"
        for at, (name, made) in enumerate(casts.items())
        if not made.typed.equals(table[name])
    }
    typed = table.mutate(
        **{raw[name]: table[name] for name in raw},
        **{name: casts[name].typed for name in raw},
        **{values[name]: made.value for name, made in casts.items()},
        **{f"{values[name]}_bad": made.malformed for name, made in casts.items()},
    )
    rules = [rule for column in schema.columns for rule in column.rules if rule.name != "unique"]
    flags = {rule: f"{_OURS}flag_{at}" for at, rule in enumerate([*rules, *schema.checks])}
    # before all others, for a view does not know the functions that patterns bring
    rows = _checked(typed, names, {rule: flags[rule] for rule in schema.checks}, engine, where)
    rows = rows.mutate(
        **{flags[rule]: _flag(rows, values[rule.column], rule, engine) for rule in rules}
    )
    return Flagged(rows, names, raw, values, flags)


def _flag(rows: "ibis.Table", value: str, rule: Rule, engine: "Engine") -> "ibis.Column":
    if rule.name == "type":
        return rows[f"{value}_bad"]
    if rule.name == "null_share":
        return rows[value].isnull() & ~rows[f"{value}_bad"]
    return violated(rows, value, rule, engine)


def _casts(table: "ibis.Table", schema: Schema, where: str) -> dict[str, Cast]:
    found = {column: cast(table[column.name], column.type) for column in schema.columns}
    for column, made in found.items():
        kind = table[column.name].type()
        unordered = any(rule.name == "unique" for rule in column.rules) and kind.is_nested()
        if made is None or unordered:
            raise DataError(
                f"{where}: column {column.name!r} must be of type {column.type or 'a single value'}"
                f" (data.schema), it is {kind}"
            )
    return {column.name: made for column, made in found.items() if made is not None}


def _checked(
    rows: "ibis.Table",
    names: Sequence[str],
    flags: Mapping[Rule, str],
    engine: "Engine",
    where: str,
) -> "ibis.Table":
    """Add the flags of SQL checks: NULL is no violation, as in a database."""
    if not flags:
        return rows
    said = {
        rule: conditions.resolved(rule.value, names, f"{where}, data.checks.{rule.column}")
        for rule in flags
    }
    _try(rows, said, where)
    view = f"xinzhi_checked_{next(_VIEWS)}"
    more = ", ".join(f"NOT COALESCE({said[rule]}, TRUE) AS {flags[rule]}" for rule in flags)
    return engine.sql(f"SELECT *, {more} FROM {view}", {view: rows})  # noqa: S608 - see conditions


def _try(rows: "ibis.Table", said: Mapping[Rule, str], where: str) -> None:
    """Let DuckDB judge the checks on no rows, so that they are refused alike on every engine.

    Raises:
        DataError: a check does not fit its columns' types, or is no condition.
    """
    import ibis

    named = conditions.named_columns([rule.value for rule in said])
    by_lower = {name.lower(): name for name in rows.columns}
    fields = {name: rows.schema()[name] for name in {by_lower[name.lower()] for name in named}}
    con = ibis.duckdb.connect()
    try:
        con.create_table("nothing", schema=ibis.schema(fields or {"_": "int64"}))
        for rule, sql in said.items():
            kind = _kind(con, sql, rule, where)
            if kind != "BOOLEAN":
                raise DataError(
                    f"{where}: data.checks.{rule.column} must be a condition, {rule.value} gives "
                    f"{kind}, not BOOLEAN"
                )
    finally:
        con.disconnect()


def _kind(con, sql: str, rule: Rule, where: str) -> str:  # type: ignore[no-untyped-def] # noqa: ANN001
    import duckdb

    try:
        told = con.raw_sql(f"DESCRIBE SELECT {sql} AS holds FROM nothing")  # noqa: S608
        return str(told.fetchall()[0][1])
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"{where}: data.checks.{rule.column} cannot be computed: {rule.value}: {reason}",
            mend="declare the types of its columns in data.schema",
        ) from None

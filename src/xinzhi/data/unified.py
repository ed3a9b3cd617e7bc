"""Columns of train, val and test under one type, so that equal values are equal on every side."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xinzhi.data.records import require_columns
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import ibis

    from xinzhi.data.engine import Engine


def unified(
    tables: "Mapping[str, ibis.Table]",
    columns: Sequence[str],
    *,
    engine: "Engine",
    where: Mapping[str, str],
) -> "dict[str, ibis.Table]":
    """Give the columns that are learned from the same type in every part.

    Args:
        tables: part → rows, as their sources opened them.
        columns: names in the sources.
        engine: where the tables are.
        where: part → source, for messages.

    Raises:
        DataError: a part lacks a column, or holds something else in it than train does.
    """
    made = dict(tables)
    for split, table in tables.items():
        require_columns(list(table.columns), columns, where[split])
    for name in columns:
        kinds = {split: table[name].type().copy(nullable=True) for split, table in tables.items()}
        if len(set(kinds.values())) == 1:
            continue
        common = _common(list(kinds.values()))
        for split, kind in kinds.items():
            target = common or kinds["train"]
            if kind == target:
                continue
            if common is None and not _is_empty(tables[split], name, engine):
                raise DataError(
                    f"{where[split]}: column {name!r} must hold {kinds['train']} as in train, "
                    f"it holds {kind}",
                    mend=f"data.schema.{name}=number (or string) reads both alike",
                )
            made[split] = made[split].mutate(**{name: _as(made[split][name], target)})
    return made


def _common(kinds: Sequence[Any]) -> Any:  # noqa: ANN401 - an Ibis type
    import ibis.expr.datatypes as dt

    known = [kind for kind in kinds if not kind.is_null()]
    if not known or all(kind == known[0] for kind in known):
        return known[0] if known else dt.string
    if all(kind.is_integer() for kind in known):
        return dt.int64
    if all(kind.is_numeric() and not kind.is_boolean() for kind in known):
        return dt.float64
    if all(kind.is_timestamp() or kind.is_date() for kind in known):
        zoned = any(kind.is_timestamp() and kind.timezone for kind in known)
        return dt.Timestamp("UTC" if zoned else None)
    if all(kind.is_array() and kind.value_type.is_numeric() for kind in known):
        return dt.Array(dt.float64)
    return None


def _is_empty(table: "ibis.Table", name: str, engine: "Engine") -> bool:
    column = table[name]
    held = column.notnull()
    if column.type().is_string():
        held &= column.strip() != ""
    return not engine.count(table.filter(held))


def _as(column: Any, kind: Any) -> Any:  # noqa: ANN401 - an Ibis column and its type
    import ibis

    if column.type().is_string() and not kind.is_string():
        return ibis.null(kind)
    return column.cast(kind)

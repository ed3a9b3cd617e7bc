"""Columns of a source as they go on: trimmed, empty ones NULL, of types that both engines have."""

from typing import TYPE_CHECKING, Any

from xinzhi.data import portable
from xinzhi.data.texts import SEPARATOR
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis

    from xinzhi.data.engine import Engine


def plain(column: Any) -> Any:  # noqa: ANN401 - an Ibis column
    """Give a column one of the types that both engines have, and 0.0 for -0.0.

    Args:
        column: of any type; numbers in lists become float64.
    """
    import ibis

    kind = column.type()
    if kind.is_unsigned_integer():
        return column.cast("int64")
    if kind.is_floating():
        return ibis.ifelse(column == 0, ibis.literal(0.0).cast(kind), column)
    if kind.is_array() and kind.value_type.is_numeric() and not kind.value_type.is_boolean():
        return column.cast("array<float64>")
    return column


def feature(column: Any, unicode: str, engine: "Engine") -> Any:  # noqa: ANN401
    """Give a column that is learned from; what is empty becomes NULL, an empty list too.

    Args:
        column: of any type.
        unicode: the form that strings are brought into: none, nfc or nfkc.
        engine: where.
    """
    column = plain(column)
    if column.type().is_string():
        column = portable.normalised(column, unicode, engine)
        return portable.unless_empty(portable.trimmed(column, engine))
    return (column.length() > 0).ifelse(column, None) if column.type().is_array() else column


def text(table: "ibis.Table", columns: "Sequence[str]", unicode: str, engine: "Engine") -> Any:  # noqa: ANN401
    """Join columns to one text, the empty ones left out.

    Args:
        table: as a source opened it.
        columns: one or several.
        unicode: as for features.
        engine: where.
    """
    import ibis

    parts = []
    for name in columns:
        part = portable.normalised(table[name].cast("string"), unicode, engine)
        parts.append(portable.unless_empty(portable.trimmed(part, engine)))
    if len(parts) == 1:
        return parts[0]
    return portable.unless_empty(ibis.literal(SEPARATOR).join(parts))


def single(column: Any, name: str, engine: "Engine", where: str) -> Any:  # noqa: ANN401
    """Give a class, a group or a key as a string.

    Args:
        column: of any type but lists.
        name: its name in the source.
        engine: where.
        where: the source, for the message.

    Raises:
        DataError: it holds lists.
    """
    if column.type().is_array():
        raise DataError(
            f"{where}: column {name!r} must hold one value a row, it holds lists",
            mend="data.multilabel='|' if it is the label and a row has several",
        )
    return portable.unless_empty(portable.trimmed(column.cast("string"), engine))


def several(label: Any, separator: str, engine: "Engine") -> Any:  # noqa: ANN401
    """Give the sorted distinct labels of a cell, or NULL where it has none.

    Args:
        label: strings or lists.
        separator: between the labels of a string.
        engine: where.
    """
    is_list = label.type().is_array()
    parts = label if is_list else portable.parts(label.cast("string"), separator, engine)
    stripped = parts.map(lambda part: portable.trimmed(part.cast("string"), engine))
    named = stripped.filter(lambda part: part.notnull() & (part != "")).unique().sort()
    return (named.length() > 0).ifelse(named, None)


def number(column: Any, name: str, where: str) -> Any:  # noqa: ANN401
    """Give a label that is a number: NULL where there is none, or an infinite one.

    Args:
        column: numbers, or strings that spell some.
        name: its name in the source.
        where: the source, for the message.

    Raises:
        DataError: it holds neither.
    """
    import ibis

    from xinzhi.data.casts import cast

    read = cast(column, "number")
    if read is None or column.type().is_boolean():
        raise DataError(
            f"{where}: column {name!r} must hold numbers (data.label_as=number), it holds "
            f"{column.type()}",
            mend="data.label_as=class, or another data.label",
        )
    value: Any = read.value.cast("float64")
    value = value.isinf().ifelse(None, value)
    return ibis.ifelse(value == 0, 0.0, value)

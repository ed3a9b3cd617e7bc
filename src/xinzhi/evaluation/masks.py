"""Which rows of a table a condition, a range, a value or a length takes in.

Shapes: N rows.
"""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.data import conditions
from xinzhi.data.legible import shown
from xinzhi.data.spelling import spelled
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Numbers = np.ndarray[Any, np.dtype[np.float64]]

MISSING = "(missing)"
MOST_VALUES = 50  # of a column that are a slice each
_LONGEST = 60  # characters of a value in a slice's name


def holds(sql: object, table: "pa.Table", where: str) -> Mask:
    """Finds the rows for which a condition holds; where that is unknown it does not.

    Args:
        sql: the condition.
        table: N rows.
        where: the key, for the message.

    Returns:
        Bool, shape (N,).

    Raises:
        DataError: it cannot be read, or not be asked of these columns.
    """
    import duckdb

    from xinzhi.data.querying import connection

    condition = conditions.parse(sql, where)
    asked = conditions.resolved(condition, table.column_names, where)
    named = {name.lower() for name in conditions.named_columns([condition])}
    columns = [name for name in table.column_names if name.lower() in named]
    with connection() as con:
        con.register("record", _unknown(table.select(columns or table.column_names[:1])))
        try:
            # the condition was taken apart before: it is an expression and nothing else
            rows = con.sql(f"SELECT ({asked}) AS holds FROM record").to_arrow_table()  # noqa: S608
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise DataError(f"{where} cannot be asked of these rows: {sql!r}: {reason}") from None
    return _true(rows["holds"], f"{where}: {sql!r}")


def _unknown(table: "pa.Table") -> "pa.Table":
    """Makes NaN unknown: the engine takes it for more than any number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            column = table.column(place)
            known = pc.if_else(pc.is_nan(column), pa.scalar(None, field.type), column)
            table = table.set_column(place, field.name, known)
    return table


def _true(column: "pa.ChunkedArray", what: str) -> Mask:
    import pyarrow as pa

    if not pa.types.is_boolean(column.type):
        raise DataError(f"{what} must be true or false for a row, is of type {column.type}")
    return _mask(column)


def lengths(column: "pa.ChunkedArray", unit: str) -> Numbers:
    """Counts words or characters of each text, or members of each list; NaN where there is none.

    Args:
        column: texts or lists, N of them.
        unit: words or characters.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as pt

    if pt.is_list(column.type) or pt.is_large_list(column.type):
        counted = pc.list_value_length(column)
    elif unit == "words":
        text = pc.utf8_trim_whitespace(column.cast(pa.string()))
        words = pc.list_value_length(pc.utf8_split_whitespace(text))
        counted = pc.if_else(pc.equal(text, ""), 0, words)
    else:
        counted = pc.utf8_length(column.cast(pa.string()))
    return numbers(counted)


def within(values: Numbers, given: object, where: str) -> Mask:
    """Finds the values from the least to the most, both included.

    Args:
        values: shape (N,).
        given: [least, most]; null leaves an end open.
        where: the key, for the message.

    Raises:
        DataError: these are not two numbers.
    """
    ends = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else []
    known = [end for end in ends if end is not None]
    if len(ends) != 2 or not known or not all(_is_number(end) for end in known):
        raise DataError(f"{where} must be [least, most], such as [0, 8]; was {given!r}")
    low, high = (
        -math.inf if ends[0] is None else ends[0],
        math.inf if ends[1] is None else ends[1],
    )
    if low > high:
        raise DataError(f"{where} must be [least, most], the first was more: {given!r}")
    return (values >= low) & (values <= high)


def by_edges(name: str, column: "pa.ChunkedArray", edges: object, where: str) -> dict[str, Mask]:
    """Finds the rows between edges: each belongs to what begins with it.

    Args:
        name: begins the name of each slice.
        column: numbers or moments, N of them.
        edges: ascending.
        where: the key, for the message.

    Returns:
        By name; below the first and from the last on only where there are rows.

    Raises:
        DataError: the edges do not ascend, or the column cannot be ordered so.
    """
    listed = list(edges) if isinstance(edges, Sequence) and not isinstance(edges, str) else []
    if not listed:
        raise DataError(f"{where}: edges must be numbers or dates, ascending; were {edges!r}")
    at = [_end(column, edge, where) for edge in listed]
    if any(not before < after for before, after in pairwise(at)):
        raise DataError(f"{where}: edges must ascend, were {edges!r}")
    values = _ordered(column, where)
    said = [str(edge) for edge in listed]
    outer = {f"{name} below {said[0]}": values < at[0], f"{name} from {said[-1]}": values >= at[-1]}
    inner = {
        f"{name} {said[i]} to {said[i + 1]}": (values >= at[i]) & (values < at[i + 1])
        for i in range(len(at) - 1)
    }
    below, beyond = outer.items()
    found = {below[0]: below[1], **inner, beyond[0]: beyond[1]}
    return {label: inside for label, inside in found.items() if label in inner or inside.any()}


def between(column: "pa.ChunkedArray", low: object, high: object, where: str) -> Mask:
    """Finds the rows from one value on and below another.

    Args:
        column: numbers or moments, N of them.
        low: the first that is in; None leaves it open.
        high: the first that is not; None leaves it open.
        where: the key, for the message.

    Raises:
        DataError: the column cannot be ordered so.
    """
    values = _ordered(column, where)
    inside: Mask = values == values  # noqa: PLR0124 - false for NaN and for no moment
    if low is not None:
        inside = inside & (values >= _end(column, low, where))
    if high is not None:
        inside = inside & (values < _end(column, high, where))
    return inside


def of_values(column: "pa.ChunkedArray", values: object, where: str) -> Mask:
    """Finds the rows that have one of these values.

    Args:
        column: N of them.
        values: one or several.
        where: the key, for the message.

    Raises:
        DataError: no row has any of them; names near ones.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from xinzhi.config.near import near
    from xinzhi.data.spelling import cell

    listed = [values] if isinstance(values, str) or not isinstance(values, Sequence) else values
    wanted = [str(cell(value)) for value in listed]
    there = _spelled(column)
    inside = _mask(pc.is_in(there, value_set=pa.array(wanted, pa.string())))
    if not inside.any():
        known = there.unique().drop_null().to_pylist()[:10_000]
        raise DataError(
            f"{where}: values must be among the column's, {', '.join(wanted)} is in no row",
            candidates=near(wanted[0], known) if wanted else (),
        )
    return inside


def by_value(name: str, column: "pa.ChunkedArray", where: str) -> dict[str, Mask]:
    """Finds the rows of each value, the most frequent first.

    Args:
        name: begins the name of each slice.
        column: N of them.
        where: the key, for the message.

    Raises:
        DataError: there are too many values for a slice each.
    """
    import pyarrow.compute as pc

    encoded = _spelled(column).fill_null(MISSING).combine_chunks().dictionary_encode()
    values = encoded.dictionary.to_pylist()
    if len(values) > MOST_VALUES:
        raise DataError(
            f"{where}: a column with a slice for each value must have at most {MOST_VALUES}, "
            f"had {len(values):,}",
            mend="give edges: [0, 1000] for numbers, from: and to:, values: [a, b], or where:",
        )
    codes = np.asarray(pc.cast(encoded.indices, "int64").to_numpy(zero_copy_only=False))
    order = np.argsort(-np.bincount(codes, minlength=len(values)), kind="stable")
    return {f"{name}={shown(values[code], _LONGEST)}": codes == code for code in order}


def is_moment(kind: "pa.DataType") -> bool:
    """Whether a column's values are days or moments.

    Args:
        kind: the column's type.
    """
    import pyarrow.types as pt

    return bool(pt.is_date(kind) or pt.is_timestamp(kind))


def numbers(column: "pa.ChunkedArray") -> Numbers:
    """Gives numbers, NaN where there is none.

    Args:
        column: numbers, N of them.
    """
    import pyarrow as pa

    plain = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    values = plain.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64)


def moments(column: "pa.ChunkedArray") -> np.ndarray[Any, np.dtype[np.datetime64]]:
    """Gives moments in UTC, NaT where there is none.

    Args:
        column: days or moments, N of them.
    """
    import pyarrow as pa

    plain = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_timestamp(plain.type) and plain.type.tz is not None:
        plain = plain.cast(pa.timestamp(plain.type.unit, "UTC"))
    whole = plain.cast(pa.timestamp("us"), safe=False).to_numpy(zero_copy_only=False)
    return np.asarray(whole, dtype="datetime64[us]")


def _ordered(column: "pa.ChunkedArray", where: str) -> np.ndarray[Any, Any]:
    import pyarrow as pa

    try:
        return moments(column) if is_moment(column.type) else numbers(column)
    except pa.ArrowException as error:
        raise DataError(
            f"{where}: the column must hold numbers or dates, its type is {column.type}: {error}",
            mend="declare the column's type in data.schema",
        ) from None


def _end(column: "pa.ChunkedArray", value: object, where: str) -> Any:  # noqa: ANN401 - of numpy
    """Reads an end of a range as the column's values are.

    Raises:
        DataError: it is nothing of that kind.
    """
    if not is_moment(column.type):
        if _is_number(value):
            return value
        raise DataError(f"{where}: a range of numbers must end with numbers, was {value!r}")
    try:
        if isinstance(value, date) and not isinstance(value, datetime):
            return np.datetime64(value, "us")
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise DataError(f"{where}: a moment is written 2026-01-31, was {value!r}") from None
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at, "us")


def _is_number(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and not math.isnan(value)  # type: ignore[arg-type]


def _mask(column: "pa.ChunkedArray") -> Mask:
    import pyarrow.compute as pc

    return np.asarray(pc.fill_null(column, False).to_numpy(), dtype=np.bool_)  # noqa: FBT003


def _spelled(column: "pa.ChunkedArray") -> "pa.ChunkedArray":
    import pyarrow as pa

    return pa.chunked_array([spelled(chunk) for chunk in column.chunks], pa.string())

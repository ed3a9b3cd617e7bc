"""One type for values of several: what batches of different types become, and how."""

from typing import TYPE_CHECKING

from xinzhi.data.records import require_columns
from xinzhi.data.spelling import spelled
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_SPELLINGS = (
    (r"^(0|-?[1-9]\d{0,17})$", "int64"),
    # of a float64 the shortest spelling has up to 17 digits behind zeros
    (r"^-?(0|[1-9]\d{0,14})(\.\d{1,30})?([eE][+-]?([0-2]?\d{1,2}|30[0-7]))?$", "float64"),
)
# what files write for a number that is missing
_NOTHING = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "?")


def whole(column: "pa.ChunkedArray") -> "pa.Array":
    """Give a column of a batch in one piece.

    Args:
        column: of some thousand rows.
    """
    import pyarrow as pa

    return (
        column.chunk(0)
        if column.num_chunks == 1
        else pa.concat_arrays(column.chunks or [pa.array([], column.type)])
    )


def united(one: "pa.Schema | None", other: "pa.Schema", where: str) -> "pa.Schema":
    """Give the schema that holds both.

    Args:
        one: so far; None at the beginning.
        other: of the next batch.
        where: its source, for messages.

    Raises:
        DataError: they have other columns.
    """
    import pyarrow as pa

    if one is None or one.equals(other):
        return pa.schema([(field.name, field.type) for field in other])
    require_columns(other.names, one.names, where)
    if more := [name for name in other.names if name not in one.names]:
        raise DataError(
            f"{where} must have the columns of the files before it, it also has {more[0]!r}"
        )
    return pa.schema([(f.name, wide(f.type, other.field(f.name).type)) for f in one])


def wide(one: "pa.DataType", other: "pa.DataType") -> "pa.DataType":
    """Give the type that holds values of both; strings hold all but lists.

    Args:
        one: a type.
        other: another.
    """
    import pyarrow as pa
    import pyarrow.types as t

    both = (one, other)
    if one.equals(other) or t.is_null(other):
        return one
    if t.is_null(one):
        return other
    if any(map(t.is_list, both)):
        lists = all(map(t.is_list, both))
        return pa.list_(wide(one.value_type, other.value_type) if lists else pa.string())
    if all(t.is_timestamp(kind) or t.is_date(kind) for kind in both):
        zoned = any(t.is_timestamp(kind) and kind.tz for kind in both)
        return pa.timestamp("us", "UTC" if zoned else None)
    if all(t.is_integer(kind) or t.is_floating(kind) for kind in both):
        return pa.int64() if all(map(t.is_integer, both)) else pa.float64()
    return pa.string()


def numeric(column: "pa.Array") -> "pa.DataType | None":
    """Tell what numbers strings spell: null where all are empty, None where one spells no number.

    A number that its spelling would not survive, such as 007, is none: it may be a key. NA and its
    like stand for a missing number where there are others.

    Args:
        column: of any type.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(column.type):
        return None
    filled = column.filter(pc.greater(pc.binary_length(column), 0))
    if not len(filled):
        return pa.null()
    filled = _bare(filled)
    filled = filled.filter(pc.is_valid(filled))
    if not len(filled):  # not one number: these may be words
        return None
    for pattern, kind in _SPELLINGS:
        if pc.all(pc.match_substring_regex(filled, pattern)).as_py():
            return getattr(pa, kind)()
    return None


def _bare(column: "pa.Array") -> "pa.Array":
    """Strings without blanks around them, and without those that stand for nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim(column, " \t")
    nothing = pc.is_in(trimmed, value_set=pa.array(_NOTHING))
    return pc.if_else(nothing, pa.scalar(None, pa.string()), trimmed)


def cast(table: "pa.Table", schema: "pa.Schema") -> "pa.Table":
    """Give a batch the types of a schema that holds it.

    Args:
        table: the batch.
        schema: of the same columns.
    """
    import pyarrow as pa

    columns = [_as(whole(table.column(field.name)), field.type) for field in schema]
    return pa.table(columns, schema=schema)


def _as(column: "pa.Array", kind: "pa.DataType") -> "pa.Array":
    import pyarrow as pa
    import pyarrow.types as t

    if column.type.equals(kind):
        return column
    if t.is_string(column.type) and (t.is_integer(kind) or t.is_floating(kind)):
        return _bare(column).cast(kind)
    if t.is_list(kind) and not t.is_list(column.type):
        words = spelled(column).to_pylist()
        return pa.array([None if word is None else [word] for word in words], kind)
    if t.is_string(kind) or (t.is_list(kind) and t.is_string(kind.value_type)):
        return spelled(column)
    return column.cast(kind, safe=False)

"""One spelling of a value whatever its type, and types that every engine holds alike."""

import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

_EXACT = 2.0**53  # whole floats up to here are whole numbers without loss


def cell(value: object) -> str | list[str] | None:
    """Write a value as a string.

    >>> cell(3), cell(3.0), cell(True), cell(["a", 1]), cell(None)
    ('3', '3', 'true', ['a', '1'], None)
    >>> cell(Decimal("3.10")), cell(Decimal("3E+2")), cell(-0.0)
    ('3.1', '300', '0')
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return [part for part in map(cell, value) if isinstance(part, str)]
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, bool | int | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.hex() if isinstance(value, bytes) else str(value)


def _float(value: float) -> str | None:
    if math.isnan(value):
        return None
    return str(int(value)) if value.is_integer() else json.dumps(value)


def _decimal(value: Decimal) -> str | None:
    if not value.is_finite():
        return None if value.is_nan() else str(value)
    plain = f"{value:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def spelled(column: "pa.Array") -> "pa.Array":
    """Write a column as strings; lists become lists of strings, NaN becomes missing.

    Args:
        column: of any type.
    """
    import pyarrow as pa
    import pyarrow.types as t

    column = _unwrapped(column)
    kind = column.type
    writers: list[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array], pa.Array]]] = [
        (_is_plain, lambda plain: plain.cast(pa.string())),
        (t.is_floating, _floats),
        (t.is_timestamp, _moments),
        (t.is_binary, _bytes),
        (t.is_large_binary, _bytes),
        (_is_list, _words),
    ]
    write = next((write for fits, write in writers if fits(kind)), _one_by_one)
    return write(column)


def _unwrapped(column: "pa.Array") -> "pa.Array":
    """Take what a dictionary or an extension stands for; only a UUID is more than its storage."""
    import pyarrow as pa
    import pyarrow.types as t

    while True:
        if t.is_dictionary(column.type):
            column = column.dictionary_decode()
        elif isinstance(column.type, pa.BaseExtensionType) and not isinstance(
            column.type, pa.UuidType
        ):
            column = column.storage
        else:
            return column


def _floats(column: "pa.Array") -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as t

    whole = pc.equal(column, pc.round(column))
    small = pc.less_equal(pc.abs(column), _EXACT)
    if t.is_float64(column.type) and pc.all(pc.and_(whole, small)).as_py() is not False:
        return column.cast(pa.int64()).cast(pa.string())
    return _one_by_one(_widened(column))


def _words(column: "pa.Array") -> "pa.Array":
    import pyarrow as pa
    import pyarrow.types as t

    kind = column.type
    if t.is_list(kind) and t.is_string(kind.value_type) and not column.values.null_count:
        return column
    return pa.array([cell(value) for value in column.to_pylist()], pa.list_(pa.string()))


def _bytes(column: "pa.Array") -> "pa.Array":
    """Bytes that are UTF-8 are the text that some writers do not declare."""
    import pyarrow as pa

    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        return _one_by_one(column)


def _is_plain(kind: "pa.DataType") -> bool:
    """Whether Arrow writes a value as `cell` does."""
    import pyarrow.types as t

    plain = (t.is_string, t.is_large_string, t.is_string_view, t.is_null, t.is_boolean,
             t.is_integer, t.is_date32)  # fmt: skip
    return any(fits(kind) for fits in plain)


def _widened(column: "pa.Array") -> "pa.Array":
    """Single floats as the doubles that are written alike: 0.1, not 0.10000000149011612."""
    import pyarrow as pa
    import pyarrow.types as t

    if t.is_float64(column.type):
        return column
    return column.cast(pa.float32()).cast(pa.string()).cast(pa.float64())


def _one_by_one(column: "pa.Array") -> "pa.Array":
    import pyarrow as pa

    return pa.array([_text(value) for value in column.to_pylist()], pa.string())


def _text(value: object) -> str | None:
    written = cell(value)
    return json.dumps(written, ensure_ascii=False) if isinstance(written, list) else written


def _moments(column: "pa.Array") -> "pa.Array":
    """Timestamps as ISO 8601 writes them, in UTC where they have a zone, without idle zeros."""
    import pyarrow as pa
    import pyarrow.compute as pc

    zone = "UTC" if column.type.tz else None
    written = column.cast(pa.timestamp("us", zone), safe=False).cast(pa.string())
    written = pc.replace_substring_regex(written, r"\.?0+(Z?)$", r"\1")
    return pc.replace_substring_regex(written, "Z$", "+00:00")


def portable(column: "pa.Array") -> "pa.Array":
    """Give a column a type that DuckDB, Spark and Parquet hold alike.

    Decimals become numbers, timestamps microseconds (UTC where they have a zone), structs JSON.

    Args:
        column: of any type.
    """
    import pyarrow as pa
    import pyarrow.types as t

    column = _unwrapped(column)
    kind = column.type
    ready: Callable[[pa.DataType], bool] = lambda kind: is_portable(kind) or t.is_null(kind)  # noqa: E731
    changes: list[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array], pa.Array]]] = [
        (ready, lambda fine: fine),
        (t.is_uint64, _unsigned),
        (lambda kind: t.is_decimal(kind) and kind.scale <= 0, _whole),
        (lambda kind: _target(kind) is not None, _cast),
        (lambda kind: _is_list(kind) and not t.is_nested(kind.value_type), _list),
    ]
    change = next((change for fits, change in changes if fits(kind)), _one_by_one)
    return change(column)


def _cast(column: "pa.Array") -> "pa.Array":
    import pyarrow.types as t

    rounds = t.is_timestamp(column.type) or t.is_decimal(column.type)
    return column.cast(_target(column.type), safe=not rounds)


def _is_list(kind: "pa.DataType") -> bool:
    import pyarrow.types as t

    return any(is_list(kind) for is_list in (t.is_list, t.is_large_list, t.is_fixed_size_list))


def is_portable(kind: "pa.DataType") -> bool:
    """Tell whether a type needs no change.

    Args:
        kind: of a column.
    """
    import pyarrow as pa
    import pyarrow.types as t

    if t.is_list(kind):
        return not t.is_nested(kind.value_type) and is_portable(kind.value_type)
    if t.is_timestamp(kind):
        return bool(kind.unit == "us" and kind.tz in {None, "UTC"})
    known = {pa.string(), pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(),
             pa.float32(), pa.float64(), pa.date32(), pa.binary()}  # fmt: skip
    return kind in known


def _target(kind: "pa.DataType") -> "pa.DataType | None":
    import pyarrow as pa
    import pyarrow.types as t

    rules = (
        (t.is_large_string(kind) or t.is_string_view(kind), pa.string()),
        (t.is_large_binary(kind) or t.is_binary_view(kind), pa.binary()),
        (t.is_fixed_size_binary(kind), pa.binary()),
        (t.is_integer(kind), pa.int64()),
        (t.is_floating(kind), pa.float32()),
        (t.is_decimal(kind), pa.float64()),
        (t.is_date(kind), pa.date32()),
    )
    if t.is_timestamp(kind):
        return pa.timestamp("us", "UTC" if kind.tz else None)
    return next((target for fits, target in rules if fits), None)


def _unsigned(column: "pa.Array") -> "pa.Array":
    import pyarrow as pa

    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:  # beyond what a signed number holds
        return column.cast(pa.string())


def _whole(column: "pa.Array") -> "pa.Array":
    """Decimals without decimals, as which a database gives the sum of whole numbers."""
    import pyarrow as pa

    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column.cast(pa.float64())


def _list(column: "pa.Array") -> "pa.Array":
    import pyarrow as pa

    values: list[Any] = column.to_pylist()
    kind = column.type.value_type
    flat = portable(pa.array([], kind))
    return pa.array(values, pa.list_(flat.type))

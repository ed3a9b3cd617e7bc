"""Values written so that equal ones of a kind are written alike, on every engine."""

from typing import TYPE_CHECKING, Any

from xinzhi.data.portable import micros
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from xinzhi.data.engine import Engine

    Value = Any  # an Ibis column; its classes do not carry the methods of their types


def canonical(value: "Value", engine: "Engine") -> "Value":
    """Write a value so that equal ones of a kind are written alike, and others otherwise.

    NULL is not the empty string, -0.0 is 0.0, NaN is one value, a time is an instant, the order of
    a list counts.

    Args:
        value: a column.
        engine: where.

    Raises:
        DataError: the type has no canonical form.
    """
    import ibis

    kind = value.type()
    if kind.is_string():
        told = "s" + value.length().cast("string") + ":" + value
    elif kind.is_boolean():
        told = ibis.ifelse(value, "b1;", "b0;")
    elif kind.is_integer():
        told = "i" + value.cast("string") + ";"
    elif kind.is_floating():
        bits = engine.function("xinzhi_bits", _bits, takes="float64", gives="int64")
        told = "f" + bits(value.cast("float64")).cast("string") + ";"
    elif kind.is_timestamp():
        told = "t" + micros(value, engine).cast("string") + ";"
    elif kind.is_date():
        told = "d" + value.cast("string") + ";"
    elif kind.is_decimal():
        told = "m" + value.cast("string") + ";"
    elif kind.is_array() and kind.value_type.is_floating():
        digits = engine.function("xinzhi_series", _series, takes="array<float64>", gives="string")
        told = digits(value.cast("array<float64>"))
    elif kind.is_array():
        parts = value.map(lambda part: canonical(part, engine)).join("").fill_null("")
        told = "l" + value.length().cast("string") + ":" + parts
        return ibis.ifelse(value.isnull(), "n;", told)
    else:
        raise DataError(f"a column must hold text, numbers, times or lists of these, held {kind}")
    return told.fill_null("n;")


def together(values: "Iterable[Value]", engine: "Engine") -> "Value":
    """Write several values as one string, told apart.

    Args:
        values: columns.
        engine: where.
    """
    written = [canonical(value, engine) for value in values]
    return written[0].concat(*written[1:]) if written[1:] else written[0]


def _bits(numbers: "pa.Array") -> "pa.Array":
    import numpy as np
    import pyarrow as pa

    given = numbers.cast(pa.float64())
    missing = given.is_null().to_numpy(zero_copy_only=False)
    plain = given.fill_null(0.0).to_numpy(zero_copy_only=False) + 0.0  # of -0.0 comes 0.0
    plain = np.where(np.isnan(plain), np.nan, plain)
    return pa.array(plain.view(np.int64), mask=missing)


def _series(lists: "pa.Array | pa.ChunkedArray") -> "pa.Array":
    """Write each list of numbers as its length and a hash of its bits, NULL apart from NaN."""
    import hashlib

    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    given = lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists
    given = given.cast(pa.list_(pa.float64()))
    bits = _bits(given.flatten())
    missing = bits.is_null().to_numpy(zero_copy_only=False)
    numbers = bits.fill_null(0).to_numpy(zero_copy_only=False).astype("<i8", copy=False)
    lengths = np.asarray(pc.fill_null(pc.list_value_length(given), 0))
    ends = np.cumsum(lengths)
    told: list[str | None] = []
    for valid, start, end in zip(given.is_valid().to_pylist(), ends - lengths, ends, strict=True):
        held = hashlib.md5(numbers[start:end].tobytes(), usedforsecurity=False)
        if missing[start:end].any():
            held.update(missing[start:end].tobytes())
        told.append(f"v{end - start}:{held.hexdigest()};" if valid else None)
    return pa.array(told, pa.string())

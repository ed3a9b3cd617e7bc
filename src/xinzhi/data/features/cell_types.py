"""What an Arrow column holds, asked of its type."""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import pyarrow as pa

    Cells: TypeAlias = pa.Array | pa.ChunkedArray


def decoded(cells: "Cells") -> "Cells":
    """Gives the values of a dictionary-encoded column, and any other column as it is."""
    import pyarrow as pa

    return cells.cast(cells.type.value_type) if pa.types.is_dictionary(cells.type) else cells


def is_text(kind: "pa.DataType") -> bool:
    """Whether cells are strings."""
    import pyarrow as pa

    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def is_number(kind: "pa.DataType") -> bool:
    """Whether cells are whole, floating or decimal numbers."""
    import pyarrow as pa

    types = pa.types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))


def is_date(kind: "pa.DataType") -> bool:
    """Whether cells are dates or timestamps."""
    import pyarrow as pa

    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def is_boolean(kind: "pa.DataType") -> bool:
    """Whether cells are true or false."""
    import pyarrow as pa

    return bool(pa.types.is_boolean(kind))


def is_quantity(kind: "pa.DataType") -> bool:
    """Whether cells are numbers, durations or times of day."""
    import pyarrow as pa

    return is_number(kind) or bool(pa.types.is_duration(kind) or pa.types.is_time(kind))


def is_list(kind: "pa.DataType") -> bool:
    """Whether cells are lists of numbers."""
    import pyarrow as pa

    types = pa.types
    lists = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    return bool(lists and is_number(kind.value_type))

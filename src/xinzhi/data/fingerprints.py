"""Rows as numbers of 64 bits: what is equal has equal ones, within one process."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from xinzhi.data.shingles import tidied

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Rows: TypeAlias = "pa.Table | ibis.Table"
    Prints = NDArray[np.uint64]

NOTHING = 0  # the fingerprint of what is missing or empty, which equals no other
_BATCH_ROWS = 1 << 16
_SPREAD = 0x9E3779B97F4A7C15


def batches(rows: "Rows", columns: Sequence[str]) -> "Iterator[pa.RecordBatch]":
    """Read columns of a table, some rows at a time.

    Args:
        rows: of Arrow or an expression.
        columns: names.

    Yields:
        At most 65,536 rows.
    """
    import pyarrow as pa

    if isinstance(rows, pa.Table):
        yield from rows.select(columns).to_batches(max_chunksize=_BATCH_ROWS)
    else:
        yield from _streamed(rows.select(*columns))


def _streamed(rows: "ibis.Table") -> "Iterator[pa.RecordBatch]":
    engine: Any = rows.get_backend()
    if engine.name != "duckdb":
        return iter(rows.to_pyarrow_batches(chunk_size=_BATCH_ROWS))
    # Ibis 12 asks DuckDB 2 for batches by a name that it no longer has
    return iter(engine._to_duckdb_relation(rows).to_arrow_reader(_BATCH_ROWS))  # noqa: SLF001


def of_texts(column: "pa.Array") -> "Prints":
    """Give equal numbers to texts that are equal once they are tidied.

    Args:
        column: strings.
    """
    import numpy as np

    fair = (tidied(text) if text else "" for text in column.to_pylist())
    prints = (hash(text) if text else NOTHING for text in fair)
    return np.fromiter(prints, np.int64, len(column)).view(np.uint64)


def of_values(column: "pa.Array") -> "Prints":
    """Give equal numbers to equal values.

    Args:
        column: of any type.
    """
    import numpy as np

    prints = (NOTHING if value is None else hash(_hashable(value)) for value in column.to_pylist())
    return np.fromiter(prints, np.int64, len(column)).view(np.uint64)


def of_rows(batch: "pa.RecordBatch", types: "Mapping[str, pa.DataType]") -> "Prints":
    """Give equal numbers to rows that are equal in all columns; two missing values are equal.

    Args:
        batch: the rows.
        types: as what each column is compared.
    """
    import numpy as np

    prints = np.full(batch.num_rows, 1, np.uint64)
    for name, kind in types.items():
        prints = (prints * np.uint64(_SPREAD)) ^ _cells(batch.column(name).cast(kind))
        prints ^= prints >> np.uint64(29)
    return np.where(prints == NOTHING, np.uint64(1), prints)


def common_types(schemas: "Sequence[pa.Schema]", columns: Sequence[str]) -> "dict[str, Any]":
    """Find for each column the type that its values have in common, text if there is no other.

    Args:
        schemas: of the tables that are compared.
        columns: those that all have.
    """
    import pyarrow as pa

    types = {}
    for name in columns:
        single = [pa.schema([schema.field(name)]) for schema in schemas]
        try:
            types[name] = pa.unify_schemas(single, promote_options="permissive").field(name).type
        except (pa.ArrowTypeError, pa.ArrowInvalid):
            types[name] = pa.string()
    return types


def _cells(column: "pa.Array") -> "Prints":
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_integer(column.type):
        numbers = pc.fill_null(column, 0).to_numpy(zero_copy_only=False).astype(np.int64)
        missing = column.is_null().to_numpy(zero_copy_only=False)
        return np.where(missing, np.uint64(_SPREAD), numbers.view(np.uint64))
    if not pa.types.is_floating(column.type):
        return of_values(column)
    floats = column.cast(pa.float64()).to_numpy(zero_copy_only=False) + 0.0  # -0.0 is 0.0
    return np.asarray(np.where(np.isnan(floats), np.nan, floats)).view(np.uint64)


def _hashable(value: Any) -> Any:  # noqa: ANN401 - any cell
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value

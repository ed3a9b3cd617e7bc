"""Rows through the encoders, block by block: Arrow columns → numbers and codes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from xinzhi.data.features.categories import Categories
from xinzhi.data.features.cells import Floats, Integers, absent, numbers
from xinzhi.data.features.columns import Column
from xinzhi.data.features.numeric import Numbers
from xinzhi.data.records import require_columns
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

    from xinzhi.data.features.cell_types import Cells

_BLOCK_ROWS = 65_536  # bounds the memory in float64, which is twice that of the result


def encoded(
    table: "pa.Table", columns: Sequence[Column], kept: Integers | None, seen: Counter[str]
) -> Iterator[tuple[Floats, Integers]]:
    """Encodes a table in blocks that share its memory.

    Args:
        table: with these columns and perhaps others.
        columns: that are used.
        kept: which numbers are wanted; None wants all.
        seen: counts the cells that could not be read as those of training.

    Yields:
        Numbers, shape: (rows, kept), and codes, shape: (rows, coded columns).

    Raises:
        DataError: a column is missing, or holds something else.
    """
    wanted = [column.name for column in columns]
    require_columns(table.column_names, wanted, "the table of features")
    if twice := [name for name in wanted if table.column_names.count(name) > 1]:
        raise DataError(f"the table of features has a column twice: {', '.join(twice)}")
    for block in table.select(wanted).to_batches(max_chunksize=_BLOCK_ROWS):
        values, codes = [np.empty((len(block), 0))], [np.empty((len(block), 0), np.int64)]
        for column, cells in zip(columns, block.columns, strict=True):
            with naming(column.name):
                if column.coded:
                    codes.append(_codes(column, cells, seen))
                else:
                    values.append(_values(column, cells, seen))
        fused = np.concatenate(values, axis=1)
        yield fused if kept is None else fused[:, kept], np.concatenate(codes, axis=1)


@contextmanager
def naming(column: str) -> Iterator[None]:
    """Says in an error which column it is about.

    Args:
        column: its name.

    Raises:
        DataError: what was raised within, with the name.
    """
    import pyarrow as pa

    try:
        yield
    except DataError as error:
        raise DataError(f"column {column!r}: {error.message}", mend=error.mend) from error
    except (pa.ArrowException, OverflowError) as error:
        raise DataError(f"column {column!r} cannot be read: {error}") from error


def _codes(column: Column, cells: "Cells", seen: Counter[str]) -> Integers:
    assert isinstance(column.encoder, Categories)  # noqa: S101 - what `coded` says
    codes = column.encoder.codes(cells)
    if unknown := len(codes) - int(np.count_nonzero(codes)):
        seen[f"{column.name}: an unknown category"] += unknown
    return codes[:, None]


def _values(column: Column, cells: "Cells", seen: Counter[str]) -> Floats:
    if not isinstance(column.encoder, Numbers):
        return column.encoder.numbers(cells)
    values = numbers(cells)
    missing = int(np.count_nonzero(np.isnan(values)))
    if missing and (unread := missing - absent(cells)):
        seen[f"{column.name}: no finite number, taken as missing,"] += unread
    return column.encoder.scaled(values)

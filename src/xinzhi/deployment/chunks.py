"""A file in parts: a few thousand rows at a time, and how far it has been read."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO, TypeVar

if TYPE_CHECKING:
    import pyarrow as pa

Row = TypeVar("Row")


class Chunk(NamedTuple):
    """Some rows, and which part of the file has been read with them, from 0 to 1."""

    table: "pa.Table"
    done: float


class Source(NamedTuple):
    """A file that is open for reading in chunks.

    Attributes:
        schema: its columns; those of delimited files are strings, as they were typed.
        chunks: gives the rows; to be called once.
        codec: how its text is encoded.
    """

    schema: "pa.Schema"
    chunks: Callable[[], Iterator[Chunk]]
    codec: str = "utf-8"


def grouped(
    rows: Iterator[Row], size: int, stream: TextIO, path: Path, table: Callable[[list[Row]], Any]
) -> Iterator[Chunk]:
    """Gather rows of a text file into tables.

    Args:
        rows: read from `stream`.
        size: rows of a table, at most.
        stream: tells how far it was read.
        path: the file.
        table: makes a table of rows.

    Yields:
        The tables.
    """
    total = max(path.stat().st_size, 1)
    while group := list(islice(rows, size)):
        yield Chunk(table(group), min(stream.buffer.tell() / total, 1.0))


def together(source: Source) -> Source:
    """Make one chunk of all.

    Args:
        source: whose rows fit into memory.
    """
    import pyarrow as pa

    def chunks() -> Iterator[Chunk]:
        tables = [chunk.table for chunk in source.chunks()]
        if tables:
            yield Chunk(pa.concat_tables(tables), 1.0)

    return source._replace(chunks=chunks)

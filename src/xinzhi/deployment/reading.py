"""Reads a file a few thousand rows at a time, every column as it is: CSV, TSV, JSONL, Parquet."""

import csv
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from xinzhi.config.near import near_files
from xinzhi.data.encoding import recognise
from xinzhi.data.lines import json_object
from xinzhi.deployment.chunks import Chunk, Source, grouped
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa


def open_source(path: Path, *, chunk_rows: int) -> Source:
    """Open a file by what its name ends with.

    Args:
        path: the file.
        chunk_rows: rows held in memory at a time.

    Returns:
        Its columns and an iterator of its rows.

    Raises:
        DataError: there is no such file, or its form is unknown.
    """
    form = path.suffix.lower()
    if form not in SOURCES:
        raise DataError(f"input must end with one of {', '.join(SOURCES)}, was {path.name}")
    if not path.is_file():
        raise DataError(f"input must be a file, there is no {path}", candidates=near_files(path))
    return SOURCES[form](path, chunk_rows)


def _delimited(path: Path, chunk_rows: int) -> Source:
    import pyarrow as pa

    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # long texts are no error
    codec = recognise(path).codec
    with path.open(encoding=codec, newline="") as stream:
        first = stream.readline()
    marks = "\t" if path.suffix.lower() != ".csv" else ",;\t|"
    delimiter = max(marks, key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))
    header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
    if not header or len(set(header)) < len(header):
        raise DataError(f"{path} must begin with a line of distinct column names, was {first!r}")
    schema = pa.schema([(name, pa.string()) for name in header])

    def chunks() -> Iterator[Chunk]:
        with path.open(encoding=codec, newline="") as stream:
            rows = _checked(path, csv.reader(stream, delimiter=delimiter), len(header))
            next(rows, None)
            yield from grouped(rows, chunk_rows, stream, path, lambda rows: _table(rows, schema))

    return Source(schema, chunks, codec)


def _checked(path: Path, reader: Any, fields: int) -> Iterator[list[str]]:  # noqa: ANN401 - csv's
    """Rows that have as many fields as the header; blank lines are skipped.

    Yields:
        The fields.

    Raises:
        DataError: a row has more or fewer.
    """
    try:
        for row in reader:
            if row and len(row) != fields:
                raise DataError(
                    f"{path}: every row must have {fields} fields as the header has, the one that "
                    f"ends on line {reader.line_num} has {len(row)}",
                    mend="put texts that hold the delimiter or a line break into double quotes",
                )
            if row:
                yield row
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num}: {error}") from error


def _table(rows: list[list[str]], schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa

    return pa.table(dict(zip(schema.names, zip(*rows, strict=True), strict=True)), schema=schema)


def _lines(path: Path, chunk_rows: int) -> Source:
    """JSON Lines: read once for the columns and their types, then for the rows.

    Raises:
        DataError: there is no object in it.
    """
    import pyarrow as pa

    codec = recognise(path).codec

    def objects(stream: TextIO) -> Iterator[dict[str, Any]]:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield json_object(path, number, line)

    schema = pa.schema([])
    with path.open(encoding=codec) as stream:
        for part in grouped(objects(stream), chunk_rows, stream, path, _inferred):
            schema = _united(path, schema, part.table.schema)
    if not schema.names:
        raise DataError(f"{path} must hold one JSON object per line, it is empty")

    def chunks() -> Iterator[Chunk]:
        with path.open(encoding=codec) as stream:
            yield from grouped(
                objects(stream),
                chunk_rows,
                stream,
                path,
                lambda rows: pa.Table.from_pylist(rows, schema=schema),
            )

    return Source(schema, chunks, codec)


def _inferred(rows: list[dict[str, Any]]) -> "pa.Table":
    import pyarrow as pa

    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows])


def _united(path: Path, one: "pa.Schema", other: "pa.Schema") -> "pa.Schema":
    import pyarrow as pa

    try:
        return pa.unify_schemas([one, other], promote_options="permissive")
    except pa.ArrowException as error:
        raise DataError(f"{path}: a key must have values of one kind: {error}") from error


def _parquet(path: Path, chunk_rows: int) -> Source:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} must be a complete Parquet file: {error}") from error

    def chunks() -> Iterator[Chunk]:
        total, seen = max(file.metadata.num_rows, 1), 0
        for batch in file.iter_batches(batch_size=chunk_rows):
            seen += len(batch)
            yield Chunk(pa.Table.from_batches([batch]), seen / total)

    return Source(file.schema_arrow, chunks)


SOURCES: dict[str, Callable[[Path, int], Source]] = {
    ".csv": _delimited,
    ".tsv": _delimited,
    ".tab": _delimited,
    ".jsonl": _lines,
    ".ndjson": _lines,
    ".parquet": _parquet,
}

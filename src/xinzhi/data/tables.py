"""Readers for one file each: CSV, TSV, JSON Lines, Parquet → columns of strings."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.data.delimited import read_csv, read_tsv
from xinzhi.data.encoding import recognise
from xinzhi.data.records import Table, require_columns
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa


def read_jsonl(path: Path, wanted: Sequence[str]) -> Table:
    """Read JSON Lines: one object per line.

    Args:
        path: the file.
        wanted: the keys to read; an object without one of them has it missing.

    Raises:
        DataError: a line is no object, or no object has the key.
    """
    encoding = recognise(path)
    columns: dict[str, list[Any]] = {name: [] for name in wanted}
    there: dict[str, None] = {}
    with path.open(encoding=encoding.codec) as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            record = json_object(path, number, line)
            there.update(dict.fromkeys(record))
            for name, cells in columns.items():
                cells.append(_cell(record.get(name)))
    if not there:
        raise DataError(f"{path} must hold one JSON object per line, it is empty")
    require_columns(list(there), wanted, str(path))
    return Table(columns, encoding.label)


def json_object(path: Path, number: int, line: str) -> dict[str, Any]:
    """Read a line of JSONL.

    Args:
        path: of the file, for the message.
        number: of the line, from 1.
        line: its text.

    Raises:
        DataError: it is not one JSON object.
    """
    try:
        record = json.loads(line)
    except ValueError as error:
        raise DataError(f"{path}: line {number} must be a JSON object: {error}") from error
    if not isinstance(record, dict):
        raise DataError(f"{path}: line {number} must be a JSON object, was {line.strip()[:60]}")
    return record


def _cell(value: object) -> str | list[str] | None:
    """Write a value as a string.

    >>> _cell(3), _cell(3.0), _cell(True), _cell(["a", 1]), _cell(None)
    ('3', '3', 'true', ['a', '1'], None)
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return [part for part in map(_cell, value) if isinstance(part, str)]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - not a number
        return None
    if isinstance(value, bool | int | float | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def read_parquet(path: Path, wanted: Sequence[str]) -> Table:
    """Read a Parquet file; class numbers become names where Hugging Face's metadata has them.

    Args:
        path: the file.
        wanted: the columns to read.

    Raises:
        DataError: it is no complete Parquet file, or a column is missing.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        require_columns(file.schema_arrow.names, wanted, str(path))
        read = file.read(columns=list(dict.fromkeys(wanted)))
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} must be a complete Parquet file: {error}") from error
    names = _class_names(file.schema_arrow)
    columns = {}
    for column in wanted:
        cells = [_cell(value) for value in read.column(column).to_pylist()]
        columns[column] = _named(cells, names.get(column))
    return Table(columns, "Parquet")


def _class_names(schema: "pa.Schema") -> dict[str, list[str]]:
    try:
        held = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return {
            name: list(feature["names"]) for name, feature in held.items() if "names" in feature
        }
    except (KeyError, ValueError, TypeError):
        return {}


def _named(cells: list[Any], names: list[str] | None) -> list[Any]:
    if not names:
        return cells
    known = {str(number): name for number, name in enumerate(names)}
    return [known.get(cell) if isinstance(cell, str) else cell for cell in cells]


READERS: dict[str, Callable[[Path, Sequence[str]], Table]] = {
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".tab": read_tsv,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".parquet": read_parquet,
}

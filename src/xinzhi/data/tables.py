"""Readers for one file each: CSV, TSV, JSON Lines, Parquet → columns of strings."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from xinzhi.data.encoding import recognise
from xinzhi.data.records import require_columns
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa


class Table(NamedTuple):
    """What a file holds.

    Attributes:
        columns: the wanted ones; a cell is a string, a list of strings, or missing.
        form: how the file was read, for a person.
    """

    columns: dict[str, list[Any]]
    form: str


def read_csv(path: Path, wanted: Sequence[str]) -> Table:
    """Read a CSV file with a header; the delimiter is the one that parts the header best.

    Args:
        path: the file.
        wanted: the columns to read.
    """
    return _delimited(path, wanted, ",;\t|")


def read_tsv(path: Path, wanted: Sequence[str]) -> Table:
    """Read a file of tab-separated values with a header.

    Args:
        path: the file.
        wanted: the columns to read.
    """
    return _delimited(path, wanted, "\t")


def _delimited(path: Path, wanted: Sequence[str], delimiters: str) -> Table:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # long texts are no error
    encoding = recognise(path)
    with path.open(encoding=encoding.codec, newline="") as stream:
        first = stream.readline()
        delimiter = max(delimiters, key=lambda mark: len(next(csv.reader([first], delimiter=mark))))
        stream.seek(0)
        columns = _columns(path, stream, delimiter, wanted)
    names = {",": "", ";": ", semicolons", "\t": ", tabs", "|": ", bars"}
    return Table(columns, encoding.label + names[delimiter])


def _columns(
    path: Path, stream: IO[str], delimiter: str, wanted: Sequence[str]
) -> dict[str, list[Any]]:
    rows = _rows(path, stream, delimiter)
    header = [name.strip() for name in next(rows, (0, []))[1]]
    if not header:
        raise DataError(f"{path} must begin with a line of column names, it is empty")
    require_columns(header, wanted, str(path))
    if twice := [name for name in wanted if header.count(name) > 1]:
        raise DataError(f"{path} must have each column once, it has {twice[0]!r} twice")
    places = [(header.index(name), list[Any]()) for name in wanted]
    ragged = []
    for line, row in rows:
        if len(row) != len(header):
            ragged.append(f"line {line} has {len(row)}")
            continue
        for place, cells in places:
            cells.append(row[place])
    if ragged:
        shown = ", ".join(ragged[:3]) + (f" and {len(ragged) - 3:,} more" * (len(ragged) > 3))
        raise DataError(
            f"{path}: every row must have {len(header)} fields as the header has; {shown}",
            mend="put texts that hold the delimiter or a line break into double quotes",
        )
    return dict(zip(wanted, (cells for _, cells in places), strict=True))


def _rows(path: Path, stream: IO[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Give each record with the line that it begins on; blank lines are skipped.

    Yields:
        The number of the line, and the record.

    Raises:
        DataError: a quotation mark is never closed.
    """
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in stream:
            taken.append(line)
            yield line

    reader = csv.reader(lines(), delimiter=delimiter)
    begins = 1
    try:
        for row in reader:
            if len(taken) > 1 or "\n" in row[-1:]:
                _refuse_open_quote(path, taken, begins, delimiter)
            if row:
                yield begins, row
            begins = reader.line_num + 1
            taken.clear()
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num}: {error}") from error


def _refuse_open_quote(path: Path, taken: list[str], begins: int, delimiter: str) -> None:
    try:
        list(csv.reader(taken, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise DataError(
                f"{path}: the quotation mark on line {begins} is never closed"
            ) from error


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
            record = _object(path, number, line)
            there.update(dict.fromkeys(record))
            for name, cells in columns.items():
                cells.append(_cell(record.get(name)))
    if not there:
        raise DataError(f"{path} must hold one JSON object per line, it is empty")
    require_columns(list(there), wanted, str(path))
    return Table(columns, encoding.label)


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
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

"""Reads CSV and TSV, and says on which line something is wrong."""

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from xinzhi.data.encoding import recognise
from xinzhi.data.records import Table, require_columns
from xinzhi.errors import DataError


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
    last: tuple[list[str], int] = ([], 1)
    try:
        for row in reader:
            last = (list(taken), last[1] + len(last[0]))
            taken.clear()
            if row:
                yield last[1], row
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num}: {error}") from error
    _refuse_open_quote(path, *last, delimiter)  # such a record reaches to the end


def _refuse_open_quote(path: Path, taken: list[str], begins: int, delimiter: str) -> None:
    try:
        list(csv.reader(taken, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise DataError(
                f"{path}: the quotation mark on line {begins} is never closed"
            ) from error

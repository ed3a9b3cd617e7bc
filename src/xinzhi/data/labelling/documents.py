"""The records of a file, each with its place in it: JSON, JSON Lines, CSV, TSV, Parquet."""

import json
import math
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any, NamedTuple

from xinzhi.config.near import near_files
from xinzhi.data.encoding import open_text, recognise
from xinzhi.data.lines import json_object
from xinzhi.data.staging import Doubt
from xinzhi.data.tables import READERS, form
from xinzhi.errors import DataError

_OBJECTS = (".json", ".jsonl", ".ndjson")
FORMS = (".json", *READERS)


class Record(NamedTuple):
    """One row or object.

    Attributes:
        where: file and line or record, for messages.
        content: its columns or keys.
    """

    where: str
    content: dict[str, Any]


def read_records(path: Path) -> list[Record]:
    """Read all records of a file.

    Args:
        path: its ending says the form; `.json` may hold a list or an object per line.

    Raises:
        DataError: there is no such file, it is empty, or not of its form.
    """
    ends = form(path)
    if ends not in FORMS:
        raise DataError(f"the form of {path} must be one of {', '.join(FORMS)}")
    if not path.is_file():
        raise DataError(f"there is no file {path}", candidates=near_files(path))
    found = list(_objects(path) if ends in _OBJECTS else _rows(path))
    if not found:
        raise DataError(f"{path} must hold at least one record, it is empty")
    return found


def _objects(path: Path) -> Iterator[Record]:
    codec = recognise(path).codec
    with open_text(path, codec) as stream:
        first = stream.read(1)
        while first.isspace():
            first = stream.read(1)
        stream.seek(0)
        if first == "[":
            yield from _listed(path, stream.read())
            return
        for number, line in enumerate(stream, start=1):
            if line.strip():
                where = f"{path}: line {number}"
                try:
                    yield Record(where, json_object(path, number, line))
                except RecursionError:
                    raise DataError(f"{where} is nested too deeply") from None


def _listed(path: Path, content: str) -> Iterator[Record]:
    try:
        records = json.loads(content)
    except ValueError as error:
        raise DataError(f"{path} must be a JSON list of objects: {error}") from error
    except RecursionError:
        raise DataError(f"{path} is nested too deeply") from None
    for number, record in enumerate(records, start=1):
        where = f"{path}: record {number}"
        if not isinstance(record, dict):
            shown = json.dumps(record, ensure_ascii=True)[:60]
            raise DataError(f"{where} must be an object, was {shown}")
        yield Record(where, record)


def _rows(path: Path) -> Iterator[Record]:
    reading = READERS[form(path)](path, None)
    try:
        tables = list(reading.batches())
    except Doubt:
        if reading.exactly is None:
            raise
        tables = list(reading.exactly())
    cells = (row for table in tables for row in table.to_pylist())
    for number, row in enumerate(cells, start=1):
        yield Record(f"{path}: row {number}", {name: _plain(cell) for name, cell in row.items()})


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    """Write a value as JSON can hold it: NaN is missing, a time is written out.

    >>> _plain(float("nan")), _plain([1, None, "a"]), _plain(date(2024, 1, 31))
    (None, [1, None, 'a'], '2024-01-31')
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | time) else str(value)

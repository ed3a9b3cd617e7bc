"""Reads JSON Lines: fast where values are plain, else exactly, with the line of a fault."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from xinzhi.data.encoding import open_bytes, open_text, recognise
from xinzhi.data.records import require_columns
from xinzhi.data.staging import Doubt, Reading
from xinzhi.data.values import column
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 20_000
_BLOCK_BYTES = 1 << 23
_LOOKED_AT = 1_000  # first objects, whose values say what to expect


def read_jsonl(path: Path, wanted: Sequence[str] | None) -> Reading:
    """Read JSON Lines: one object per line.

    Args:
        path: the file.
        wanted: the keys to read; an object without one of them has it missing. None means all.
    """
    encoding = recognise(path)

    def batches() -> "Iterator[pa.Table]":
        names = list(wanted) if wanted is not None else _keys(path, encoding.codec)
        yield from _objects(path, encoding.codec, list(dict.fromkeys(names)))

    schema = _expected(path, wanted) if wanted and encoding.codec == "utf-8" else None
    if schema is None:
        return Reading(encoding.label, batches)
    return Reading(encoding.label, lambda: _fast(path, schema), batches)


def _expected(path: Path, wanted: Sequence[str]) -> "pa.Schema | None":
    """The types of the wanted keys in the first objects, None where one is not plain."""
    import pyarrow as pa

    with open_text(path, "utf-8") as stream:
        some = list(islice(_records(path, stream), _LOOKED_AT))
    fields = []
    for name in dict.fromkeys(wanted):
        kinds = {type(record.get(name)) for record in some} - {type(None)}
        known = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
        if len(kinds) != 1 or (kind := kinds.pop()) not in known:
            return None
        fields.append(pa.field(name, known[kind]))
    return pa.schema(fields)


def _fast(path: Path, schema: "pa.Schema") -> "Iterator[pa.Table]":
    """Read by Arrow, a block at a time.

    Yields:
        Rows.

    Raises:
        Doubt: whatever is odd is for the exact reader to judge.
    """
    import pyarrow as pa
    from pyarrow import json as arrow

    with open_bytes(path) as raw:
        try:
            yield schema.empty_table()
            reader = arrow.open_json(
                pa.PythonFile(raw, "r"),
                arrow.ReadOptions(block_size=_BLOCK_BYTES),
                arrow.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
            )
            for batch in reader:
                yield pa.Table.from_batches([batch]).select(schema.names)
        except pa.ArrowInvalid as error:
            raise Doubt from error


def _objects(path: Path, codec: str, names: list[str]) -> "Iterator[pa.Table]":
    """Give the rows under the named keys.

    Yields:
        Rows.

    Raises:
        DataError: a line is no object, or no object has the key.
    """
    import pyarrow as pa

    there: dict[str, None] = {}
    with open_text(path, codec) as stream:
        records = _records(path, stream)
        while some := list(islice(records, _BATCH_ROWS)):
            for record in some:
                there.update(dict.fromkeys(record))
            yield pa.table({name: column([r.get(name) for r in some]) for name in names})
    if not there:
        raise DataError(f"{path} must hold one JSON object per line, it is empty")
    require_columns(list(there), names, str(path))


def _keys(path: Path, codec: str) -> list[str]:
    with open_text(path, codec) as stream:
        return list(dict.fromkeys(key for record in _records(path, stream) for key in record))


def _records(path: Path, stream: IO[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(stream, start=1):
        if line.strip():
            yield json_object(path, number, line)


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

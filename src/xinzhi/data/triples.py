"""Reads triples: head TAB relation TAB tail, one on a line, with or without these words first."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from xinzhi.data.encoding import open_text, recognise
from xinzhi.data.records import require_columns
from xinzhi.data.staging import Reading
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("head", "relation", "tail")
_BATCH_ROWS = 50_000


def read_triples(path: Path, wanted: Sequence[str] | None) -> Reading:
    """Read triples as the columns `head`, `relation` and `tail`.

    Args:
        path: the file.
        wanted: the columns to read; None means all.
    """
    require_columns(COLUMNS, wanted or (), str(path))
    encoding = recognise(path)
    names = [name for name in COLUMNS if wanted is None or name in wanted]

    def batches() -> "Iterator[pa.Table]":
        import pyarrow as pa

        schema = pa.schema([(name, pa.string()) for name in names])
        yield schema.empty_table()
        with open_text(path, encoding.codec) as stream:
            triples = _triples(path, stream)
            while some := list(islice(triples, _BATCH_ROWS)):
                columns = dict(zip(COLUMNS, zip(*some, strict=True), strict=True))
                yield pa.table({name: columns[name] for name in names}, schema=schema)

    return Reading(f"{encoding.label}, triples", batches)


def _triples(path: Path, stream: IO[str]) -> Iterator[list[str]]:
    """Give head, relation and tail.

    Yields:
        Three texts.

    Raises:
        DataError: a line holds something else.
    """
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        fields = [field.strip() for field in line.rstrip("\r\n").split("\t")]
        if number == 1 and tuple(map(str.lower, fields)) == COLUMNS:
            continue
        if len(fields) != len(COLUMNS) or not all(fields):
            raise DataError(
                f"{path}: line {number} must be head TAB relation TAB tail, "
                f"was {line.rstrip()[:60]!r}",
                mend="end a table with a header with .csv or .tsv",
            )
        yield fields

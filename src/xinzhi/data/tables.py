"""Readers for one file each, by what its name ends with: CSV, TSV, JSON Lines, Parquet."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.data.conll import SENTENCE, read_conll
from xinzhi.data.delimited import read_csv, read_tsv
from xinzhi.data.encoding import COMPRESSED, open_text, recognise
from xinzhi.data.lines import read_jsonl
from xinzhi.data.opened import Want
from xinzhi.data.records import require_columns
from xinzhi.data.spelling import is_portable
from xinzhi.data.staging import Reading
from xinzhi.data.triples import COLUMNS as TRIPLE
from xinzhi.data.triples import read_triples
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 20_000


def read_parquet(path: Path, wanted: Sequence[str] | None) -> Reading:
    """Read a Parquet file; class numbers become names where Hugging Face's metadata has them.

    Args:
        path: the file.
        wanted: the columns to read; None means all.
    """
    schema = _schema(path, wanted)

    def batches() -> "Iterator[pa.Table]":
        import pyarrow as pa
        import pyarrow.parquet as pq

        names = _class_names(schema)
        yield schema.empty_table()
        try:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(_BATCH_ROWS, columns=schema.names):
                    yield _named(pa.Table.from_batches([batch]), names)
        except (pa.ArrowException, OSError) as error:
            raise DataError(_incomplete(path, error)) from error

    return Reading("Parquet", batches)


def ready(path: Path, want: Want) -> "pa.Schema | None":
    """Tell whether a Parquet file can be used where it lies, without a copy.

    Args:
        path: the file.
        want: what is wanted of it.

    Returns:
        The schema of what is wanted, or None where a value or a type would have to change.
    """
    import pyarrow as pa

    if form(path) != ".parquet" or want.protect is not None:
        return None
    schema = _schema(path, want.columns)
    if _class_names(schema).keys() & set(schema.names):
        return None
    for field in schema:
        fits = field.type == pa.string() if field.name in want.strings else is_portable(field.type)
        if not fits:
            return None
    return schema.remove_metadata()


def _schema(path: Path, wanted: Sequence[str] | None) -> "pa.Schema":
    """The wanted columns of a Parquet file.

    Raises:
        DataError: it is no complete Parquet file, or a column is missing.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(_incomplete(path, error)) from error
    if wanted is None:
        return schema
    require_columns(schema.names, wanted, str(path))
    fields = [schema.field(name) for name in dict.fromkeys(wanted)]
    return pa.schema(fields, metadata=schema.metadata)


def _incomplete(path: Path, error: Exception) -> str:
    return f"{path} must be a complete Parquet file: {error}"


def _class_names(schema: "pa.Schema") -> dict[str, list[str]]:
    try:
        held = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return {
            name: list(feature["names"]) for name, feature in held.items() if "names" in feature
        }
    except (KeyError, ValueError, TypeError):
        return {}


def _named(table: "pa.Table", names: dict[str, list[str]]) -> "pa.Table":
    """Put names in the place of class numbers; -1 means that there is no class."""
    import pyarrow as pa

    for place, name in enumerate(table.column_names):
        if name in names and pa.types.is_integer(table.column(name).type):
            known = dict(enumerate(names[name]))
            words = [known.get(number) for number in table.column(name).to_pylist()]
            table = table.set_column(place, name, pa.array(words, pa.string()))
    return table


Reader = Callable[[Path, "Sequence[str] | None"], Reading]

READERS: dict[str, Reader] = {
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".tab": read_tsv,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".parquet": read_parquet,
    ".conll": read_conll,
    ".iob": read_conll,
    ".iob2": read_conll,
    ".bio": read_conll,
    ".triples": read_triples,
    ".txt": read_triples,
}


_PLAIN = (".txt", ".tsv", ".tab")  # may hold columns without a header


def reader(path: Path, wanted: Sequence[str] | None) -> Reader:
    """Choose how a file is read: by its name, and by what is wanted where the name says little.

    Args:
        path: the file.
        wanted: the columns to read; None means all.
    """
    known = form(path)
    if known in _PLAIN and wanted and not _has_header(path, wanted):
        if set(TRIPLE) <= set(wanted):
            return read_triples
        if set(wanted) & SENTENCE and not set(wanted) & set(TRIPLE):
            return read_conll
    return READERS[known]


def _has_header(path: Path, wanted: Sequence[str]) -> bool:
    with open_text(path, recognise(path).codec) as stream:
        return set(wanted) <= set(stream.readline().rstrip("\r\n").split("\t"))


def form(path: Path) -> str:
    """Tell the form of a file from its name.

    >>> form(Path("a.CSV")), form(Path("a.jsonl.gz")), form(Path("a.parquet.gz"))
    ('.csv', '.jsonl', '.gz')

    Args:
        path: the file.
    """
    suffix = path.suffix.lower()
    inner = Path(path.stem).suffix.lower()
    is_text = inner in READERS and inner != ".parquet"
    return inner if suffix == COMPRESSED and is_text else suffix

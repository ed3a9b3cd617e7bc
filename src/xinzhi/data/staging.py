"""Writes what a source gives, batch by batch, into Parquet files of one schema."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from xinzhi.data.opened import Want
from xinzhi.data.records import require_columns
from xinzhi.data.spelling import portable, spelled
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import ibis
    import pyarrow as pa
    import pyarrow.parquet as pq

    from xinzhi.data.engine import Engine

BATCH_ROWS = 50_000
_SPELLINGS = (
    (r"^(0|-?[1-9]\d{0,17})$", "int64"),
    (r"^-?(0|[1-9]\d{0,14})(\.\d{1,15})?([eE][+-]?\d{1,2})?$", "float64"),
)


class Doubt(Exception):  # noqa: N818 - never met by a person
    """A fast reader met what an exact one must judge."""


class Reading(NamedTuple):
    """A file that is about to be read.

    Attributes:
        form: how, for a person.
        batches: gives the rows; the first batch may be empty but has the columns.
        exactly: gives the same, slower, where `batches` raised a Doubt.
    """

    form: str
    batches: "Callable[[], Iterator[pa.Table]]"
    exactly: "Callable[[], Iterator[pa.Table]] | None" = None


class _Part(NamedTuple):
    path: Path
    schema: "pa.Schema"


class Stage:
    """Parquet files in the making; types that differ between batches become one that holds both.

    Args:
        folder: where files go, of the engine.
        want: columns, spelling and protection of every batch before it is written.
        where: the source, for messages.
    """

    def __init__(self, folder: Path, want: Want, where: str) -> None:
        self.folder, self.want, self.where = folder, want, where
        self.rows = 0
        self._parts: list[_Part] = []
        self._schema: pa.Schema | None = None
        self._numbers: dict[str, pa.DataType] = {}

    def read(self, reading: Reading, where: str) -> None:
        """Write what a file holds.

        Args:
            reading: the file.
            where: its name, for messages.

        Raises:
            Doubt: there is no exact reader.
        """
        try:
            self.add(reading.batches(), where)
        except Doubt:
            if reading.exactly is None:
                raise
            self.add(reading.exactly(), where)

    def add(self, batches: "Iterable[pa.Table]", where: str | None = None) -> None:
        """Write batches; where one of them fails, none of this call stays.

        Args:
            batches: at least one, which may be empty but has the columns.
            where: of these, for messages.
        """
        before, rows, schema = len(self._parts), self.rows, self._schema
        writer: pq.ParquetWriter | None = None
        try:
            for batch in batches:
                ready = self._ready(batch, where or self.where)
                if writer is None or not writer.schema.equals(self._schema):
                    if writer is not None:
                        writer.close()
                    writer = self._new()
                writer.write_table(_cast(ready, writer.schema))
                self.rows += batch.num_rows
        except BaseException:
            if writer is not None:
                writer.close()
            for part in self._parts[before:]:
                part.path.unlink(missing_ok=True)
            del self._parts[before:]
            self.rows, self._schema = rows, schema
            raise
        if writer is not None:
            writer.close()

    def files(self) -> list[Path]:
        """Give the files, all of the schema that holds everything."""
        import pyarrow as pa

        if self._schema is not None:  # what is empty throughout may be anything: Parquet wants one
            filled = [pa.string() if t == pa.null() else t for t in self._schema.types]
            self._schema = pa.schema(zip(self._schema.names, filled, strict=True))
            for place, field in enumerate(self._schema):
                kind = self._numbers.get(field.name, pa.null())
                if pa.types.is_string(field.type) and not pa.types.is_null(kind):
                    self._schema = self._schema.set(place, pa.field(field.name, kind))
        return [self._final(part) for part in self._parts]

    def table(self, engine: "Engine") -> "ibis.Table":
        """Give the rows on an engine.

        Args:
            engine: whose folder this stage has.
        """
        return engine.read(self.files())

    def _new(self) -> "pq.ParquetWriter":
        import pyarrow.parquet as pq

        assert self._schema is not None  # noqa: S101 - set by the first batch
        path = self.folder / f"{uuid4().hex}.parquet"
        self._parts.append(_Part(path, self._schema))
        return pq.ParquetWriter(path, self._schema, compression="lz4")

    def _ready(self, batch: "pa.Table", where: str) -> "pa.Table":
        """A batch as it may be written; the schema grows to hold it."""
        import pyarrow as pa

        if self.want.columns is not None:
            require_columns(batch.column_names, self.want.columns, where)
            batch = batch.select(list(dict.fromkeys(self.want.columns)))
        names = batch.column_names
        columns = [
            (spelled if name in self.want.strings else portable)(_whole(batch.column(name)))
            for name in names
        ]
        ready = pa.table(dict(zip(names, columns, strict=True)))
        if self.want.protect is not None:
            ready = self.want.protect(ready)
        self._schema = _united(self._schema, ready.schema, where)
        if self.want.numbers:
            self._look_for_numbers(ready)
        return ready

    def _look_for_numbers(self, batch: "pa.Table") -> None:
        """Keep in mind which columns of strings have held nothing but numbers so far."""
        import pyarrow as pa

        for name in batch.column_names:
            kind = _numeric(_whole(batch.column(name)))
            known = self._numbers.get(name, pa.null())
            self._numbers[name] = pa.string() if kind is None else _wide(known, kind)

    def _final(self, part: _Part) -> Path:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if part.schema.equals(self._schema):
            return part.path
        path = self.folder / f"{uuid4().hex}.parquet"
        with pq.ParquetFile(part.path) as old, pq.ParquetWriter(path, self._schema) as new:
            for batch in old.iter_batches(batch_size=BATCH_ROWS):
                new.write_table(_cast(pa.Table.from_batches([batch]), new.schema))
        part.path.unlink()
        return path


def staged(engine: "Engine", batches: "Iterable[pa.Table]", want: Want, where: str) -> "ibis.Table":
    """Put batches onto an engine.

    Args:
        engine: gives the folder.
        batches: at least one.
        want: columns, spelling and protection.
        where: the source, for messages.
    """
    stage = Stage(engine.scratch, want, where)
    stage.add(batches)
    return stage.table(engine)


def _whole(column: "pa.ChunkedArray") -> "pa.Array":
    import pyarrow as pa

    return (
        column.chunk(0)
        if column.num_chunks == 1
        else pa.concat_arrays(column.chunks or [pa.array([], column.type)])
    )


def _united(one: "pa.Schema | None", other: "pa.Schema", where: str) -> "pa.Schema":
    import pyarrow as pa

    if one is None or one.equals(other):
        return pa.schema([(field.name, field.type) for field in other])
    require_columns(other.names, one.names, where)
    if more := [name for name in other.names if name not in one.names]:
        raise DataError(
            f"{where} must have the columns of the files before it, it also has {more[0]!r}"
        )
    return pa.schema([(f.name, _wide(f.type, other.field(f.name).type)) for f in one])


def _wide(one: "pa.DataType", other: "pa.DataType") -> "pa.DataType":
    """The type that holds values of both; strings hold all but lists."""
    import pyarrow as pa
    import pyarrow.types as t

    both = (one, other)
    if one.equals(other) or t.is_null(other):
        return one
    if t.is_null(one):
        return other
    if any(map(t.is_list, both)):
        lists = all(map(t.is_list, both))
        return pa.list_(_wide(one.value_type, other.value_type) if lists else pa.string())
    if all(t.is_timestamp(kind) or t.is_date(kind) for kind in both):
        zoned = any(t.is_timestamp(kind) and kind.tz for kind in both)
        return pa.timestamp("us", "UTC" if zoned else None)
    if all(t.is_integer(kind) or t.is_floating(kind) for kind in both):
        return pa.int64() if all(map(t.is_integer, both)) else pa.float64()
    return pa.string()


def _numeric(column: "pa.Array") -> "pa.DataType | None":
    """What numbers strings spell, null where they are empty, None where one spells no number.

    A number that its spelling would not survive, such as 007, is none: it may be a key.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(column.type):
        return None
    filled = column.filter(pc.greater(pc.binary_length(column), 0))
    if not len(filled):
        return pa.null()
    for pattern, kind in _SPELLINGS:
        if pc.all(pc.match_substring_regex(filled, pattern)).as_py():
            return getattr(pa, kind)()
    return None


def _cast(table: "pa.Table", schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa

    columns = [_as(_whole(table.column(field.name)), field.type) for field in schema]
    return pa.table(columns, schema=schema)


def _as(column: "pa.Array", kind: "pa.DataType") -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as t

    if column.type.equals(kind):
        return column
    if t.is_string(column.type) and (t.is_integer(kind) or t.is_floating(kind)):
        return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column).cast(kind)
    if t.is_list(kind) and not t.is_list(column.type):
        words = spelled(column).to_pylist()
        return pa.array([None if word is None else [word] for word in words], kind)
    if t.is_string(kind) or (t.is_list(kind) and t.is_string(kind.value_type)):
        return spelled(column)
    return column.cast(kind, safe=False)

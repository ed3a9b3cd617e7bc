"""Writes what a source gives, batch by batch, into Parquet files of one schema."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from xinzhi.data.opened import Want
from xinzhi.data.records import require_columns
from xinzhi.data.spelling import portable, spelled
from xinzhi.data.widening import cast, numeric, united, whole, wide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import ibis
    import pyarrow as pa
    import pyarrow.parquet as pq

    from xinzhi.data.engine import Engine

BATCH_ROWS = 50_000


class Doubt(Exception):  # noqa: N818 - never met by a person
    """A fast reader met what an exact one must judge."""


class Reading(NamedTuple):
    """A file that is about to be read.

    Attributes:
        form: how, for a person.
        batches: gives the rows; the first batch may be empty but has the columns.
        exactly: gives the same, slower, where `batches` raised a Doubt.
        notes: what a person should know besides.
    """

    form: str
    batches: "Callable[[], Iterator[pa.Table]]"
    exactly: "Callable[[], Iterator[pa.Table]] | None" = None
    notes: tuple[str, ...] = ()


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
                writer.write_table(cast(ready, writer.schema))
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
            (spelled if name in self.want.strings else portable)(whole(batch.column(name)))
            for name in names
        ]
        ready = pa.table(dict(zip(names, columns, strict=True)))
        if self.want.protect is not None:
            ready = self.want.protect(ready)
        self._schema = united(self._schema, ready.schema, where)
        if self.want.numbers:
            self._look_for_numbers(ready)
        return ready

    def _look_for_numbers(self, batch: "pa.Table") -> None:
        """Keep in mind which columns of strings have held nothing but numbers so far."""
        import pyarrow as pa

        for name in batch.column_names:
            kind = numeric(whole(batch.column(name)))
            known = self._numbers.get(name, pa.null())
            self._numbers[name] = pa.string() if kind is None else wide(known, kind)

    def _final(self, part: _Part) -> Path:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if part.schema.equals(self._schema):
            return part.path
        path = self.folder / f"{uuid4().hex}.parquet"
        with pq.ParquetFile(part.path) as old, pq.ParquetWriter(path, self._schema) as new:
            for batch in old.iter_batches(batch_size=BATCH_ROWS):
                new.write_table(cast(pa.Table.from_batches([batch]), new.schema))
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

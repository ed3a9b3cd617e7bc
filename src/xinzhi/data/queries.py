"""SQL files: a query over named sources on the engine, or on a database."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.config.identity import redact
from xinzhi.config.near import near
from xinzhi.data.encoding import open_text, recognise
from xinzhi.data.opened import Opened, Source, Want
from xinzhi.data.private import Protector
from xinzhi.data.records import require_columns
from xinzhi.data.staging import Stage
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from xinzhi.data.engine import Engine

# texts, quoted names and comments of all dialects; what is in them is no statement
_QUOTED = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/", re.DOTALL
)
_MARKS = "'\"`$"
_NAME = re.compile(r"[A-Za-z_]\w*\Z")


def read_query(path: Path) -> str:
    """Read a file with one query, and refuse one that would write.

    Args:
        path: of UTF-8 text.

    Raises:
        DataError: it is empty, holds several statements, or does something other than read.
    """
    with open_text(path, recognise(path).codec) as stream:
        query = stream.read().replace("\r\n", "\n").strip()
    # of quoted names and texts something stays, of comments nothing
    bare = _QUOTED.sub(lambda found: " -"[found[0][0] in _MARKS] * len(found[0]), query)
    end = len(bare.rstrip("; \n\t"))
    query, bare = query[:end], bare[:end]
    words = re.findall(r"[A-Za-z]+", bare)
    if not words:
        raise DataError(f"{path} must hold a query, it is empty", mend="SELECT … FROM …")
    if ";" in bare:
        raise DataError(f"{path} must hold one query, it holds several, parted by semicolons")
    if words[0].upper() not in {"SELECT", "WITH"}:
        raise DataError(
            f"{path} must only read: SELECT or WITH … SELECT; it begins with {words[0]}"
        )
    return query


@dataclass(frozen=True)
class Named:
    """Sources under the names by which a query knows them; opened once per engine.

    Attributes:
        sources: name → source.
    """

    sources: Mapping[str, Source]
    _opened: dict[Path, dict[str, Opened]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in self.sources:
            if not _NAME.match(name):
                raise DataError(
                    f"a name in data.sources must be one that SQL takes as it is, was {name!r}",
                    candidates=[re.sub(r"\W+", "_", name).strip("_") or "rows"],
                )

    def open(self, engine: "Engine", want: Want) -> dict[str, Opened]:
        """Open all of them, numbers in text files as numbers.

        Args:
            engine: what they are read onto.
            want: whose protection is applied to them.
        """
        if engine.scratch not in self._opened:
            wanted = Want(None, protect=want.protect, numbers=True)
            found = {name: source.open(engine, wanted) for name, source in self.sources.items()}
            self._opened.clear()
            self._opened[engine.scratch] = found
        return self._opened[engine.scratch]


@dataclass(frozen=True)
class JoinedSource:
    """A query over named sources.

    Attributes:
        named: what stands behind the names.
        query: one statement that reads, in DuckDB's dialect.
        name: of its file.
        short_name: what a folder may be called after it.
    """

    named: Named
    query: str
    name: str
    short_name: str

    @property
    def is_live(self) -> bool:
        """Whether a database is among the sources."""
        return any(getattr(source, "is_live", False) for source in self.named.sources.values())

    def fingerprint(self) -> object:
        """Give the query and what identifies each source."""
        sources = {name: source.fingerprint() for name, source in self.named.sources.items()}
        return {"query": self.query, "sources": sources}

    def open(self, engine: "Engine", want: Want) -> Opened:
        """Run the query on the engine.

        Args:
            engine: what computes it.
            want: the result must have the columns.

        Raises:
            DataError: the query cannot be computed, or gives a column twice.
        """
        opened = self.named.open(engine, want)
        tables = {name: one.table for name, one in opened.items()}
        there = {column for table in tables.values() for column in table.columns}
        result = self._result(engine, tables)
        columns = list(result.columns)
        if twice := self._twice(columns, there):
            raise DataError(
                f"{self.name} must give each column once, it gives {twice!r} twice",
                mend="name the columns instead of *, the second one with AS",
            )
        require_columns(columns, want.columns or (), self.name)
        if isinstance(want.protect, Protector):
            want.protect.require_read([name for name in columns if name not in there], self.name)
        stage = Stage(engine.scratch, want._replace(protect=_of_new(want, there)), self.name)
        stage.add(self._batches(engine, result, set(tables) | there))
        notes = [note for one in opened.values() for note in one.notes]
        return Opened(stage.table(engine), notes=tuple(notes))

    def _result(self, engine: "Engine", tables: "Mapping[str, ibis.Table]") -> "ibis.Table":
        """The rows, not yet computed.

        Raises:
            DataError: the engine finds fault with the query.
        """
        names = [*tables, *(column for table in tables.values() for column in table.columns)]
        try:
            return engine.sql(self.query, tables)
        except Exception as error:  # noqa: BLE001 - of DuckDB, Spark, Ibis or its parser
            problem = _explained(error, self.name, names)
        raise problem

    def _twice(self, columns: list[str], there: set[str]) -> str | None:
        """A name that the query gives twice; DuckDB calls the second one id_1."""
        for name in columns:
            base, _, number = name.rpartition("_")
            made = number.isdigit() and name not in there and name not in self.query
            if columns.count(name) > 1 or (made and base in columns):
                return base if made else name
        return None

    def _batches(
        self, engine: "Engine", result: "ibis.Table", names: set[str]
    ) -> "Iterator[pa.Table]":
        """The rows, a few thousand at a time.

        Yields:
            Rows.

        Raises:
            DataError: the query fails on a value.
        """
        import pyarrow as pa

        try:
            yield result.schema().to_pyarrow().empty_table()
            for batch in engine.batches(result):
                yield pa.Table.from_batches([batch])
        except Exception as error:  # noqa: BLE001 - of DuckDB or Spark
            problem = _explained(error, self.name, sorted(names))
        else:
            return
        raise problem


def _of_new(want: Want, there: set[str]) -> Any:  # noqa: ANN401 - as in Want
    """Protection of the columns that the query named anew; the others have it already."""
    protect = want.protect
    if protect is None:
        return None

    def protected(batch: "pa.Table") -> "pa.Table":
        new = [name for name in batch.column_names if name not in there]
        if not new:
            return batch
        hidden = protect(batch.select(new))
        for name in new:
            if name not in hidden.column_names:
                batch = batch.drop_columns([name])
            else:
                place = batch.column_names.index(name)
                batch = batch.set_column(place, name, hidden.column(name))
        return batch

    return protected


def _explained(error: Exception, where: str, names: list[str]) -> DataError:
    if isinstance(error, DataError):
        return error
    lines = [line.strip() for line in redact(str(error)).splitlines() if line.strip()]
    said = (lines or [type(error).__name__])[0][:300]
    quoted = re.findall(r"[`\"']?([\w.]+)[`\"']?", said)
    known = set(names)
    meant = [hit for word in quoted if word not in known for hit in near(word, known)]
    hinted = re.findall(r"Did you mean \"(\w+)\"", " ".join(lines))
    candidates = list(dict.fromkeys([*hinted, *meant]))[:3]
    return DataError(f"{where}: the query fails: {said}", candidates=candidates)

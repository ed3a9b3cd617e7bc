"""Tables and queries of a database, read in one transaction that cannot write."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from xinzhi.config.near import near
from xinzhi.data import connections
from xinzhi.data.opened import ADDRESS, Opened, Want
from xinzhi.data.records import require_columns
from xinzhi.data.staging import Stage
from xinzhi.data.values import column
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa
    from sqlalchemy import Connection, CursorResult

    from xinzhi.data.engine import Engine

_BATCH_ROWS = 10_000
# of PostgreSQL (oid) and MySQL (field type): what a column is that happens to be empty
_NUMBERS = {20, 21, 23, 26, 1, 2, 3, 8, 9, 13}
_FLOATS = {700, 701, 1700, 0, 4, 5, 246}
_DATES = {1082, 10}
_INSTANTS = {7}  # MySQL's TIMESTAMP comes without a zone, in that of the session, which is UTC


@dataclass(frozen=True)
class TableSource:
    """A table or view of the database whose address is in an environment variable.

    Attributes:
        variable: its name.
        table: the table's, perhaps after its schema's and a dot.
    """

    is_live: ClassVar[bool] = True  # rows change without a trace in the fingerprint
    variable: str
    table: str

    @property
    def name(self) -> str:
        """Where the rows come from."""
        return f"env:{self.variable}/{self.table}"

    @property
    def short_name(self) -> str:
        """What a folder may be called after it."""
        return re.sub(r"\W+", "_", self.table.rpartition(".")[2])[:60] or "table"

    def fingerprint(self) -> object:
        """Give what is asked of which database; it does not tell when rows change."""
        return {**_database(self.variable), "table": self.table}

    def open(self, engine: "Engine", want: Want) -> Opened:
        """Read the wanted columns of the table.

        Args:
            engine: what they are read onto.
            want: the table must have the columns.
        """
        return _opened(self.variable, self.name, engine, want, self._select)

    def _select(self, connection: "Connection", want: Want) -> "CursorResult[Any]":
        import sqlalchemy as sa

        schema, table = self._found(connection)
        there = [
            found["name"] for found in sa.inspect(connection).get_columns(table, schema=schema)
        ]
        wanted = there if want.columns is None else list(dict.fromkeys(want.columns))
        require_columns(there, wanted, self.name)
        columns: list[sa.ColumnClause[Any]] = [
            sa.column(sa.quoted_name(name, quote=True)) for name in wanted
        ]
        named = sa.table(
            sa.quoted_name(table, quote=True),
            schema=sa.quoted_name(schema, quote=True) if schema else None,
        )
        return connection.execute(sa.select(*columns).select_from(named))

    def _found(self, connection: "Connection") -> tuple[str | None, str]:
        """Schema and table.

        Raises:
            DataError: names the near matches and says what there is.
        """
        import sqlalchemy as sa

        look = sa.inspect(connection)
        if look.has_table(self.table):
            return None, self.table
        schema, _, table = self.table.partition(".")
        schemas = look.get_schema_names()
        if table and schema in schemas and look.has_table(table, schema=schema):
            return schema, table
        inside = schema if table and schema in schemas else None
        there = [*look.get_table_names(inside), *look.get_view_names(inside)]
        if inside is None:
            others = [one for one in schemas if one not in {look.default_schema_name, *_SYSTEM}]
            there += [f"{one}.{name}" for one in others[:20] for name in look.get_table_names(one)]
        else:
            there = [f"{inside}.{name}" for name in there]
        shown = ", ".join(sorted(there)[:20]) or "none that this user sees"
        raise DataError(
            f"{self.name}: the database has no table {self.table!r}; its tables: {shown}",
            candidates=near(self.table, there),
        )


_SYSTEM = ("information_schema", "pg_catalog", "mysql", "performance_schema", "sys")


@dataclass(frozen=True)
class QuerySource:
    """A query on the database whose address is in an environment variable.

    Attributes:
        variable: its name.
        query: one statement that reads.
        name: of its file, for messages.
        short_name: what a folder may be called after it.
    """

    is_live: ClassVar[bool] = True
    variable: str
    query: str
    name: str
    short_name: str

    def fingerprint(self) -> object:
        """Give the query and the database, which does not tell when rows change."""
        return {**_database(self.variable), "query": self.query}

    def open(self, engine: "Engine", want: Want) -> Opened:
        """Run the query and read the wanted columns of what it gives.

        Args:
            engine: what they are read onto.
            want: the result must have the columns.
        """
        return _opened(self.variable, self.name, engine, want, self._run)

    def _run(self, connection: "Connection", want: Want) -> "CursorResult[Any]":
        # no parameters: a % or a : in the query is its own
        with_none = connection.execution_options(no_parameters=True)
        result = with_none.exec_driver_sql(self.query)
        names = list(result.keys())
        if twice := [name for name in names if names.count(name) > 1]:
            raise DataError(
                f"{self.name} must give each column once, it gives {twice[0]!r} twice",
                mend=f"write  a.{twice[0]} AS {twice[0]}_of_a",
            )
        require_columns(names, want.columns or (), self.name)
        return result


def _database(variable: str) -> dict[str, str]:
    identity = connections.identity(variable)
    return {"database": variable} | ({ADDRESS: identity} if identity else {})


def _opened(
    variable: str,
    name: str,
    engine: "Engine",
    want: Want,
    ask: "Callable[[Connection, Want], CursorResult[Any]]",
) -> Opened:
    """Stage what a database answers.

    Raises:
        DataError: the database finds fault with the query.
    """
    stage = Stage(engine.scratch, want, name)
    moment = datetime.now(UTC)
    try:
        with connections.connect(variable, name) as connection:
            streamed = connection.execution_options(stream_results=True, yield_per=_BATCH_ROWS)
            stage.add(_batches(ask(streamed, want)))
    except connections.Unexplained as error:
        said = str(error)
        raise DataError(
            f"{name}: the database refuses the query: {said}", candidates=_meant(said, variable)
        ) from None
    note = f"{name}: {stage.rows:,} rows were read at {moment:%Y-%m-%d %H:%M:%S} UTC"
    return Opened(stage.table(engine), notes=(note,))


def _batches(result: "CursorResult[Any]") -> "Iterator[pa.Table]":
    import pyarrow as pa

    names = list(result.keys())
    cursor: Any = result.cursor
    codes = [entry[1] for entry in cursor.description]
    yield pa.table([_typed([], code) for code in codes], names=names)
    for part in result.partitions(_BATCH_ROWS):
        cells: Sequence[Sequence[Any]] = list(zip(*part, strict=True))
        arrays = [_typed(list(some), code) for some, code in zip(cells, codes, strict=True)]
        yield pa.table(arrays, names=names)


def _typed(values: list[Any], code: object) -> "pa.Array":
    """A column by its values, or by what the database says of it where there are none."""
    import pyarrow as pa

    first = next((value for value in values if value is not None), None)
    if first is None:
        kinds = ((_NUMBERS, pa.int64()), (_FLOATS, pa.float64()), (_DATES, pa.date32()))
        kind = next((kind for known, kind in kinds if code in known), pa.null())
        return pa.nulls(len(values), kind)
    try:
        if isinstance(first, datetime):
            zone = "UTC" if first.tzinfo or code in _INSTANTS else None
            return pa.array(values, pa.timestamp("us", zone))
        if type(first) is date:
            return pa.array(values, pa.date32())
    except (pa.ArrowException, TypeError, ValueError):  # SQLite's columns hold anything
        pass
    if isinstance(first, Decimal) and any(v is not None and not v.is_finite() for v in values):
        return pa.array([None if value is None else float(value) for value in values])
    return column(values)


def _meant(said: str, variable: str) -> list[str]:
    """Names of tables like the one that the database does not find."""
    import sqlalchemy as sa

    words = re.findall(r"[\"'`]([^\"'`]+)[\"'`]", said) or re.findall(r": ([\w.]+)$", said)
    try:
        with connections.connect(variable, "") as connection:
            look = sa.inspect(connection)
            tables = [*look.get_table_names(), *look.get_view_names()]
            columns = [c["name"] for one in tables[:50] for c in look.get_columns(one)]
    except (DataError, connections.Unexplained):
        return []
    is_table = re.search(r"relation|table", said, re.IGNORECASE)
    there = list(dict.fromkeys(tables if is_table else columns))
    hits = [hit for word in words for hit in near(word.rpartition(".")[2], there)]
    return list(dict.fromkeys(hits))[:3]

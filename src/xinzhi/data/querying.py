"""Questions to the Parquet files of a snapshot, answered by DuckDB in bounded memory."""

# ruff: noqa: S608 - columns are asked for by aliases of our own, and the path is quoted

import glob
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from xinzhi.data.snapshot import SPLITS

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Kind = Literal["number", "moment", "words", "list", "other"]
MEMORY = "1GB"  # beyond it DuckDB spills to disk


class Column(NamedTuple):
    """A column of a snapshot.

    Attributes:
        name: as the source has it.
        type: as Arrow writes it.
        kind: what can be asked of it.
        alias: what it is called in a query, so that no name has to be quoted.
    """

    name: str
    type: str
    kind: Kind
    alias: str

    @property
    def known(self) -> str:
        """The SQL that is true where there is a value; NaN is none."""
        if self.type in {"float", "double", "halffloat"}:
            return f"({self.alias} IS NOT NULL AND NOT isnan({self.alias}))"
        return f"({self.alias} IS NOT NULL)"


@contextmanager
def connection() -> "Iterator[duckdb.DuckDBPyConnection]":
    """Open DuckDB with little memory and a folder to spill to.

    Yields:
        The connection, whose time zone is UTC.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="xinzhi-") as spill:
        con = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": spill})
        try:
            con.execute("SET TimeZone = 'UTC'")
            with suppress(duckdb.Error):  # in a notebook even this needs a package more
                con.execute("SET enable_progress_bar = false")
            yield con
        finally:
            con.close()


def columns(folder: Path) -> tuple[Column, ...]:
    """Give the columns of a snapshot in the order of its files.

    Args:
        folder: of the snapshot.
    """
    import pyarrow.parquet as pq

    schema = pq.read_schema(folder / f"{_there(folder)[0]}.parquet")
    return tuple(
        Column(field.name, str(field.type), _kind(field.type), f"c{place}")
        for place, field in enumerate(schema)
    )


def every_row(folder: Path, splits: Sequence[str] = SPLITS) -> str:
    """Write the SQL of all rows: `split`, and each column under its alias.

    Args:
        folder: of the snapshot.
        splits: which of them; those without a file are left out.
    """
    names = ", ".join(column.alias for column in columns(folder))
    parts = (
        f"SELECT '{split}' AS split, * FROM read_parquet({_literal(folder / f'{split}.parquet')}, "
        f"can_have_nan=true) AS t({names})"  # the bounds in a file leave NaN out
        for split in _there(folder)
        if split in splits
    )
    return "(" + " UNION ALL ".join(parts) + ")"


def _there(folder: Path) -> list[str]:
    return [split for split in SPLITS if (folder / f"{split}.parquet").exists()]


def _literal(path: Path) -> str:
    """Quote a path: a folder may be called `it's [old]`, which is no pattern here."""
    return "'" + glob.escape(str(path)).replace("'", "''") + "'"


def _kind(type_: "pa.DataType") -> Kind:
    import pyarrow.types as pt

    if pt.is_integer(type_) or pt.is_floating(type_) or pt.is_decimal(type_):
        return "number"
    if pt.is_date(type_) or pt.is_timestamp(type_):
        return "moment"
    if pt.is_string(type_) or pt.is_large_string(type_) or pt.is_boolean(type_):
        return "words"
    if pt.is_dictionary(type_):
        return "words"
    return "list" if pt.is_list(type_) or pt.is_large_list(type_) else "other"

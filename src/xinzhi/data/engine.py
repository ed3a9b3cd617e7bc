"""What computes on rows: DuckDB in this process, or Spark, spoken to through Ibis alike."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from xinzhi.errors import DataError

if TYPE_CHECKING:
    import ibis


@dataclass(frozen=True)
class Engine:
    """An open connection with a folder of its own.

    Attributes:
        name: duckdb or spark.
        con: the Ibis backend.
        scratch: a folder that vanishes when the engine is closed.
    """

    name: Literal["duckdb", "spark"]
    con: Any
    scratch: Path

    def read(self, paths: Sequence[Path]) -> "ibis.Table":
        """Give the rows of Parquet files of one schema.

        Args:
            paths: at least one.
        """
        import ibis

        tables = [self.con.read_parquet(str(path)) for path in paths]
        return tables[0] if len(tables) == 1 else ibis.union(*tables)

    def keep(self, table: "ibis.Table") -> "ibis.Table":
        """Compute a table once, so that what is asked of it next does not compute it again.

        Args:
            table: an expression.
        """
        return table.cache()

    def sql(self, query: str, tables: "Mapping[str, ibis.Table]") -> "ibis.Table":
        """Run a query over named tables.

        Args:
            query: in DuckDB's dialect, whatever the engine.
            tables: name → rows.
        """
        for name, table in tables.items():
            self.con.create_view(name, table, overwrite=True)
        return self.con.sql(query, dialect="duckdb")


@contextmanager
def open_engine(name: str = "duckdb") -> Iterator[Engine]:
    """Open an engine, and close it with all that it kept.

    Args:
        name: duckdb or spark.

    Yields:
        The engine.

    Raises:
        DataError: there is no such engine, or it is not installed.
    """
    scratch = Path(tempfile.mkdtemp(prefix="xinzhi-"))
    try:
        if name == "spark":
            yield Engine("spark", _spark(), scratch)
            return
        if name != "duckdb":
            raise DataError(f"engine must be duckdb or spark, was {name!r}")
        import ibis

        con = ibis.duckdb.connect(temp_directory=str(scratch / "spill"))
        try:
            yield Engine("duckdb", con, scratch)
        finally:
            con.disconnect()  # or its user functions are reported as leaked at exit
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _spark() -> Any:  # noqa: ANN401 - an Ibis backend
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise DataError(
            "engine=spark needs PySpark", mend="pip install 'xinzhi[spark]' (and Java 17)"
        ) from None
    import ibis

    builder = SparkSession.builder.master(os.environ.get("SPARK_MASTER", "local[2]"))
    builder = builder.config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return ibis.pyspark.connect(session)

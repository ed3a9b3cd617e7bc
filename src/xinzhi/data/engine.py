"""What computes on rows: DuckDB in this process, or Spark, spoken to through Ibis alike."""

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from xinzhi.data.progress import told_meanwhile, watched
from xinzhi.data.scratch import scratch_folder
from xinzhi.data.words import builtin
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

NAMES = ("duckdb", "spark")
_MEMORY = "2GB"  # of DuckDB; what does not fit goes to the disk
_SPARK = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}


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

        if self.name == "duckdb":
            # else DuckDB takes the bounds in a file, which leave NaN out, for those of all rows
            files = [str(path) for path in paths]
            return self.con.read_parquet(files, table_name=_fresh(), can_have_nan=True)
        tables = [self.con.read_parquet(str(path), table_name=_fresh()) for path in paths]
        return tables[0] if len(tables) == 1 else ibis.union(*tables)

    def load(self, rows: "pa.Table") -> "ibis.Table":
        """Bring rows that are in memory onto the engine.

        Args:
            rows: an Arrow table.
        """
        import pyarrow.parquet as pq

        path = self.scratch / f"{_fresh()}.parquet"
        pq.write_table(rows, path)
        return self.read([path])

    def keep(self, table: "ibis.Table") -> "ibis.Table":
        """Compute a table once, so that what is asked of it next does not compute it again.

        Args:
            table: an expression.
        """
        if self.name == "duckdb":
            return self.con.create_table(_fresh(), table, temp=True)
        return self._stored(table)

    def number(self, table: "ibis.Table") -> "ibis.Table":
        """Compute a wide table once, and give each row a number of its own in the column `id`.

        Args:
            table: an expression; numbers follow no order.
        """
        if self.name == "spark":
            number = builtin("monotonically_increasing_id", [], "int64")
            return self._stored(table.mutate(id=number()))
        path = self.scratch / f"{_fresh()}.parquet"
        self.con.to_parquet(table, str(path), compression="snappy")
        stored = self.con.read_parquet(
            str(path), table_name=_fresh(), file_row_number=True, can_have_nan=True
        )
        return stored.rename(id="file_row_number")

    def write(self, table: "ibis.Table", path: Path) -> None:
        """Write rows into one Parquet file, in their order.

        Args:
            table: an expression.
            path: of the file.
        """
        if self.name == "duckdb":
            # the lowest level takes a fifth more room, and half the time
            self.con.to_parquet(table, str(path), compression="zstd", compression_level=1)
            return
        import pyarrow.parquet as pq

        parts = self._parts(table)
        schema = pq.read_schema(parts[0]).remove_metadata()
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for part in parts:
                for batch in pq.ParquetFile(part).iter_batches():
                    writer.write_batch(batch.replace_schema_metadata(None))
                part.unlink()

    def sql(self, query: str, tables: "Mapping[str, ibis.Table]") -> "ibis.Table":
        """Run a query over named tables.

        Args:
            query: in DuckDB's dialect, whatever the engine.
            tables: name → rows.
        """
        for name, table in tables.items():
            self.con.create_view(name, table, overwrite=True)
        if self.name == "duckdb":  # Ibis 12 asks DuckDB 2 for a method that is gone
            made = _fresh()
            self.con.raw_sql(f"CREATE TEMP VIEW {made} AS {query}")
            return self.con.table(made)
        return self.con.sql(query, dialect="duckdb")

    def rows(self, table: "ibis.Table") -> list[dict[str, Any]]:
        """Fetch a small table.

        Args:
            table: an expression of few rows.
        """
        found: list[dict[str, Any]] = self.arrow(table).to_pylist()
        return found

    def count(self, table: "ibis.Table") -> int:
        """Count rows.

        Args:
            table: an expression.
        """
        return int(self.rows(table.aggregate(n=table.count()))[0]["n"])

    def batches(self, table: "ibis.Table") -> "Iterator[pa.RecordBatch]":
        """Fetch a table of any length, batch by batch, in its order.

        Args:
            table: an expression.

        Yields:
            Some thousand rows.
        """
        if self.name == "duckdb":
            # Ibis 12 asks DuckDB 2 for batches by a name that it no longer has
            yield from self.con._to_duckdb_relation(table).to_arrow_reader(65_536)  # noqa: SLF001
            return
        import pyarrow.parquet as pq

        for part in self._parts(table):
            yield from pq.ParquetFile(part).iter_batches()
            part.unlink()

    def forget(self, table: "ibis.Table") -> None:
        """Make room: what was kept is not asked for again.

        Args:
            table: as `keep` gave it; anything else is left alone.
        """
        from ibis.expr import operations

        if self.name == "duckdb" and isinstance(table.op(), operations.DatabaseTable):
            self.con.raw_sql(f'DROP TABLE "{table.op().name}"')

    def arrow(self, table: "ibis.Table") -> "pa.Table":
        """Fetch a table into memory.

        Args:
            table: an expression of few rows, or of few narrow columns.
        """
        if self.name == "duckdb":
            return table.to_pyarrow()
        # Ibis goes by way of pandas, where NULL and NaN are one
        return self.con._session.sql(self.con.compile(table)).toArrow()  # noqa: SLF001

    def function(
        self, name: str, function: "Callable[[pa.Array], pa.Array]", *, takes: str, gives: str
    ) -> Callable[[Any], Any]:
        """Teach the engine a function that works on Arrow arrays.

        Args:
            name: under which the engine knows it; another function needs another name.
            function: array → array of the same length.
            takes: type of the column that goes in.
            gives: type of the column that comes out.

        Returns:
            Ibis column → Ibis column.
        """
        import pyarrow as pa

        def on_arrays(column: pa.Array) -> pa.Array:
            return function(column)

        if self.name == "duckdb":
            import ibis

            given, made = ibis.dtype(takes), ibis.dtype(gives)
            return ibis.udf.scalar.pyarrow(  # type: ignore[no-any-return]
                on_arrays, name=name, signature=((given,), made), null_handling="special"
            )
        # Ibis hands a Spark function single values where it promises arrays
        from pyspark.sql.functions import arrow_udf  # type: ignore[attr-defined]

        spark = {"string": "string", "int64": "bigint", "float64": "double"}
        returned = spark.get(gives, gives)
        self.con._session.udf.register(name, arrow_udf(on_arrays, returned))  # noqa: SLF001
        return builtin(name, [takes], gives)

    def _parts(self, table: "ibis.Table") -> list[Path]:
        folder = self.scratch / _fresh()
        self.con.to_parquet(table, str(folder))
        return sorted(folder.glob("*.parquet"))  # Spark numbers them in the order of the rows

    def _stored(self, table: "ibis.Table") -> "ibis.Table":
        folder = self.scratch / _fresh()
        self.con.to_parquet(table, str(folder))
        return self.read([folder])


def _fresh() -> str:
    return f"xinzhi_{uuid4().hex[:12]}"


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
    if name not in NAMES:
        raise DataError(f"data.engine must be duckdb or spark, was {name!r}")
    with scratch_folder() as scratch:
        if name == "spark":
            con = _spark()
            with told_meanwhile("preparing rows", _jobs_of(con._session.sparkContext)):  # noqa: SLF001
                yield Engine("spark", con, scratch)
            return
        import duckdb
        import ibis

        con = ibis.duckdb.connect(
            temp_directory=str(scratch / "spill"),
            memory_limit=_MEMORY,
            preserve_insertion_order=False,  # rows have no order before they are frozen
            autoinstall_known_extensions=False,  # nothing is fetched behind a person's back
            autoload_known_extensions=False,
        )
        with suppress(duckdb.Error):  # a DuckDB without time zones computes in UTC anyhow
            con.raw_sql("SET TimeZone = 'UTC'")
        with suppress(duckdb.Error):  # in a notebook the bar needs a package more
            con.raw_sql("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        try:
            with watched(con.con.query_progress, "preparing rows"):
                yield Engine("duckdb", con, scratch)
        except duckdb.OutOfMemoryException as error:
            raise DataError(
                f"preparing must get by with {_MEMORY} of memory and what is free on the disk of "
                f"{scratch.parent}: {_first_line(error)}",
                mend="free some room there, or XINZHI_CACHE=/another/folder",
            ) from error
        except duckdb.IOException as error:
            raise DataError(
                f"rows must be read and written, which failed: {_first_line(error)}"
            ) from error
        finally:
            con.disconnect()  # or its user functions are reported as leaked at exit


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _jobs_of(context: Any) -> Callable[[], str]:  # noqa: ANN401 - a SparkContext
    """What Spark has done so far; a preparation is many short jobs, so none tells the end."""
    tracker = context.statusTracker()

    def jobs() -> str:
        try:
            known, running = len(tracker.getJobIdsForGroup(None)), len(tracker.getActiveJobsIds())
        except Exception:  # noqa: BLE001 - Spark is about to end; no progress is worth an error
            return "Spark is ending"
        return f"{known - running:,} jobs of Spark are done"

    return jobs


def _quieten() -> None:
    """Let Spark begin without a page of warnings; it asks the environment before it starts Java."""
    given = os.environ.get("SPARK_SUBMIT_OPTS", "")
    if "log4j" not in given and "SPARK_CONF_DIR" not in os.environ:
        settings = Path(__file__).with_name("log4j2.properties").as_uri()
        os.environ["SPARK_SUBMIT_OPTS"] = f"{given} -Dlog4j2.configurationFile={settings}".strip()


def _spark() -> Any:  # noqa: ANN401 - an Ibis backend
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise DataError(
            "engine=spark needs PySpark", mend="pip install 'xinzhi[spark]' (and Java 17)"
        ) from None
    import ibis

    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    _quieten()
    master = os.environ.get("SPARK_MASTER", "local[2]")
    builder = SparkSession.builder.master(master)
    if master.startswith("local"):  # a cluster has its own setting
        builder = builder.config("spark.sql.shuffle.partitions", "4")
    for key, value in _SPARK.items():
        builder = builder.config(key, value)
    warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return ibis.pyspark.connect(session)

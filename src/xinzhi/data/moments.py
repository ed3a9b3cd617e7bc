"""A column of times: dates, times with and without zones, or numbers that grow with time."""

from typing import TYPE_CHECKING, Any

from xinzhi.data import portable
from xinzhi.data.words import builtin
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from xinzhi.data.engine import Engine


def moments(table: "ibis.Table", name: str, *, engine: "Engine", where: str) -> Any:  # noqa: ANN401
    """Read a column as instants in UTC, or as numbers where all of it are numbers.

    Args:
        table: as a source opened it.
        name: of the column.
        engine: where the table is.
        where: the source, for the message.

    Raises:
        DataError: a cell holds neither.
    """
    import ibis

    column = table[name]
    kind = column.type()
    if kind.is_timestamp() or kind.is_date():
        return column.cast("timestamp('UTC')")
    if kind.is_numeric():
        numbers = column.cast("float64")
        return ibis.ifelse(numbers.isnan(), None, numbers) if kind.is_floating() else numbers
    text = portable.unless_empty(portable.trimmed(column.cast("string"), engine))
    as_number = engine.function("xinzhi_number", _numbers, takes="string", gives="float64")(text)
    as_time = engine.function("xinzhi_moment", _moments, takes="string", gives="int64")(text)
    read = table.select(text=text, number=as_number, time=as_time)
    unread = read.filter(read.text.notnull() & read.time.isnull())
    found = read.aggregate(given=read.text.count(), numbers=read.number.count())
    (counts,) = engine.rows(found)
    if counts["given"] and counts["given"] == counts["numbers"]:
        return as_number
    (bad,) = engine.rows(unread.aggregate(n=unread.count(), example=unread.text.min()))
    if bad["n"]:
        raise DataError(
            f"{where}: column {name!r} must hold dates or times, {bad['n']:,} rows do not, "
            f"such as {bad['example']!r}",
            mend="write them as 2024-01-31 or 2024-01-31T13:45:00",
        )
    return instant(as_time, engine)


def instant(micros: Any, engine: "Engine") -> Any:  # noqa: ANN401 - Ibis columns
    """Make a time in UTC of microseconds since 1970.

    Args:
        micros: a column of integers.
        engine: where.
    """
    if engine.name == "duckdb":
        plain = builtin("make_timestamp", ["int64"], "timestamp")(micros)
        return plain.cast("timestamp('UTC')")
    return builtin("timestamp_micros", ["int64"], "timestamp('UTC')")(micros)


def _numbers(texts: "pa.Array") -> "pa.Array":
    import pandas as pd
    import pyarrow as pa

    read = pd.to_numeric(texts.cast(pa.string()).to_pandas(), errors="coerce")
    return pa.array(read, pa.float64(), from_pandas=True)


def _moments(texts: "pa.Array") -> "pa.Array":
    import pandas as pd
    import pyarrow as pa

    column = texts.cast(pa.string()).to_pandas()
    times = pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True)
    if times.notna().sum() < column.notna().sum():
        times = times.fillna(pd.to_datetime(column, errors="coerce", format="mixed", utc=True))
    micros = pa.array(times.dt.tz_convert(None), pa.timestamp("us"), from_pandas=True, safe=False)
    return micros.cast(pa.int64())

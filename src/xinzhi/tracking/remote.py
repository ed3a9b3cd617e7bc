"""A database server: looked at before MLflow waits for minutes, opened by one process at a time."""

import importlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xinzhi.config.identity import redact
from xinzhi.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

_TIMEOUT_S = 5
_LOCK_TIMEOUT_S = 180
_LOCK = 0x78696E7A6869  # "xinzhi" as a number; such locks belong to one database
_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
_DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mssql": "pyodbc"}


def check(uri: str) -> None:
    """Check that the driver is installed and, but for PostgreSQL, that the server answers.

    Args:
        uri: any address; only those of database servers are looked at.

    Raises:
        StoreError: it cannot be used; the message says the way out.
    """
    dialect = _dialect(uri)
    if dialect not in _PORTS:
        return
    url = _parsed(uri)
    _check_driver(url, dialect)
    if dialect != "postgresql":  # where `one_at_a_time` connects and says more
        _check_answer(url.host or "localhost", url.port or _PORTS[dialect])


@contextmanager
def one_at_a_time(uri: str) -> Iterator[None]:
    """Keep other processes from opening a PostgreSQL store meanwhile.

    MLflow makes its tables at first use, and two processes that do so at once break each other.
    The lock belongs to a transaction, so that it ends with the connection, whatever happens.

    Args:
        uri: any address; nothing is done for other kinds of store.

    Yields:
        Nothing; the lock is held.
    """
    if _dialect(uri) != "postgresql":
        yield
        return
    from sqlalchemy import NullPool, create_engine, text

    url = _parsed(uri)
    settings: dict[str, int] = {}
    if "psycopg" in url.get_driver_name() and "connect_timeout" not in url.query:
        settings["connect_timeout"] = _TIMEOUT_S
    engine = create_engine(url, poolclass=NullPool, connect_args=settings)
    with engine.begin() as connection:
        connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT_S}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield


def _dialect(uri: str) -> str:
    return uri.partition(":")[0].partition("+")[0]


def _parsed(uri: str) -> "URL":
    """The address in its parts.

    Raises:
        StoreError: it has not the form of one.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(uri)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            f"uri must be of the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE, was"
            f" {redact(uri)}",
            mend="write @, :, / and # in a password as %40, %3A, %2F and %23",
        ) from error


def _check_driver(url: "URL", dialect: str) -> None:
    module = url.drivername.partition("+")[2] or _DRIVERS[dialect]
    try:
        importlib.import_module(module)
    except ImportError as error:
        mend = f"pip install '{module}'"
        if dialect == "postgresql":
            mend = "pip install 'xinzhi[postgresql]'"
            if module != _DRIVERS[dialect]:
                mend += " and let the address begin with postgresql://"
        raise StoreError(
            f"a store at {redact(str(url))} needs the package {module}, which is not installed"
            f" ({error})",
            mend=mend,
        ) from error


def _check_answer(host: str, port: int) -> None:
    try:
        socket.create_connection((host, port), timeout=_TIMEOUT_S).close()
    except OSError as error:
        raise StoreError(
            f"the database server {host}:{port} must take connections: {error}",
            mend="start it or correct uri=…; without a server: uri=null and MLFLOW_TRACKING_URI"
            " unset",
        ) from error

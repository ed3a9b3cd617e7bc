"""A database server, asked for before MLflow waits for it for minutes."""

import importlib.util
import socket
from urllib.parse import urlsplit

from xinzhi.config.identity import redact
from xinzhi.errors import StoreError

_TIMEOUT_S = 5.0
_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
_DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mssql": "pyodbc"}


def check(uri: str) -> None:
    """Check that the driver is installed and that the server takes connections.

    Args:
        uri: any address; only those of database servers are looked at.

    Raises:
        StoreError: it cannot be reached; the message says the way out.
    """
    parts = urlsplit(uri)
    dialect, _, driver = parts.scheme.partition("+")
    if dialect not in _PORTS:
        return
    module = driver or _DRIVERS[dialect]
    if importlib.util.find_spec(module) is None:
        package = "psycopg[binary]" if module == "psycopg" else module
        raise StoreError(
            f"a store at {redact(uri)} needs the package {module}, which is not installed",
            mend=f"pip install '{package}'",
        )
    place = (parts.hostname or "localhost", parts.port or _PORTS[dialect])
    try:
        socket.create_connection(place, timeout=_TIMEOUT_S).close()
    except OSError as error:
        raise StoreError(
            f"the database server {place[0]}:{place[1]} must take connections: {error}",
            mend="start it or correct uri=…; without a server: uri=null and MLFLOW_TRACKING_URI"
            " unset",
        ) from error

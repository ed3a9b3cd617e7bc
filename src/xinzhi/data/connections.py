"""Read-only connections to databases whose address is in an environment variable."""

import json
import os
import re
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from xinzhi.config.identity import redact
from xinzhi.config.near import near
from xinzhi.data.hashing import content_hash
from xinzhi.errors import DataError, XinzhiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection
    from sqlalchemy.engine import URL, Engine

_TIMEOUT_S = 10
_FORMS = "postgresql://USER:PASSWORD@HOST/DATABASE"
_ESCAPES = "@, :, / and # in a password are written %40, %3A, %2F and %23"
_PLACES = ("host", "port", "dbname", "service", "options", "unix_socket")
_DIALECTS = {
    "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql", "sqlite": "sqlite",
}  # fmt: skip


class _Sign(NamedTuple):
    """Words in a database's message, what they mean and what mends it."""

    words: tuple[str, ...]
    meaning: str
    mend: str


_NO_DATABASE = _Sign(
    ('" does not exist\n', "unknown database", "to database '"),
    "the server in {variable} has no such database or user",
    "correct what follows the last / in {variable}",
)
_SIGNS = (
    _NO_DATABASE,  # first, for MySQL tells who may not see a database that access is denied
    _Sign(
        ("authentication failed", "access denied for user", "no password supplied",
         "no pg_hba.conf entry", "is not permitted to log in"),
        "the database refuses the user or the password in {variable}",
        "correct {variable}; " + _ESCAPES,
    ),
    _Sign(
        ("permission denied", "command denied", "not authorized"),
        "the user in {variable} may not read this",
        "as the database's administrator: GRANT SELECT ON … TO …",
    ),
    _Sign(
        ("read-only", "readonly", "read only"),
        "a source must only read, and this one tried to write",
        "leave SELECT or WITH … SELECT, without functions that change anything",
    ),
    _Sign(
        ("server closed the connection", "terminating connection", "lost connection",
         "connection is lost", "connection is closed", "gone away", "eof detected"),
        "the connection to the database in {variable} broke while rows were read",
        "run the command again; nothing half was kept",
    ),
    _Sign(
        ("connection refused", "max retries exceeded", "name or service not known",
         "could not translate host", "failed to resolve", "timed out", "timeout expired",
         "can't connect to", "no route to host", "temporary failure in name resolution",
         "getaddrinfo", "connection reset"),
        "the database in {variable} does not answer",
        "start the server or correct host and port in {variable}; " + _ESCAPES,
    ),
    _Sign(
        ("too many clients", "too many connections", "remaining connection slots"),
        "the database in {variable} has no connection left",
        "try again later",
    ),
    _Sign(
        ("not a database", "malformed"),
        "the file in {variable} is damaged or is no SQLite database",
        "restore it from a backup",
    ),
)  # fmt: skip


class Unexplained(Exception):  # noqa: N818 - turned into a DataError where more is known
    """What a database says of a query, without secrets."""


@contextmanager
def connect(variable: str, where: str) -> "Iterator[Connection]":
    """Open a connection on which nothing can be written.

    Args:
        variable: of the environment; it holds the address.
        where: the source, for messages.

    Yields:
        A connection in a transaction that only reads.

    Raises:
        DataError: there is no usable address, the server refuses or fails.
        Unexplained: the database finds fault with the query.
    """  # noqa: DOC501
    from sqlalchemy.exc import SQLAlchemyError

    url = _address(variable)
    engine = _engine(url, variable)
    problem: DataError | Unexplained | None = None
    connected = False
    try:
        with engine.connect() as connection:
            if url.get_backend_name() in {"mysql", "mariadb"}:
                connection.exec_driver_sql("SET time_zone = '+00:00'")
                connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
                connection.commit()  # holds from the next transaction on
            connected = True
            yield connection
    except (SQLAlchemyError, OSError, UnicodeError) as error:
        if isinstance(error, XinzhiError):
            raise
        cause = getattr(error, "orig", None) or error
        said = _said(cause)
        problem = _explained(said, variable, where)
        if problem is None and connected:
            problem = Unexplained(_clean(said, url))
        # what is said of an address that fails may hold a part of the password
        problem = problem or DataError(
            f"{where}: the database in {variable} cannot be opened ({type(cause).__name__})",
            mend=f"correct {variable}; {_ESCAPES}",
        )
    finally:
        engine.dispose()
    if problem is not None:  # raised here, so that nothing secret hangs on it
        raise problem


def identity(variable: str) -> str | None:
    """Tell databases apart without telling what they are: a hash of server and database.

    Args:
        variable: of the environment; None where it holds no address.
    """
    try:
        url = _address(variable)
    except DataError:
        return None
    # neither user nor password: these may change while the rows stay
    told = {key: url.query[key] for key in _PLACES if key in url.query}
    database = url.database
    if url.get_backend_name() == "sqlite":
        database = str(Path(url.database or ":memory:").expanduser().resolve())
    place = [url.get_backend_name(), url.host, url.port, database, told]
    return content_hash([json.dumps(place)], size_bytes=8).hex()


def _address(variable: str) -> "URL":
    """The address in its parts; no message shows any of it.

    Raises:
        DataError: the variable is not set or holds no address.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    value = os.environ.get(variable, "").strip()
    if not value:
        known = [name for name, held in os.environ.items() if "://" in held]
        raise DataError(
            f"the environment variable {variable} must hold the address of a database, "
            + ("it is empty" if variable in os.environ else "it is not set"),
            candidates=near(variable, known),
            mend=f"export {variable}={_FORMS}",
        )
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise DataError(
            f"the environment variable {variable} must hold an address of the form {_FORMS}, "
            "it holds something else",
            mend=f"correct {variable}; {_ESCAPES}",
        ) from None
    dialect = url.drivername.partition("+")[0]
    if dialect not in _DIALECTS:
        raise DataError(
            f"the address in {variable} must begin with postgresql, mysql, mariadb or sqlite, "
            f"it begins with {dialect}",
            candidates=near(dialect, _DIALECTS),
        )
    return url.set(drivername=_DIALECTS[dialect])


def _engine(url: "URL", variable: str) -> "Engine":
    from sqlalchemy import NullPool, create_engine

    settings: dict[str, Any] = {"poolclass": NullPool}
    backend = url.get_backend_name()
    if backend == "sqlite":
        settings["creator"] = _file(url.database, variable)
    elif "connect_timeout" not in url.query:
        settings["connect_args"] = {"connect_timeout": _TIMEOUT_S}
    if backend == "postgresql":
        settings["execution_options"] = {"postgresql_readonly": True}
    try:
        return create_engine(url, **settings)
    except ImportError:
        extra, package = ("postgresql", "psycopg") if backend == "postgresql" else (
            "mysql", "PyMySQL")  # fmt: skip
        raise DataError(
            f"the database in {variable} needs the package {package}, which is not installed",
            mend=f"pip install 'xinzhi[{extra}]'",
        ) from None
    except Exception:  # noqa: BLE001 - what a driver says of an address may hold a part of it
        raise DataError(
            f"the address in {variable} has parts that are not understood",
            mend=f"it must be of the form {_FORMS}",
        ) from None


def _file(name: str | None, variable: str) -> Any:  # noqa: ANN401 - what SQLAlchemy calls
    path = Path(name or ":memory:").expanduser()
    if not path.is_file():
        there = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(
            f"the address in {variable} must name an SQLite file, there is no such file",
            candidates=near(path.name, there),
            mend=f"export {variable}=sqlite:////folder/file.db, four strokes for a whole path",
        )
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    return lambda: sqlite3.connect(address, uri=True)


def _said(cause: BaseException) -> str:
    """What a driver says; MySQL's puts the number of the error before it."""
    words = [str(arg) for arg in cause.args if not isinstance(arg, int)]
    return words[0] if len(words) == 1 else str(cause)


def _explained(text: str, variable: str, where: str) -> DataError | None:
    lower = f"{text}\n".lower()
    for sign in _SIGNS:
        if any(word in lower for word in sign.words):
            # "relation … does not exist" is about the query, not the address
            if sign is _NO_DATABASE and not re.search(r"(database|role) [\"']", lower):
                continue
            return DataError(
                f"{where}: {sign.meaning.format(variable=variable)}",
                mend=sign.mend.format(variable=variable),
            )
    return None


def _clean(text: str, url: "URL") -> str:
    """The first lines of a message, for the rest may quote rows."""
    shown = redact(" ".join(text.strip().splitlines()[:1])[:300])
    return shown.replace(str(url.password), "***") if url.password else shown

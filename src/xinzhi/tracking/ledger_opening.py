"""Where a ledger lies: a file whose locks hold or a server, and how each is connected to."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from weakref import WeakSet

from sqlalchemy import URL, Connection, Engine, create_engine, event

from xinzhi.config.identity import redact
from xinzhi.errors import StoreError
from xinzhi.tracking import locks, remote
from xinzhi.tracking.failures import Kind

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

Probe = Callable[[Path], bool]
Synchronous = Literal["NORMAL", "FULL"]
WRITES = "xinzhi_writes"  # option of a connection: whether its transaction is to write
_BUSY_S = 20.0
_CONNECT_S = 10
_SERVERS = ("postgresql:", "postgresql+", "postgres:")
# a lock of a machine that fell silent is free after a minute instead of two hours
_KEEPALIVE = {"tcp_keepalives_idle": 30, "tcp_keepalives_interval": 10, "tcp_keepalives_count": 3}


def file_of(where: str | Path, kind: Kind) -> Path | None:
    """The whole path of an SQLite file; None for a PostgreSQL server.

    Args:
        where: a path, `sqlite:///` and a path, or `postgresql://…`.
        kind: of ledger.

    Raises:
        StoreError: it is some other address.
    """
    address = str(where)
    if address.startswith(_SERVERS):
        return None
    path = address.removeprefix("sqlite:///")
    if "://" in path:
        raise StoreError(
            f"{_key(kind)} must be the path of a file or"
            f" postgresql://USER:PASSWORD@HOST/DATABASE, was {redact(address)}",
            mend=kind.server,
        )
    return Path(path).expanduser().absolute()


def check_folder(path: Path, kind: Kind, *, probe: Probe) -> None:
    """Make the folder of a ledger and see whether its locks hold.

    Args:
        path: of the file.
        kind: of ledger.
        probe: tells whether a folder's locks hold.

    Raises:
        StoreError: they do not hold, or it is no file.
    """
    if path.is_dir():
        name = kind.elsewhere.rpartition("/")[2]
        raise StoreError(
            f"{_key(kind)} must be a file, {path} is a folder",
            mend=f"{_key(kind)}={path / name}",
        )
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True)
    if path.exists() and not locks.is_network(folder):
        return
    if locks.locks_stay_local(folder) or not probe(folder):
        system = locks.mount_of(folder)[0] or "unknown"
        raise StoreError(
            f"the {kind.name} needs a file system whose locks hold; those of {folder} (kind"
            f" {system}) do not, and two writers would damage it",
            mend=f"use a server: {kind.server}, or a local disk: {kind.elsewhere}",
        )


def local(path: Path, *, synchronous: Synchronous, own: bool = True) -> Engine:
    """The engine of an SQLite file; who is to write locks it as the transaction begins.

    Args:
        path: of the file.
        synchronous: what a loss of power may cost: of NORMAL the last moments, of FULL nothing.
        own: whether the file is ours; how another one writes its journal is left as it is.
    """
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": _BUSY_S})
    # readers and a writer do not wait for each other; needs memory that one machine shares
    mode = "DELETE" if locks.is_network(path.parent) else "WAL"

    def connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # `begin` below begins
        journal = (f"journal_mode={mode}",) if own else ()
        for pragma in (*journal, f"synchronous={synchronous}", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begin)
    _engines.add(engine)
    return engine


def served(address: str) -> Engine:
    """The engine of a PostgreSQL server.

    Args:
        address: `postgresql://USER:PASSWORD@HOST/DATABASE`.
    """
    if address.startswith("postgres:"):  # as many hosts of databases write it
        address = address.replace("postgres", "postgresql", 1)
    remote.check(address)
    timeout = {} if "connect_timeout" in address else {"connect_timeout": _CONNECT_S}
    engine = create_engine(
        address, hide_parameters=True, pool_pre_ping=True, pool_size=2, connect_args=timeout
    )

    def connected(connection: "DBAPIConnection", _: object) -> None:
        cursor = connection.cursor()
        for name, value in _KEEPALIVE.items():
            cursor.execute(f"SET {name} = {value}")
        cursor.close()
        connection.commit()

    event.listen(engine, "connect", connected)
    _engines.add(engine)
    return engine


def _key(kind: Kind) -> str:
    return kind.setting.partition("=")[0]


def _forget() -> None:
    for engine in _engines:  # connections belong to the process that made them
        engine.dispose(close=False)


_engines: WeakSet[Engine] = WeakSet()
os.register_at_fork(after_in_child=_forget)

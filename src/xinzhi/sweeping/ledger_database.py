"""The database under a ledger: opened and checked, short transactions that are tried again."""

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Float,
    cast,
    create_engine,
    event,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from xinzhi.config.identity import redact
from xinzhi.errors import StoreError
from xinzhi.sweeping import ledger_tables as tables
from xinzhi.tracking import failures, locks, remote

T = TypeVar("T")
Probe = Callable[[Path], bool]
PATIENCE_S = 60.0  # how long a locked database or a server that is away is tried again
_BUSY_S = 20.0
_CONNECT_S = 10
_SERVER = "sweep.ledger=postgresql://USER:PASSWORD@HOST/DATABASE"


class Database:
    """An SQLite file or a PostgreSQL database that holds a ledger.

    Args:
        where: path of the file, or `postgresql://…`.
        create: whether to make what is not there.
        probe: tells whether a folder's locks hold.
    """

    def __init__(
        self, where: str | Path, *, create: bool = True, probe: Probe = locks.locks_hold
    ) -> None:
        address = str(where)
        if address.startswith("postgres://"):  # as many hosts of databases write it
            address = address.replace("postgres", "postgresql", 1)
        served = address.startswith(("postgresql:", "postgresql+"))
        self.file = None if served else _file(address)
        self.place = redact(address) if self.file is None else str(self.file)
        with self._explaining():
            if self.file is None:
                remote.check(address)
                self.engine = _served(address)
            else:
                _check_folder(self.file, create=create, probe=probe)
                self.engine = _local(self.file)
            os.register_at_fork(after_in_child=self._forget)
            self._patiently(lambda: self._prepare(create=create), served_s=0)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Gives what `work` reads, all of it as it was at one moment.

        Args:
            work: reads; may be called again where it failed.
        """
        return self._transact(work, writes=False)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Writes all of `work` or nothing.

        Args:
            work: reads and writes; may be called again where it failed.
        """
        return self._transact(work, writes=True)

    def now(self, at: float | None = None) -> ColumnElement[float]:
        """Seconds since 1970: of the server's clock, which all machines share, where one is.

        Args:
            at: a moment that is to count as now.
        """
        if at is None and self.file is None:
            return cast(func.extract("epoch", func.clock_timestamp()), Float)
        return literal(time.time() if at is None else at, Float)

    def queue(self, connection: Connection, what: str) -> None:
        """Waits until no other transaction is in the same queue; SQLite has one for all writers.

        Args:
            connection: in a transaction, at whose end the next one's turn comes.
            what: names the queue.
        """
        if self.file is None:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _key(what)})

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Keeps all other processes and machines that ask for the same out meanwhile.

        Args:
            what: names it.

        Yields:
            Nothing; ends with the process, whatever ends that.
        """
        if self.file is not None:
            from filelock import FileLock

            with FileLock(f"{self.file}.{_key(what) & 0xFFFFFFFF:08x}.lock"):
                yield
            return
        connection = self._patiently(self.engine.connect)
        try:
            with self._explaining():
                self.queue(connection, what)
            yield
        finally:
            connection.close()

    def _transact(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        def once() -> T:
            with self._begun(writes=writes) as connection:
                return work(connection)

        with self._explaining():
            return self._patiently(once)

    def _patiently(self, once: Callable[[], T], *, served_s: float = PATIENCE_S) -> T:
        until = time.monotonic() + (PATIENCE_S if self.file is not None else served_s)
        pause_s = 0.02
        while True:
            try:
                return once()
            except (SQLAlchemyError, sqlite3.Error) as error:
                if not _is_passing(error) or time.monotonic() > until:
                    raise
            time.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            pause_s = min(2 * pause_s, 2.0)

    def _prepare(self, *, create: bool) -> None:
        with self._begun(writes=create) as connection:
            if create:
                self.queue(connection, "opening")
            there = self.engine.dialect.has_table(connection, tables.about.name)
            if not there and not create:
                raise _missing(self.place)
            if not there:
                tables.METADATA.create_all(connection)
                row = {"key": "schema", "value": str(tables.SCHEMA)}
                connection.execute(tables.about.insert(), row)
            self._check_schema(connection)

    @contextmanager
    def _begun(self, *, writes: bool) -> Iterator[Connection]:
        options = self.engine.connect().execution_options(xinzhi_writes=writes)
        with options as connection, connection.begin():
            yield connection

    def _check_schema(self, connection: Connection) -> None:
        query = select(tables.about.c.value).where(tables.about.c.key == "schema")
        found = connection.execute(query).scalar()
        if found != str(tables.SCHEMA):
            raise StoreError(
                f"the ledger at {self.place} must have the schema {tables.SCHEMA}, it has {found}:"
                " another version of xinzhi wrote it",
                mend="use the version that wrote it, or another ledger: sweep.ledger=…",
            )

    def _forget(self) -> None:
        self.engine.dispose(close=False)  # connections belong to the process that made them

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            known = failures.explained(error, uri=self.place, path=self.place)
            raise StoreError(known.message, mend=known.mend) from error


def _file(address: str) -> Path:
    if "://" in address and not address.startswith("sqlite:///"):
        raise StoreError(
            "sweep.ledger must be the path of a file or postgresql://USER:PASSWORD@HOST/DATABASE,"
            f" was {redact(address)}",
            mend=_SERVER,
        )
    return Path(address.removeprefix("sqlite:///")).expanduser().absolute()


def _missing(place: str) -> StoreError:
    return StoreError(f"there is no ledger at {place}", mend="xinzhi train -m … makes one")


def _check_folder(path: Path, *, create: bool, probe: Probe) -> None:
    if not path.exists() and not create:
        raise _missing(str(path))
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True)
    if path.exists() and not locks.is_network(folder):
        return
    if locks.locks_stay_local(folder) or not probe(folder):
        kind = locks.mount_of(folder)[0] or "unknown"
        raise StoreError(
            f"the ledger of a sweep needs a file system whose locks hold; those of {folder} (kind"
            f" {kind}) do not, and two workers would damage it",
            mend=_SERVER,
        )


def _local(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}", hide_parameters=True, connect_args={"timeout": _BUSY_S}
    )
    # readers and a writer do not wait for each other; needs memory that one machine shares
    mode = "DELETE" if locks.is_network(path.parent) else "WAL"

    def connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # SQLAlchemy's `begin` below begins
        for pragma in (f"journal_mode={mode}", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("xinzhi_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begin)
    return engine


def _served(address: str) -> Engine:
    settings: dict[str, Any] = {}
    if "connect_timeout" not in address:
        settings["connect_timeout"] = _CONNECT_S
    return create_engine(
        address, hide_parameters=True, pool_pre_ping=True, pool_size=2, connect_args=settings
    )


def _key(what: str) -> int:
    digest = blake2b(f"xinzhi {what}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _is_passing(error: Exception) -> bool:
    return failures.is_passing(error) or "deadlock detected" in str(error)

"""The database under a ledger: opened and checked, short transactions that are tried again."""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Float, func, literal, select, text
from sqlalchemy.exc import SQLAlchemyError

from xinzhi.config.identity import redact
from xinzhi.errors import StoreError
from xinzhi.sweeping import ledger_opening as opening
from xinzhi.sweeping import ledger_tables as tables
from xinzhi.tracking import failures, locks

T = TypeVar("T")
PATIENCE_S = 60.0  # how long a locked database or a server that is away is tried again
_OPENING_S = 5.0  # the address may be wrong: then one does not want to wait


class Database:
    """An SQLite file or a PostgreSQL database that holds a ledger.

    Args:
        where: path of the file, or `postgresql://…`.
        create: whether to make what is not there.
        probe: tells whether a folder's locks hold.
    """

    def __init__(
        self, where: str | Path, *, create: bool = True, probe: opening.Probe = locks.locks_hold
    ) -> None:
        self.file = opening.file_of(where)
        self.address = str(self.file or where)  # which may hold a password
        self.place = redact(self.address)
        with self._explaining():
            if self.file is not None:
                opening.check_folder(self.file, create=create, probe=probe)
            self.engine = opening.local(self.file) if self.file else opening.served(str(where))
            self._patiently(lambda: self._prepare(create=create), served_s=_OPENING_S)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Gives what `work` reads.

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
            return func.date_part("epoch", func.clock_timestamp(), type_=Float)
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
        with self._explaining():
            connection = self._patiently(lambda: self._queued(what))
        with connection:
            yield

    def _queued(self, what: str) -> Connection:
        connection = self.engine.connect()
        try:
            self.queue(connection, what)
        except BaseException:
            connection.close()
            raise
        return connection

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
                raise opening.NoLedgerError(self.place)
            if not there:
                tables.METADATA.create_all(connection)
                row = {"key": "schema", "value": str(tables.SCHEMA)}
                connection.execute(tables.about.insert(), row)
            self._check_schema(connection)

    @contextmanager
    def _begun(self, *, writes: bool) -> Iterator[Connection]:
        options = self.engine.connect().execution_options(**{opening.WRITES: writes})
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

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, PermissionError) as error:
            known = failures.explained(error, uri=self.place, path=self.place, kind=opening.KIND)
            raise StoreError(known.message, mend=known.mend) from error


def _key(what: str) -> int:
    digest = blake2b(f"xinzhi {what}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _is_passing(error: Exception) -> bool:
    return failures.is_passing(error) or "deadlock detected" in str(error)

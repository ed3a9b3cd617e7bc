"""The database under a ledger: opened and checked, short transactions that are tried again."""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    MetaData,
    Table,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from xinzhi.config.identity import redact
from xinzhi.errors import StoreError
from xinzhi.tracking import failures, locks
from xinzhi.tracking import ledger_opening as opening

T = TypeVar("T")
PATIENCE_S = 60.0  # how long a locked database or a server that is away is tried again
FOREVER_S = float("inf")
_OPENING_S = 5.0  # the address may be wrong: then one does not want to wait


class Form(NamedTuple):
    """What a ledger is made of.

    Attributes:
        metadata: its tables.
        about: the one of them that says `schema`, with the columns `key` and `value`.
        schema: version of the tables.
        kind: words for it.
        absent: what is said where it is not, given its place.
        made: further statements once the tables are made, by the database's dialect.
        synchronous: what a loss of power may cost a file.
    """

    metadata: MetaData
    about: Table
    schema: int
    kind: failures.Kind
    absent: Callable[[object], StoreError]
    made: Callable[[str], Sequence[str]] = lambda _: ()
    synchronous: opening.Synchronous = "NORMAL"


class Database:
    """An SQLite file or a PostgreSQL database that holds a ledger.

    Args:
        where: path of the file, or `postgresql://…`.
        form: what the ledger is made of.
        create: whether to make what is not there.
        probe: tells whether a folder's locks hold.
    """

    def __init__(
        self,
        where: str | Path,
        form: Form,
        *,
        create: bool = True,
        probe: opening.Probe = locks.locks_hold,
    ) -> None:
        self._form = form
        self.file = opening.file_of(where, form.kind)
        self.address = str(self.file or where)  # which may hold a password
        self.place = redact(self.address)
        with self._explaining():
            if self.file is not None:
                if not create and not self.file.exists():
                    raise form.absent(self.file)
                opening.check_folder(self.file, form.kind, probe=probe)
                self.engine = opening.local(self.file, synchronous=form.synchronous)
            else:
                self.engine = opening.served(str(where))
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
    def alone(self, what: str, *, timeout_s: float = FOREVER_S) -> Iterator[None]:
        """Keeps all other processes and machines that ask for the same out meanwhile.

        Args:
            what: names it.
            timeout_s: how long to wait for one's turn.

        Yields:
            Nothing; ends with the process, whatever ends that.
        """
        if self.file is not None:
            with self._locked(what, timeout_s):
                yield
            return
        with self._explaining():
            connection = self._patiently(lambda: self._queued(what, timeout_s))
        with connection:
            yield

    @contextmanager
    def _locked(self, what: str, timeout_s: float) -> Iterator[None]:
        from filelock import FileLock, Timeout

        path = f"{self.file}.{_key(what) & 0xFFFFFFFF:08x}.lock"
        lock = FileLock(path, timeout=-1 if timeout_s == FOREVER_S else timeout_s)
        try:
            lock.acquire()
        except Timeout as error:
            raise self._occupied(what, timeout_s, f"`fuser {path}` names it") from error
        try:
            yield
        finally:
            lock.release()

    def _occupied(self, what: str, timeout_s: float, which: str) -> StoreError:
        return StoreError(
            f"another process has held the {self._form.kind.name} ({what}) at {self.place} for"
            f" {timeout_s:.0f} s",
            mend=f"wait, or end that process ({which}), then run the command again",
        )

    def _queued(self, what: str, timeout_s: float) -> Connection:
        connection = self.engine.connect()
        try:
            if timeout_s != FOREVER_S:
                connection.execute(text(f"SET LOCAL lock_timeout = {int(1000 * timeout_s)}"))
            self.queue(connection, what)
            connection.execute(text("SET LOCAL lock_timeout = 0"))
        except SQLAlchemyError as error:
            connection.close()
            if "due to lock timeout" in str(error):
                which = "SELECT * FROM pg_stat_activity names it"
                raise self._occupied(what, timeout_s, which) from error
            raise
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
            there = self.engine.dialect.has_table(connection, self._form.about.name)
            if not there and not create:
                raise self._form.absent(self.place)
            if not there:
                self._make(connection)
            self._check_schema(connection)

    def _make(self, connection: Connection) -> None:
        form = self._form
        form.metadata.create_all(connection)
        for statement in form.made(connection.dialect.name):
            connection.exec_driver_sql(statement)
        connection.execute(form.about.insert(), {"key": "schema", "value": str(form.schema)})

    @contextmanager
    def _begun(self, *, writes: bool) -> Iterator[Connection]:
        options = self.engine.connect().execution_options(**{opening.WRITES: writes})
        with options as connection, connection.begin():
            yield connection

    def _check_schema(self, connection: Connection) -> None:
        form = self._form
        query = select(form.about.c.value).where(form.about.c.key == "schema")
        found = connection.execute(query).scalar()
        if found != str(form.schema):
            raise StoreError(
                f"the {form.kind.name} at {self.place} must have the schema {form.schema}, it has"
                f" {found}: another version of xinzhi wrote it",
                mend=f"use the version that wrote it, or another ledger: {form.kind.setting}",
            )

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, PermissionError) as error:
            known = failures.explained(error, uri=self.place, path=self.place, kind=self._form.kind)
            raise StoreError(known.message, mend=known.mend) from error


def _key(what: str) -> int:
    digest = blake2b(f"xinzhi {what}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _is_passing(error: Exception) -> bool:
    return failures.is_passing(error) or "deadlock detected" in str(error)

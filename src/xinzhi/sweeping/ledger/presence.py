"""Who is at a sweep just now: workers and controllers, on this machine and on others."""

import os
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Self

from sqlalchemy import Connection, delete, func, select

from xinzhi.config.identity import program
from xinzhi.sweeping.ledger.holders import is_dead
from xinzhi.sweeping.ledger.patience import patiently
from xinzhi.sweeping.ledger.tables import jobs, present

if TYPE_CHECKING:
    from xinzhi.sweeping.ledger.ledger import Ledger

CONTROLLED = "XINZHI_CONTROLLER"  # tells workers who started them, wherever they are
LEASE_S = 60.0


class Present(NamedTuple):
    """A process that is at a sweep.

    Attributes:
        who: it.
        controller: that started it; itself where it is one, None for a worker of nobody's.
        jobs: that it holds.
    """

    who: str
    controller: str | None
    jobs: int

    @property
    def host(self) -> str:
        """Its machine."""
        return self.who.partition(":")[0]


class Presence:
    """Lets others know that this process is at a sweep, for as long as the context lasts.

    Args:
        ledger: holds the sweep.
        name: of it.
        who: this process.
        controller: that started it.
        lease_s: after so many seconds without a word it counts as gone.
    """

    def __init__(
        self,
        ledger: "Ledger",
        name: str,
        who: str,
        *,
        controller: str | None,
        lease_s: float = LEASE_S,
    ) -> None:
        self._ledger, self._row = ledger, {"sweep": name, "who": who, "controller": controller}
        self._lease_s, self._over = lease_s, threading.Event()
        self._thread = threading.Thread(target=self._stay, name="presence", daemon=True)

    def __enter__(self) -> Self:
        patiently(self._write)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=self._lease_s)
        with suppress(Exception):  # it runs out by itself
            self._ledger.database.write(self._remove)

    def _stay(self) -> None:
        while not self._over.wait(self._lease_s / 4):
            with suppress(Exception):  # a ledger that is away for a while
                self._write()

    def _write(self) -> None:
        database = self._ledger.database

        def work(connection: Connection) -> None:
            if not _is_there(connection):  # in a ledger of an earlier version
                database.queue(connection, "opening")
                present.create(connection, checkfirst=True)
            self._remove(connection)
            until = database.now() + self._lease_s
            connection.execute(present.insert().values(**self._row, until=until))

        if not self._over.is_set():
            database.write(work)

    def _remove(self, connection: Connection) -> None:
        mine = (present.c.sweep == self._row["sweep"], present.c.who == self._row["who"])
        connection.execute(delete(present).where(*mine))


def there(ledger: "Ledger", name: str) -> list[Present]:
    """Gives who is at a sweep: whoever said so lately or holds a job, and is not known to be dead.

    Args:
        ledger: holds it.
        name: of it.
    """
    database = ledger.database
    held = (
        select(jobs.c.worker, func.count())
        .where(jobs.c.sweep == name, jobs.c.state == "running")
        .where(jobs.c.lease_until >= database.now())
        .group_by(jobs.c.worker)
    )
    said = select(present.c.who, present.c.controller).where(
        present.c.sweep == name, present.c.until >= database.now()
    )

    def work(connection: Connection) -> tuple[dict[str, int], dict[str, str | None]]:
        holding = {who: number for who, number in connection.execute(held) if who}
        told = connection.execute(said).all() if _is_there(connection) else ()
        return holding, dict(map(tuple, told))

    holding, told = database.read(work)
    everyone = sorted({*holding, *told})
    return [
        Present(who, told.get(who), holding.get(who, 0)) for who in everyone if not is_dead(who)
    ]


def elsewhere(ledger: "Ledger", name: str, me: str) -> list[Present]:
    """Gives who is at a sweep beside a controller and the workers that it started.

    Args:
        ledger: holds it.
        name: of it.
        me: the controller.
    """
    return [one for one in there(ledger, name) if me not in (one.who, one.controller)]


def told(others: Sequence[Present], name: str) -> str:
    """Says how many others hold jobs, where, and what becomes of them.

    Args:
        others: than whoever says it.
        name: of the sweep.
    """
    holding = Counter(one.host for one in others if one.jobs)
    number = sum(holding.values())
    if not number:
        return ""
    places = ", ".join(f"{count} on {host}" for host, count in sorted(holding.items()))
    workers = "1 worker" if number == 1 else f"{number} workers"
    return (
        f"{workers} elsewhere at it ({places}): what runs there goes on to its end, "
        f"`{program()} sweep stop {name}` stops it at once"
    )


def controller_of_this() -> str | None:
    """Gives the controller that started this process; None where nobody did."""
    return os.environ.get(CONTROLLED)


def _is_there(connection: Connection) -> bool:
    return connection.dialect.has_table(connection, present.name)

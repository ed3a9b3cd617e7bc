"""Jobs that are to run again: their code or rows have changed, or more of them were asked for."""

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete

from xinzhi.sweeping import ledger_claims as claims
from xinzhi.sweeping.final import FINAL
from xinzhi.sweeping.ledger_tables import jobs as table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinzhi.sweeping.ledger import Ledger
    from xinzhi.sweeping.records import Job, Sweep


def renew(ledger: "Ledger", jobs: "Sequence[Job]") -> int:
    """Enters jobs anew whose training is another one by now; gives how many they were.

    Args:
        ledger: holds the sweep.
        jobs: of one sweep, as they would be entered today.
    """

    def work(connection: Connection) -> int:
        gone = 0
        for job in jobs:
            other = (table.c.identity != job.identity, table.c.state != "running")
            gone += connection.execute(delete(table).where(*claims.one(job), *other)).rowcount
        return gone

    stale = ledger.database.write(work)
    if stale:
        ledger.add(jobs)
    return stale


def reopen(ledger: "Ledger", name: str) -> "Sweep":
    """Lets a sweep go on: the best configuration is chosen again when its jobs have ended.

    Args:
        ledger: holds it.
        name: of the sweep.
    """

    def work(connection: Connection) -> None:
        one = (table.c.sweep == name, table.c.number == FINAL, table.c.state != "running")
        connection.execute(delete(table).where(*one))

    ledger.database.write(work)
    return ledger.change(name, phase="open")

"""Jobs that are to run again: their code or rows have changed, or more of them were asked for."""

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete

from xinzhi.sweeping.ledger import claims
from xinzhi.sweeping.ledger.tables import jobs as table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinzhi.sweeping.ledger.ledger import Ledger
    from xinzhi.sweeping.records import Job


def renew(ledger: "Ledger", jobs: "Sequence[Job]") -> int:
    """Enters jobs whose training is another one by now; gives how many were there as another.

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
    ledger.add(jobs)
    return stale

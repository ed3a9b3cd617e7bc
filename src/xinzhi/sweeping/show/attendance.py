"""Who is at a sweep, and how many jobs of its search there are in each state."""

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import select

from xinzhi.sweeping.ledger.tables import jobs
from xinzhi.sweeping.records import State, Sweep
from xinzhi.sweeping.search.final import FINAL
from xinzhi.sweeping.show.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xinzhi.sweeping.ledger.ledger import Ledger
    from xinzhi.sweeping.ledger.presence import Present


def unattended(sweep: Sweep, there: "Sequence[Present]") -> str:
    """Says that nobody looks after a sweep, and who is at it still; nothing where somebody does.

    Args:
        sweep: it.
        there: who is at it.
    """
    if sweep.phase not in {"open", "draining"} or any(one.who == one.controller for one in there):
        return ""
    hosts = Counter(one.host for one in there)
    places = ", ".join(f"{count} on {host}" for host, count in sorted(hosts.items()))
    told = "nobody looks after the sweep now: who began it is gone"
    if not there:
        return told
    held = sum(one.jobs for one in there)
    verb = "is" if len(there) == 1 else "are"
    return f"{told}; {counted(len(there), 'worker')} {verb} still at it ({places}), {_held(held)}"


def of_the_search(ledger: "Ledger") -> list[tuple[Sweep, dict[State, int]]]:
    """Gives all sweeps, newest first, with the jobs of their search by state.

    The job that tests and registers the best configuration is none of them.

    Args:
        ledger: holds them.
    """
    query = select(jobs.c.sweep, jobs.c.state).where(jobs.c.number == FINAL)
    rows = ledger.database.read(lambda connection: connection.execute(query).all())
    last: Mapping[str, State] = dict(map(tuple, rows))
    return [
        (sweep, {state: n - (last.get(sweep.name) == state) for state, n in counts.items()})
        for sweep, counts in ledger.sweeps()
    ]


def _held(jobs: int) -> str:
    return f"with {counted(jobs, 'job')}" if jobs else "with no job"

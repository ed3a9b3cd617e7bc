"""What the attempts at a job leave on the disk once it has ended: weights at most."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xinzhi.sweeping.ledger.ledger import Ledger
    from xinzhi.sweeping.records import Job

EARLIER = "earlier"  # among a job's attributes: runs of attempts that others went on from


def superseded(job: "Job") -> dict[str, object]:
    """Gives the attributes that note that another run goes on where the job's last one ended.

    Args:
        job: that is tried again.
    """
    earlier = [*job.attrs.get(EARLIER, ()), *([job.run_id] if job.run_id else [])]
    return {EARLIER: list(dict.fromkeys(earlier))}


def tidy(ledger: "Ledger", jobs: "Iterable[Job]", uri: "Callable[[], str | None]") -> None:
    """Removes what only somebody who goes on with these jobs would need.

    Args:
        ledger: holds them.
        jobs: that have ended for good, as they were claimed.
        uri: gives that of the tracking store.
    """
    from xinzhi.tracking import leftovers
    from xinzhi.tracking.store import open_store

    now = [ledger.job(job.sweep, job.number) for job in jobs if job.attempts]
    # a run that came to its end has kept weights alone
    rest = [job.run_id for job in now if job.run_id and job.state != "finished"]
    gone = [run for job in now for run in job.attrs.get(EARLIER, ()) if run != job.run_id]
    if not rest and not gone:
        return
    store = open_store(uri())  # which settles runs of dead processes
    for run_id in gone:
        leftovers.drop(store, run_id)
    for run_id in rest:
        leftovers.keep_weights(store, run_id)

"""What a job gets without a training: the result of a finished one of the same identity."""

import time
from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from xinzhi.sweeping.ledger import tables
from xinzhi.sweeping.records import Job, Sweep

AT_ONCE = 200  # results taken over in one transaction, so that it stays short
_jobs = tables.jobs


def take_over(
    connection: Connection, name: str, wanted: Sequence[str], after: int = -1
) -> int | None:
    """Gives waiting jobs the results of finished ones of the same identity.

    Args:
        connection: in a transaction that writes.
        name: of the sweep whose jobs wait.
        wanted: that sweep's objectives.
        after: a number up to which the jobs have been looked at.

    Returns:
        The number up to which they have been looked at now; None where these were all.
    """
    waiting, donor = _jobs.alias("waiting"), _jobs.alias("donor")
    donors = [donor.c[column.name] for column in tables.JOB]
    query = (
        select(waiting.c.number, tables.sweeps.c.document, *donors)
        .join(donor, donor.c.identity == waiting.c.identity)
        .join(tables.sweeps, tables.sweeps.c.name == donor.c.sweep)
        .where(waiting.c.sweep == name, waiting.c.state == "waiting", waiting.c.number > after)
        .where(donor.c.state == "finished")
        # the one that was trained, before those that took its result over and may outlive it
        .order_by(waiting.c.number, donor.c.cached_from.is_not(None), donor.c.ended)
        .limit(AT_ONCE)
    )
    rows = connection.execute(query).all()
    taken: dict[int, dict[str, object]] = {}
    for number, document, *row in rows:
        result = _result(tables.job(row), tables.sweep(document), wanted)
        if result is not None:
            taken.setdefault(number, result)
    for number, result in taken.items():
        where = (_jobs.c.sweep == name, _jobs.c.number == number, _jobs.c.state == "waiting")
        connection.execute(update(_jobs).where(*where).values(**result))
    return rows[-1][0] if len(rows) == AT_ONCE else None


def _result(donor: Job, sweep: Sweep, wanted: Sequence[str]) -> dict[str, object] | None:
    """What another job's result is to a sweep; None where it lacks one of its objectives."""
    values, same = donor.values, tuple(wanted) == sweep.objectives
    if not same:
        if any(objective not in donor.metrics for objective in wanted):
            return None
        values = tuple(donor.metrics[objective] for objective in wanted)
    found = {
        "values": values,
        "metrics": donor.metrics,
        # reports are of the first objective
        "reports": donor.reports if wanted[0] == sweep.objectives[0] else {},
    }
    return {
        **{key: tables.written(key, value) for key, value in found.items()},
        "state": "finished",
        "cached_from": donor.cached_from or donor.name,
        "run_id": donor.run_id,
        "progress": 1.0,
        "ended": time.time(),
    }

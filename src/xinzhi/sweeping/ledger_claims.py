"""Which job a worker gets next, and what it gets without a training: statements on a connection."""

import json
import time
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, exists, func, select, update

from xinzhi.config.near import UnknownNameError
from xinzhi.sweeping import ledger_tables as tables
from xinzhi.sweeping.records import Job, Sweep

AT_ONCE = 200  # results taken over in one transaction, so that it stays short
_jobs = tables.jobs


def find(connection: Connection, name: str, *, lock: bool = False) -> Sweep:
    """The sweep of a name.

    Args:
        connection: in a transaction.
        name: of the sweep.
        lock: whether it is to be changed.

    Raises:
        UnknownNameError: there is none.
    """
    query = select(tables.sweeps.c.document).where(tables.sweeps.c.name == name)
    document = connection.execute(query.with_for_update() if lock else query).scalar()
    if document is None:
        known = connection.execute(select(tables.sweeps.c.name)).scalars().all()
        raise UnknownNameError("the sweep", name, known, mend="xinzhi sweep list")
    return tables.sweep(document)


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
        .where(donor.c.state == "finished", donor.c.cached_from.is_(None))
        .order_by(waiting.c.number, donor.c.ended)
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
        "cached_from": donor.name,
        "run_id": donor.run_id,
        "progress": 1.0,
        "ended": time.time(),
    }


def take(
    connection: Connection, name: str, worker: str, *, now: ColumnElement[float], lease_s: float
) -> Job | None:
    """Gives the worker the next waiting job whose twin does not run anywhere.

    Args:
        connection: in a transaction that writes.
        name: of the sweep.
        worker: who asks.
        now: the moment.
        lease_s: how long the job is the worker's without a beat.
    """
    twin = _jobs.alias("twin")
    runs = exists().where(
        twin.c.identity == _jobs.c.identity, twin.c.state == "running", twin.c.lease_until >= now
    )
    query = (
        select(_jobs.c.number)
        .where(_jobs.c.sweep == name, _jobs.c.state == "waiting", ~runs)
        .order_by(_jobs.c.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    number = connection.execute(query).scalar()
    if number is None:
        return None
    mine = (_jobs.c.sweep == name, _jobs.c.number == number)
    connection.execute(
        update(_jobs)
        .where(*mine)
        .values(
            state="running",
            worker=worker,
            lease_until=now + lease_s,
            attempts=_jobs.c.attempts + 1,
            started=now,
            ended=None,
            error=None,
        )
    )
    return tables.job(connection.execute(select(*tables.JOB).where(*mine)).one())


def report(
    connection: Connection, where: Sequence[ColumnElement[bool]], step: int, value: float
) -> None:
    """Notes a value; those of later steps are of an earlier attempt and are dropped.

    Args:
        connection: in a transaction that writes.
        where: which job.
        step: of the training, which only goes forward.
        value: of the first objective.
    """
    query = select(_jobs.c.reports).where(*where).with_for_update()
    text = connection.execute(query).scalar()
    if text is None:
        return
    kept = {at: one for at, one in json.loads(text).items() if int(at) < step}
    kept[str(step)] = float(value)
    connection.execute(update(_jobs).where(*where).values(reports=json.dumps(kept)))


def counts(connection: Connection) -> Sequence[tuple[str, str, str | None, int]]:
    """Name, document, state and number of jobs of all sweeps, newest first.

    Args:
        connection: in a transaction.
    """
    query = (
        select(tables.sweeps.c.name, tables.sweeps.c.document, _jobs.c.state, func.count())
        .join(_jobs, _jobs.c.sweep == tables.sweeps.c.name, isouter=True)
        .group_by(tables.sweeps.c.name, _jobs.c.state)
        .order_by(tables.sweeps.c.created.desc(), tables.sweeps.c.name)
    )
    return [tuple(row) for row in connection.execute(query)]

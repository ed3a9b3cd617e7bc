"""Statements on the rows of a ledger: which job a worker gets next, what it notes of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from xinzhi.config.near import UnknownNameError
from xinzhi.sweeping.ledger import tables
from xinzhi.sweeping.records import Job, State, Sweep

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


def counts(connection: Connection) -> list[tuple[str, str, State | None, int]]:
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
    return [(name, text, state, n) for name, text, state, n in connection.execute(query)]


def one(job: Job) -> tuple[ColumnElement[bool], ...]:
    """Conditions that pick one job.

    Args:
        job: any.
    """
    return _jobs.c.sweep == job.sweep, _jobs.c.number == job.number


def held(job: Job, worker: str | None) -> tuple[ColumnElement[bool], ...]:
    """Conditions that pick one job while this attempt of it is the worker's.

    Args:
        job: as it was claimed.
        worker: who holds it.
    """
    attempt = (_jobs.c.attempts == job.attempts,) if job.attempts else ()
    return *one(job), _jobs.c.worker == worker, *attempt


def insert(connection: Connection, jobs: Sequence[Job]) -> None:
    """Enters jobs but those whose sweep and number are there.

    Args:
        connection: in a transaction that writes.
        jobs: of sweeps that are there.
    """
    served = connection.dialect.name == "postgresql"
    query = postgresql.insert(_jobs) if served else sqlite.insert(_jobs)
    if jobs:
        connection.execute(query.on_conflict_do_nothing(), tables.job_rows(jobs))


def keep(connection: Connection, job: Job, attrs: Mapping[str, Any]) -> None:
    """Adds to the attributes of a job.

    Args:
        connection: in a transaction that writes.
        job: of any state.
        attrs: plain values.
    """
    query = select(_jobs.c.attrs).where(*one(job)).with_for_update()
    kept = json.loads(connection.execute(query).scalar_one())
    text = tables.written("attrs", {**kept, **attrs})
    connection.execute(update(_jobs).where(*one(job)).values(attrs=text))

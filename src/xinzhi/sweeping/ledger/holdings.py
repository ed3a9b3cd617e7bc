"""What is done with a job while somebody holds it: every change is the holder's alone."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update

from xinzhi.sweeping.ledger import claims, results, tables
from xinzhi.sweeping.ledger.database import Database
from xinzhi.sweeping.records import Job, State

_jobs = tables.jobs
Condition = ColumnElement[bool]


class Holdings:
    """The part of a ledger that workers write.

    Args:
        database: opened.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def claim(self, name: str, worker: str, *, lease_s: float) -> Job | None:
        """Gives the next waiting job by number; None where no job may be begun now.

        Jobs that were finished in any sweep get that result; one whose twin runs is left for now.

        Args:
            name: of the sweep.
            worker: who asks.
            lease_s: how long the job is the worker's without a beat.
        """
        wanted = self.database.read(lambda c: claims.find(c, name)).objectives
        after = -1

        def work(connection: Connection) -> tuple[int | None, Job | None]:
            self.database.queue(connection, "claims")  # two must not claim twins at once
            now = self.database.now()
            seen = results.take_over(connection, name, wanted, after)
            if seen is not None:
                return seen, None
            return None, claims.take(connection, name, worker, now=now, lease_s=lease_s)

        while True:
            seen, found = self.database.write(work)
            if seen is None:
                return found
            after = seen

    def started(self, job: Job, worker: str, *, run_id: str | None, log: str | None = None) -> None:
        """Notes the run of a job and where its output goes.

        Args:
            job: claimed.
            worker: who holds it.
            run_id: of its MLflow run.
            log: file of its output.
        """
        more = {} if log is None else {"log": log}
        self._change(job, worker, run_id=run_id, **more)

    def beat(self, job: Job, worker: str, *, lease_s: float, progress: float | None = None) -> bool:
        """Extends the lease; says False where it was lost, and then the job must be stopped.

        Args:
            job: claimed.
            worker: who holds it.
            lease_s: how long the job is the worker's without a further beat.
            progress: share of the training that is done.
        """
        more = {} if progress is None else {"progress": progress}
        return self._change(job, worker, lease_s=lease_s, **more)

    def regain(self, job: Job, worker: str, *, lease_s: float) -> bool:
        """Takes a job up again whose lease ran out, if nobody else has begun it; says whether.

        Args:
            job: as it was claimed.
            worker: who held it, and works on it still.
            lease_s: how long the job is the worker's without a beat.
        """
        lost = (_jobs.c.state == "waiting", _jobs.c.lease_until.is_not(None))  # not given back

        def work(connection: Connection) -> bool:
            self.database.queue(connection, "claims")
            row = {"state": "running", "lease_until": self.database.now() + lease_s}
            query = update(_jobs).where(*claims.held(job, worker), *lost).values(**row)
            return connection.execute(query).rowcount == 1

        return self.database.write(work)

    def report(self, job: Job, step: int, value: float) -> None:
        """Notes a value of the first objective; nothing where the lease was lost.

        Args:
            job: claimed.
            step: of the training; what was noted of later steps was another attempt's.
            value: on validation.
        """
        mine = claims.held(job, job.worker) if job.worker else claims.one(job)
        where = (*mine, _jobs.c.state == "running")
        self.database.write(lambda c: claims.report(c, where, step, value))

    def keep_attrs(self, job: Job, attrs: Mapping[str, Any]) -> None:
        """Keeps what a pruner wants to find again beside what it kept before.

        Args:
            job: of any state.
            attrs: plain values.
        """
        self.database.write(lambda c: claims.keep(c, job, attrs))

    def finish(
        self,
        job: Job,
        worker: str,
        *,
        values: Sequence[float],
        metrics: Mapping[str, float],
        run_id: str | None,
    ) -> bool:
        """Ends a job with its result; says False, nothing written, where the lease was lost.

        Args:
            job: claimed.
            worker: who holds it.
            values: of the sweep's objectives.
            metrics: of the kept weights, on validation.
            run_id: of its MLflow run.
        """
        result = {"values": values, "metrics": metrics, "run_id": run_id, "progress": 1.0}
        return self._change(job, worker, **_as_of_now("finished"), **result)

    def fail(self, job: Job, worker: str, *, error: str) -> bool:
        """Ends a job that failed; says False, nothing written, where the lease was lost.

        Args:
            job: claimed.
            worker: who holds it.
            error: why, in one message.
        """
        return self._change(job, worker, **_as_of_now("failed"), error=error)

    def prune(self, job: Job, worker: str) -> bool:
        """Ends a running job as not worth its time; says False where the lease was lost.

        Args:
            job: claimed.
            worker: who holds it.
        """
        return self._change(job, worker, **_as_of_now("pruned"))

    def release(self, job: Job, worker: str, *, retry: Sequence[str] = ()) -> bool:
        """Lets a running job wait again; says False where the lease was lost.

        Args:
            job: claimed.
            worker: who holds it.
            retry: overrides that the next attempt needs on top; what was noted before if empty.
        """
        more = {"retry": retry} if retry else {}
        return self._change(job, worker, state="waiting", lease_until=None, **more)

    def reclaim(
        self, name: str, *, is_dead: Callable[[str], bool], now: float | None = None
    ) -> list[Job]:
        """Lets jobs wait again whose lease ran out or whose worker died; gives them as they were.

        Args:
            name: of the sweep.
            is_dead: tells whether a worker is known to be dead.
            now: seconds since 1970; the clock by default.
        """
        is_over = func.coalesce(_jobs.c.lease_until, 0.0) < self.database.now(now)
        query = select(is_over, *tables.JOB).where(
            _jobs.c.sweep == name, _jobs.c.state == "running"
        )
        rows = self.database.read(lambda connection: connection.execute(query).all())
        seen = [(row[0], tables.job(row[1:])) for row in rows]
        dead = {worker: is_dead(worker) for worker in {job.worker for _, job in seen} if worker}
        lost = [job for over, job in seen if over or dead.get(job.worker or "", True)]
        return [job for job in lost if self._take_back(job)]

    def _take_back(self, job: Job) -> bool:
        no_beat = _jobs.c.lease_until.is_not_distinct_from(job.lease_until)  # since it was seen
        # the lease stays as it was: by it whoever held the job can still take it up again
        return self._change(job, job.worker, no_beat, state="waiting")

    def _change(self, job: Job, worker: str | None, *where: Condition, **fields: Any) -> bool:  # noqa: ANN401
        lease_s = fields.pop("lease_s", None)
        row = {name: tables.written(name, value) for name, value in fields.items()}
        mine = claims.held(job, worker)
        # where the connection broke as it was written, it is tried again and was done before
        done = [_jobs.c[name] == row[name] for name in ("state", "ended") if name in row]

        def work(connection: Connection) -> bool:
            lease = {} if lease_s is None else {"lease_until": self.database.now() + lease_s}
            query = update(_jobs).where(*mine, _jobs.c.state == "running", *where)
            if connection.execute(query.values(**row, **lease)).rowcount == 1:
                return True
            again = select(_jobs.c.number).where(*mine, *done)
            return len(done) == 2 and connection.execute(again).first() is not None

        return self.database.write(work)


def _as_of_now(state: State) -> dict[str, Any]:
    return {"state": state, "lease_until": None, "ended": time.time()}

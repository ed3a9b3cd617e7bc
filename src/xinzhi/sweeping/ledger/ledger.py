"""The ledger of sweeps: who does which job, what came of it; shared by processes and machines."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, get_args

from sqlalchemy import Connection, Row, Select, func, select, update
from sqlalchemy.exc import IntegrityError

from xinzhi.errors import ConfigError
from xinzhi.sweeping.ledger import claims, tables
from xinzhi.sweeping.ledger.database import Database
from xinzhi.sweeping.ledger.holdings import Holdings
from xinzhi.sweeping.records import Job, State, Sweep

_jobs, _sweeps = tables.jobs, tables.sweeps


class Ledger(Holdings):
    """Sweeps and their jobs in a database.

    Args:
        database: opened.
    """

    @classmethod
    def open(cls, where: str | Path, *, create: bool = True) -> Self:
        """Opens a ledger.

        Args:
            where: path of an SQLite file, or `postgresql://…`.
            create: whether to make it where there is none.
        """
        return cls(Database(where, create=create))

    @property
    def place(self) -> str:
        """Where it is, for a person: a file, or an address without its password."""
        return self.database.place

    def close(self) -> None:
        """Closes its connections; they are opened again if need be."""
        self.database.engine.dispose()

    def create(self, sweep: Sweep, jobs: Sequence[Job]) -> Sweep:
        """Enters a sweep with its first jobs, all or nothing.

        Args:
            sweep: with a name of its own; `created` is set where it is 0.
            jobs: of it.

        Raises:
            ConfigError: there is a sweep of that name.
        """
        made = replace(sweep, created=sweep.created or time.time())

        def work(connection: Connection) -> None:
            known = select(_sweeps.c.name).where(_sweeps.c.name == made.name)
            if connection.execute(known).first() is not None:
                raise _taken(made.name)
            try:
                connection.execute(_sweeps.insert(), tables.sweep_row(made))
            except IntegrityError as error:  # on a server, another was first
                raise _taken(made.name) from error
            claims.insert(connection, jobs)

        self.database.write(work)
        return made

    def sweep(self, name: str) -> Sweep:
        """Gives a sweep.

        Args:
            name: of it.

        Raises:
            UnknownNameError: there is none of that name.
        """
        return self.database.read(lambda connection: claims.find(connection, name))

    def sweeps(self) -> list[tuple[Sweep, dict[State, int]]]:
        """Gives all sweeps, newest first, each with its number of jobs by state."""
        found: dict[str, tuple[Sweep, dict[State, int]]] = {}
        for name, document, state, number in self.database.read(claims.counts):
            if name not in found:
                found[name] = (tables.sweep(document), _no_jobs())
            if state is not None:
                found[name][1][state] = number
        return list(found.values())

    def change(self, name: str, **fields: Any) -> Sweep:  # noqa: ANN401 - fields of a Sweep
        """Changes fields of a sweep and gives it as it is then.

        Args:
            name: of it.
            fields: of `Sweep`, by name.
        """

        def work(connection: Connection) -> Sweep:
            changed = replace(claims.find(connection, name, lock=True), **fields)
            row = tables.sweep_row(changed)
            connection.execute(update(_sweeps).where(_sweeps.c.name == name).values(**row))
            return changed

        return self.database.write(work)

    def jobs(self, name: str, *, state: State | None = None) -> list[Job]:
        """Gives the jobs of a sweep by number.

        Args:
            name: of the sweep.
            state: those in one state alone.
        """
        query = select(*tables.JOB).where(_jobs.c.sweep == name).order_by(_jobs.c.number)
        if state is not None:
            query = query.where(_jobs.c.state == state)
        return tables.records(self._rows(name, query))

    def job(self, name: str, number: int) -> Job:
        """Gives one job of a sweep.

        Args:
            name: of the sweep.
            number: of a job that is there.
        """
        query = select(*tables.JOB).where(_jobs.c.sweep == name, _jobs.c.number == number)
        return tables.job(self._rows(name, query)[0])

    def counts(self, name: str) -> dict[State, int]:
        """Gives the number of jobs of a sweep in each state.

        Args:
            name: of the sweep.
        """
        query = (
            select(_jobs.c.state, func.count()).where(_jobs.c.sweep == name).group_by(_jobs.c.state)
        )
        return {**_no_jobs(), **{row[0]: row[1] for row in self._rows(name, query)}}

    def add(self, jobs: Sequence[Job]) -> None:
        """Enters further jobs; one whose sweep and number are there is left alone.

        Args:
            jobs: of sweeps that are there.
        """
        self.database.write(lambda connection: claims.insert(connection, jobs))

    def skip(self, jobs: Sequence[Job]) -> int:
        """Marks those of the jobs that wait as pruned and says how many they were.

        Args:
            jobs: that need not be done.
        """
        query = update(_jobs).where(_jobs.c.state == "waiting")
        query = query.values(state="pruned", ended=time.time())
        queries = [query.where(*claims.one(job)) for job in jobs]
        return self.database.write(lambda c: sum(c.execute(each).rowcount for each in queries))

    def retry_failed(self, name: str) -> int:
        """Lets the failed jobs of a sweep wait again and says how many they were.

        Args:
            name: of the sweep.
        """
        query = (
            update(_jobs)
            .where(_jobs.c.sweep == name, _jobs.c.state == "failed")
            .values(state="waiting", error=None, ended=None, lease_until=None)
        )

        def work(connection: Connection) -> int:
            claims.find(connection, name)
            return connection.execute(query).rowcount

        return self.database.write(work)

    def asking(self, name: str) -> AbstractContextManager[None]:
        """Context of the one who asks for the sweep's next configuration; others wait meanwhile.

        Args:
            name: of the sweep.
        """
        return self.database.alone(f"asking {name}")

    def _rows(self, name: str, query: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        def work(connection: Connection) -> Sequence[Row[*tuple[Any, ...]]]:
            rows = connection.execute(query).all()
            if not rows:
                claims.find(connection, name)  # is there a sweep of that name
            return rows

        return self.database.read(work)


def _taken(name: str) -> ConfigError:
    return ConfigError(
        f"a sweep must have a name of its own, there is one called {name!r}",
        mend=f"xinzhi sweep resume {name}, or another sweep.name=",
    )


def _no_jobs() -> dict[State, int]:
    return dict.fromkeys(get_args(State), 0)

"""Registered models read and written in MLflow's own tables: a rollback in a moment.

MLflow's client takes seconds to import. The tables are those of one revision of MLflow's database;
of any other nothing is read or written here, and the client has to do it.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from xinzhi.errors import StoreError
from xinzhi.registry import registered_schema as schema
from xinzhi.registry.registered import ClientRegistered, Model, Registered, Version
from xinzhi.tracking import failures, ledger_opening, models
from xinzhi.tracking.store import Store

T = TypeVar("T")


def open_registered(store: Store) -> Registered:
    """What reads and writes the registered models of a store with the least that has to be loaded.

    Args:
        store: whose address is known; it need not be opened.
    """
    if not (store.local or store.uri.startswith("postgresql")):
        return ClientRegistered(store)
    if store.database is not None and not store.database.exists():
        return ClientRegistered(store)  # which makes it
    tables = TableRegistered(store)
    return tables if tables.known() else ClientRegistered(store)


class TableRegistered:
    """The registered models in MLflow's tables.

    Args:
        store: whose database is an SQLite file or a PostgreSQL.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        file = store.database
        if file is None:
            self._engine = ledger_opening.served(store.uri)
        else:
            self._engine = ledger_opening.local(file, synchronous="FULL", own=False)

    def known(self) -> bool:
        """Whether the tables are those that this module knows."""
        try:
            found = self._read(
                lambda c: c.execute(select(schema.revision.c.version_num)).scalars().all()
            )
        except StoreError:  # what is wrong is said by MLflow's client
            return False
        return list(found) == [schema.REVISION]

    def names(self) -> list[str]:
        """Of all registered models."""
        models_there = schema.registered.c
        query = select(models_there.name).where(models_there.workspace == schema.WORKSPACE)
        query = query.order_by(models_there.name)
        return list(self._read(lambda c: c.execute(query).scalars().all()))

    def model(self, name: str) -> Model | None:
        """A registered model.

        Args:
            name: of it.

        Returns:
            None where there is none of that name.
        """
        of_model = schema.rows(schema.registered, name, "description")
        of_tags = schema.rows(schema.model_tags, name, "key", "value")
        of_aliases = schema.rows(schema.aliases, name, "alias", "version")

        def work(connection: Connection) -> Model | None:
            found = connection.execute(of_model).first()
            if found is None:
                return None
            tags = connection.execute(of_tags).all()
            pointed = connection.execute(of_aliases).all()
            return Model(
                name=name,
                description=found[0] or "",
                tags={str(key): str(value) for key, value in tags},
                aliases={alias: int(version) for alias, version in pointed},
            )

        return self._read(work)

    def versions(self, name: str) -> list[Version]:
        """The versions of a model by number.

        Args:
            name: of it.
        """
        columns = ("version", "run_id", "source", "status", "description")
        query = schema.rows(schema.versions, name, *columns).where(
            schema.versions.c.current_stage != schema.GONE
        )

        def work(connection: Connection) -> list[Version]:
            tags: dict[int, dict[str, str]] = {}
            marked = schema.rows(schema.version_tags, name, "version", "key", "value")
            for number, key, value in connection.execute(marked):
                tags.setdefault(number, {})[key] = value
            rows = connection.execute(query.order_by(schema.versions.c.version)).all()
            return [
                Version(
                    number=number,
                    run_id=run_id or "",
                    source=source or "",
                    status=status or "",
                    description=description or "",
                    tags=tags.get(number, {}),
                )
                for number, run_id, source, status, description in rows
            ]

        return self._read(work)

    def point(self, name: str, alias: str, version: int) -> None:
        """Lets an alias point at a version that exists.

        Args:
            name: of the model.
            alias: any.
            version: of the model.

        Raises:
            StoreError: it does not exist.
        """
        key = {"name": name, "alias": alias}

        def work(connection: Connection) -> None:
            schema.put(connection, schema.aliases, key, version=version)

        if version not in {one.number for one in self.versions(name)}:
            raise StoreError(f"{name} must have the version {version}, it has not")
        self._write(work)

    def remove(self, name: str, alias: str) -> None:
        """Takes an alias away; one that is not there is left so.

        Args:
            name: of the model.
            alias: any.
        """
        query = delete(schema.aliases).where(
            *schema.where(schema.aliases, {"name": name, "alias": alias})
        )
        self._write(lambda connection: connection.execute(query))

    def tag(self, name: str, tags: Mapping[str, str], version: int | None = None) -> None:
        """Sets tags of a model, or of a version of it.

        Args:
            name: of the model.
            tags: by name.
            version: of the model.
        """
        table = schema.model_tags if version is None else schema.version_tags
        of: dict[str, object] = {"name": name}
        if version is not None:
            of["version"] = version

        def work(connection: Connection) -> None:
            for key, value in tags.items():
                schema.put(connection, table, {**of, "key": key}, value=value)

        self._write(work)

    def describe(self, name: str, text: str, version: int | None = None) -> None:
        """Sets the description of a model, or of a version of it.

        Args:
            name: of the model.
            text: in Markdown.
            version: of the model.
        """
        table = schema.registered if version is None else schema.versions
        of: dict[str, object] = {"name": name}
        if version is not None:
            of["version"] = version
        query = update(table).where(*schema.where(table, of))
        query = query.values(description=text, last_updated_time=int(1000 * time.time()))
        self._write(lambda connection: connection.execute(query))

    def keep(self, run_id: str, text: str, path: str) -> None:
        """Keeps a text with a run; one that is not there any more keeps none.

        Args:
            run_id: of the run.
            text: content of the file.
            path: among the run's artifacts.
        """
        query = select(schema.runs.c.artifact_uri).where(schema.runs.c.run_uuid == run_id)
        uri = self._read(lambda connection: connection.execute(query).scalar())
        folder = models.local_path(str(uri)) if uri else None
        if uri and folder is None:  # on a server, whose kind MLflow knows
            ClientRegistered(self._store).keep(run_id, text, path)
        elif folder is not None:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self._explaining(), self._engine.connect() as connection, connection.begin():
            return work(connection)

    def _write(self, work: Callable[[Connection], object]) -> None:
        options = self._engine.connect().execution_options(**{ledger_opening.WRITES: True})
        with self._explaining(), options as connection, connection.begin():
            work(connection)

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        path = self._store.database or self._store.place
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            if isinstance(error, StoreError):
                raise
            known = failures.explained(error, uri=self._store.place, path=path)
            raise StoreError(known.message, mend=known.mend) from error

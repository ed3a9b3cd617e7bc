"""Where runs are kept: SQLite and a folder by default, any other MLflow store by its address."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.config.identity import redact
from xinzhi.errors import StoreError
from xinzhi.tracking import database, locks, remote
from xinzhi.tracking.failures import explaining

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mlflow import MlflowClient

_SQLITE = "sqlite:///"


@dataclass(frozen=True)
class Store:
    """An opened tracking store.

    Args:
        uri: absolute address, as MLflow takes it.
        folder: local folder for artifacts, checkpoints in the making and what waits to be sent.
    """

    uri: str = field(repr=False)  # may hold a password
    folder: Path

    @property
    def local(self) -> bool:
        """Whether the database is a file of this machine."""
        return self.uri.startswith(_SQLITE)

    @property
    def served(self) -> bool:
        """Whether an MLflow server stands before the store and decides where artifacts go."""
        return self.uri.startswith(("http://", "https://", "databricks", "uc:"))

    @property
    def database(self) -> Path | None:
        """The SQLite file; None where there is none."""
        return Path(self.uri.removeprefix(_SQLITE)) if self.local else None

    @property
    def place(self) -> str:
        """Where it is, for a person: a folder, or an address without its password and a folder."""
        if self.local:
            return str(self.folder)
        return f"{redact(self.uri)}, files of this machine in {self.folder}"

    @cached_property
    def client(self) -> "MlflowClient":
        """MLflow's client for this store, tracking and registry alike."""
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)

    def explaining(self) -> "AbstractContextManager[None]":
        """Context in which MLflow's errors become a StoreError that says the way out."""
        return explaining(uri=self.uri, path=self.database or self.uri)

    @contextmanager
    def as_global(self) -> Iterator[None]:
        """Make this MLflow's global store for a while.

        MLflow's registry looks LoggedModels up in the global store, whatever client called it,
        and would make an empty database in the current folder.

        Yields:
            Nothing; the global store and the environment are as before afterwards.
        """
        import mlflow

        variable = "MLFLOW_TRACKING_URI"
        before = os.environ.get(variable)
        mlflow.set_tracking_uri(self.uri)
        try:
            yield
        finally:
            mlflow.set_tracking_uri(None)  # type: ignore[arg-type]
            if before is not None:
                os.environ[variable] = before

    def experiment(self, name: str) -> str:
        """Id of the experiment `name`, made if need be; safe when several processes make it.

        Args:
            name: also the registered model's name.

        Raises:
            StoreError: the experiment was deleted, or the store fails.
        """
        with self.explaining():
            found = self.client.get_experiment_by_name(name)
            if found is None:
                return self._create_experiment(name)
        if found.lifecycle_stage == "deleted":
            raise StoreError(
                f"the experiment {name!r} must not be deleted, it was (in the UI, perhaps)",
                mend=f"choose another name=, or MLFLOW_TRACKING_URI={self.uri} mlflow experiments"
                f" restore --experiment-id {found.experiment_id}",
            )
        return str(found.experiment_id)

    def _create_experiment(self, name: str) -> str:
        from mlflow.exceptions import MlflowException

        try:
            return str(self.client.create_experiment(name, artifact_location=self._location(name)))
        except MlflowException as error:
            found = self.client.get_experiment_by_name(name)
            if error.error_code != "RESOURCE_ALREADY_EXISTS" or found is None:
                raise
            return str(found.experiment_id)  # another process was first

    def _location(self, name: str) -> str | None:
        if self.served:
            return None  # a server keeps artifacts itself
        return str(self.folder / "artifacts" / re.sub(r"[^\w.-]+", "-", name))


def open_store(
    uri: str | None = None,
    folder: Path | None = None,
    *,
    probe: database.Probe = locks.locks_hold,
    mend: bool = True,
    timeout_s: float = database.LOCK_TIMEOUT_S,
) -> Store:
    """Open the tracking store, creating the default one on first use.

    Args:
        uri: MLflow's address of a store; `MLFLOW_TRACKING_URI`, else `mlflow.db` in `folder`.
        folder: where artifacts and working files go; `mlruns` of the project by default.
        probe: tells whether a folder's locks hold.
        mend: whether to mark runs of dead processes and send what an earlier run left unsent.
        timeout_s: how long to wait for another writer.
    """
    store = address_of(uri, folder)
    if store.database is not None:
        database.ensure(store.database, probe=probe)
        database.check(store.database, timeout_s=timeout_s)
        database.refuse_moved(store.database)
    remote.check(store.uri)
    with store.explaining(), remote.one_at_a_time(store.uri):
        store.folder.mkdir(parents=True, exist_ok=True)
        store.client.search_experiments(max_results=1)
    if mend:
        from xinzhi.tracking.recovery import recover

        with store.explaining():
            recover(store.client, store.folder)
    return store


def address_of(uri: str | None = None, folder: Path | None = None) -> Store:
    """The store that an address names, not opened yet.

    Args:
        uri: MLflow's address of a store; `MLFLOW_TRACKING_URI`, else `mlflow.db` in `folder`.
        folder: where artifacts and working files go; `mlruns` of the project by default.

    Raises:
        StoreError: the address is of a kind that MLflow no longer writes to.
    """
    uri = uri or os.environ.get("MLFLOW_TRACKING_URI") or None
    if uri is not None and uri.startswith("postgres://"):  # as many hosts of databases write it
        uri = uri.replace("postgres", "postgresql", 1)
    if uri is None or uri.startswith(_SQLITE):
        path = Path((uri or "").removeprefix(_SQLITE) or "mlflow.db").expanduser()
        if uri is None or not path.is_absolute():
            path = (folder or _default_folder()) / path
        path = path.resolve()
        return Store(f"{_SQLITE}{path}", (folder or path.parent).resolve())
    if uri.startswith("file:") or not ("://" in uri or uri.startswith(("databricks", "uc:"))):
        raise StoreError(
            f"uri must be an address of a database or a server, was {uri!r}: MLflow no longer"
            " writes to plain folders",
            mend="uri=sqlite:////absolute/folder/mlflow.db, or bring the old runs over with"
            f" `mlflow migrate-filestore --source {uri} --target sqlite:////…/mlflow.db`",
        )
    return Store(uri, (folder or _default_folder()).resolve())


def _default_folder() -> Path:
    from xinzhi.config.project import store_folder

    return store_folder()

"""The SQLite database of a local store: created once and whole, checked when opened."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from xinzhi.errors import StoreError
from xinzhi.tracking import locks
from xinzhi.tracking.failures import explaining

Probe = Callable[[Path], bool]
HOME_TAG = "xinzhi.folder"  # on experiment 0: where the store lay when its paths were written
_LEAST_FREE_BYTES = 32 * 2**20
_CREATION_TIMEOUT_S = 180.0
LOCK_TIMEOUT_S = 20.0


def ensure(path: Path, *, probe: Probe = locks.locks_hold) -> None:
    """Create the database at `path` unless it is there, one process at a time.

    Args:
        path: the database; its folder holds the artifacts too.
        probe: tells whether the folder's locks hold.
    """
    folder = path.parent
    with explaining(uri=f"sqlite:///{path}", path=folder):
        folder.mkdir(parents=True, exist_ok=True)
        _check_room(folder)
        if path.exists() and not locks.is_network(folder):
            return
        _check_locks(folder, probe)
        if not path.exists():
            _create_once(path)


def check(path: Path, *, timeout_s: float = LOCK_TIMEOUT_S) -> None:
    """Take and release the write lock, so that what is wrong is said before the work begins.

    Args:
        path: the database.
        timeout_s: how long to wait for another writer.
    """
    with (
        explaining(uri=f"sqlite:///{path}", path=path),
        closing(sqlite3.connect(path, timeout=timeout_s, isolation_level=None)) as connection,
    ):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")


def home(path: Path) -> Path | None:
    """Folder in which the store lay when its artifact paths were written; None in a foreign one."""
    with closing(sqlite3.connect(path, timeout=LOCK_TIMEOUT_S)) as connection:
        try:
            row = connection.execute(
                "SELECT value FROM experiment_tags WHERE experiment_id = 0 AND key = ?", (HOME_TAG,)
            ).fetchone()
        except sqlite3.OperationalError:
            return None  # no tables: MLflow makes or refuses them itself
    return Path(row[0]) if row else None


def refuse_moved(path: Path) -> None:
    """Refuse a store whose artifact paths point to where it lay before.

    Args:
        path: the database.

    Raises:
        StoreError: it lies elsewhere than its paths say.
    """
    before = home(path)
    if before is not None and before != path.parent:
        raise StoreError(
            f"the tracking store was moved: its artifacts are noted under {before}, it now lies"
            f" in {path.parent}",
            mend="xinzhi store relocate",
        )


def _check_room(folder: Path) -> None:
    status = os.statvfs(folder)
    free = status.f_bavail * status.f_frsize
    if free < _LEAST_FREE_BYTES:
        raise StoreError(
            f"the tracking store needs at least {_LEAST_FREE_BYTES >> 20} MB of free disk,"
            f" {folder} has {free >> 20} MB",
            mend="make room (`xinzhi store` shows what takes it, `xinzhi store clean` frees it)",
        )


def _check_locks(folder: Path, probe: Probe) -> None:
    if locks.locks_stay_local(folder) or not probe(folder):
        kind = locks.mount_of(folder)[0] or "unknown"
        raise StoreError(
            f"the tracking database needs a file system whose locks hold; those of {folder}"
            f" (kind {kind}) do not, and two writers would damage it",
            mend="use a server: uri=postgresql://USER:PASSWORD@HOST/DATABASE, or a local disk:"
            " uri=sqlite:////local/folder/mlflow.db",
        )


def _create_once(path: Path) -> None:
    from filelock import FileLock, Timeout

    try:
        with FileLock(path.with_suffix(".creation.lock"), timeout=_CREATION_TIMEOUT_S):
            if not path.exists():
                _create(path)
    except Timeout as error:
        raise StoreError(
            f"another process has been creating {path} for {_CREATION_TIMEOUT_S:.0f} s",
            mend=f"end that process, then run the command again ({error.lock_file} is its lock)",
        ) from error


def _create(path: Path) -> None:
    """Migrate under another name and rename: a database that exists is complete."""
    for stale in path.parent.glob(f"{path.name}.new-*"):
        stale.unlink()
    new = path.with_name(f"{path.name}.new-{os.getpid()}")
    _migrate(new, path.parent)
    with closing(sqlite3.connect(new)) as connection:
        # readers and a writer do not wait for each other; needs memory that one machine shares
        mode = "DELETE" if locks.is_network(path.parent) else "WAL"
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    new.replace(path)


def _migrate(path: Path, folder: Path) -> None:
    import logging

    from mlflow.entities import ExperimentTag
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    logging.getLogger("alembic").setLevel(logging.WARNING)
    store = SqlAlchemyStore(  # type: ignore[no-untyped-call]
        f"sqlite:///{path}", str(folder / "artifacts")
    )
    tag = ExperimentTag(HOME_TAG, str(folder))
    store.set_experiment_tag("0", tag)  # type: ignore[no-untyped-call]
    store.engine.dispose()

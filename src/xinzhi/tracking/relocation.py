"""After the store's folder was moved: rewrite the paths that its database holds."""

import sqlite3
from contextlib import closing
from pathlib import Path

from xinzhi.tracking import database
from xinzhi.tracking.failures import explaining

_PATHS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


def relocate(path: Path) -> int:
    """Let every artifact path begin where the database now lies; returns how many changed.

    All or nothing: one transaction.

    Args:
        path: the database, in its new place.
    """
    path = path.resolve()
    before = database.home(path)
    if before is None or before == path.parent:
        return 0
    old, new = str(before), str(path.parent)
    with (
        explaining(uri=f"sqlite:///{path}", path=path),
        closing(sqlite3.connect(path, timeout=database.LOCK_TIMEOUT_S)) as connection,
        connection,
    ):
        changed = 0
        for table, column in _PATHS:
            for prefix, put in ((old, new), (before.as_uri(), path.parent.as_uri())):
                changed += connection.execute(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?)"  # noqa: S608 - our own names
                    f" WHERE {column} = ? OR substr({column}, 1, ?) = ?",
                    (put, len(prefix) + 1, prefix, len(prefix) + 1, prefix + "/"),
                ).rowcount
        connection.execute(
            "UPDATE experiment_tags SET value = ? WHERE experiment_id = 0 AND key = ?",
            (new, database.HOME_TAG),
        )
    return changed

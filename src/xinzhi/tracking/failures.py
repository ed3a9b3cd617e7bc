"""What went wrong in the tracking store, said so that a person can mend it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from xinzhi.errors import StoreError, XinzhiError

_SIGNS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("database is locked", "database table is locked"),
        "the tracking database is locked by another process for longer than the wait",
        "end the process that holds it (`fuser {path}` names it), then run the command again; for"
        " many writers use a server: uri=postgresql://USER:PASSWORD@HOST/DATABASE",
    ),
    (
        ("readonly database", "read-only", "readonly", "permission denied", "unable to open"),
        "the tracking store must be writable",
        "give yourself the right to write (`chmod -R u+w {path}`), or choose another place:"
        " uri=sqlite:////another/folder/mlflow.db",
    ),
    (
        ("disk is full", "no space left", "disk i/o error", "disk quota", "file too large"),
        "the disk under the tracking store is full",
        "make room (`xinzhi store` shows what takes it, `xinzhi store clean` frees it)",
    ),
    (
        ("out-of-date database schema", "can't locate revision"),
        "the tracking database was written by another version of MLflow",
        "back up the database, then `mlflow db upgrade {uri}`",
    ),
    (
        ("not a database", "malformed", "no such table"),
        "the tracking database is damaged or is not a database",
        "move it away (`mv {path} {path}.broken`) or restore it from a backup",
    ),
    (
        ("connection refused", "max retries exceeded", "name or service not known",
         "could not translate host", "timed out", "failed to resolve", "connection to server"),
        "the tracking server does not answer",
        "start it or correct the address (uri=… or MLFLOW_TRACKING_URI); without a server:"
        " `uri=null` and MLFLOW_TRACKING_URI unset",
    ),
)  # fmt: skip
_ERRNO = {
    errno.ENOSPC: "no space left",
    errno.EDQUOT: "disk quota",
    errno.EFBIG: "file too large",
    errno.EROFS: "read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
}


def explained(error: BaseException, *, uri: str, path: object) -> StoreError:
    """Turn an error of MLflow, SQLite or the file system into one that says the way out.

    Args:
        error: what was raised.
        uri: the store's address; a password in it is not shown.
        path: the store's database or folder.
    """
    from xinzhi.config.identity import redact

    text = str(error)
    number = error.errno if isinstance(error, OSError) else None
    signs = f"{text} {_ERRNO.get(number or 0, '')}".lower()
    for words, meaning, mend in _SIGNS:
        if any(word in signs for word in words):
            said = redact(f"{meaning}: {path} ({_first_line(text)})")
            return StoreError(said, mend=redact(mend.format(path=path, uri=uri)))
    return StoreError(redact(f"the tracking store at {uri} failed: {_first_line(text)}"))


def is_passing(error: BaseException) -> bool:
    """Tell whether trying again may help: a locked database, a server that is away."""
    code = getattr(error, "error_code", "")
    if code in {"TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED"}:
        return not any(word in str(error).lower() for word in (*_SIGNS[1][0], *_SIGNS[2][0]))
    signs = str(error).lower()
    return any(word in signs for word in (*_SIGNS[0][0], *_SIGNS[5][0]))


@contextmanager
def explaining(*, uri: str, path: object) -> Iterator[None]:
    """Re-raise what fails inside as a StoreError without the noise around it.

    Args:
        uri: the store's address.
        path: the store's database or folder.

    Raises:
        StoreError: what MLflow, SQLite or the file system raised, explained.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, XinzhiError) or not _is_ours(error):
            raise
        known = explained(error, uri=uri, path=path)
        raise StoreError(known.message, mend=known.mend) from error


def _is_ours(error: Exception) -> bool:
    """Tell whether the store or the disk failed, and not the code that used it."""
    import sqlite3

    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    return isinstance(error, MlflowException | SQLAlchemyError | sqlite3.Error | OSError)


def _first_line(text: str) -> str:
    return text.strip().split("\n", maxsplit=1)[0][:300]

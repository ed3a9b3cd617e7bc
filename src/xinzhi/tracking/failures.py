"""What went wrong in the tracking store, said so that a person can mend it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from xinzhi.errors import StoreError, XinzhiError


class Kind(NamedTuple):
    """Words for one kind of store.

    Args:
        name: what it is a store of.
        setting: where its address is given.
        elsewhere: the same store in another file.
        server: the same store on a server.
        without: how to do without a server.
    """

    name: str
    setting: str
    elsewhere: str
    server: str
    without: str


TRACKING = Kind(
    name="tracking",
    setting="uri=… or MLFLOW_TRACKING_URI",
    elsewhere="uri=sqlite:////another/folder/mlflow.db",
    server="uri=postgresql://USER:PASSWORD@HOST/DATABASE",
    without="`uri=null` and MLFLOW_TRACKING_URI unset",
)


class _Sign(NamedTuple):
    """Words in a message, what they mean and what mends it."""

    words: tuple[str, ...]
    meaning: str
    mend: str


_REFUSED = _Sign(
    ("authentication failed", "no password supplied", "no pg_hba.conf entry", "is not permitted to"
     " log in", "error code 401", "error code 403"),
    "the {kind.name} server refuses this user or password",
    "correct USER:PASSWORD in {kind.setting}; @, :, / and # in a password are"
    " written %40, %3A, %2F and %23",
)  # fmt: skip
_NO_DATABASE = _Sign(
    ('" does not exist\n', '" does not exist)', "unknown database"),
    "the server has no such database or user",
    "make it (`createdb`, `createuser` on the server), or correct {kind.setting}",
)
_NO_RIGHT = _Sign(
    ("permission denied for", "must be owner of"),
    "the user of the {kind.name} database may not make or write its tables",
    "as its administrator: ALTER DATABASE … OWNER TO …, or GRANT ALL ON SCHEMA public TO …",
)
_CROWDED = _Sign(
    ("too many clients", "too many connections", "remaining connection slots"),
    "the {kind.name} server has no connection left",
    "run fewer processes at once, or raise its max_connections",
)
_OPENING = _Sign(
    ("due to lock timeout",),
    "another process has been opening the {kind.name} database for minutes",
    "end that process (SELECT * FROM pg_stat_activity names it), then run the command again",
)
_LOCKED = _Sign(
    ("database is locked", "database table is locked"),
    "the {kind.name} database is locked by another process for longer than the wait",
    "end the process that holds it (`fuser {path}` names it), then run the command again; for"
    " many writers use a server: {kind.server}",
)
_READ_ONLY = _Sign(
    ("readonly database", "read-only", "readonly", "permission denied", "unable to open"),
    "the {kind.name} store must be writable",
    "give yourself the right to write (`chmod -R u+w {path}`), or choose another place:"
    " {kind.elsewhere}",
)
_FULL = _Sign(
    ("disk is full", "no space left", "disk i/o error", "disk quota", "file too large"),
    "the disk under the {kind.name} store is full",
    "make room (`xinzhi store` shows what takes it, `xinzhi store clean` frees it)",
)
_OTHER_MLFLOW = _Sign(
    ("out-of-date database schema", "can't locate revision"),
    "the {kind.name} database was written by another version of MLflow",
    "back up the database, then `mlflow db upgrade {uri}`",
)
_DAMAGED = _Sign(
    ("not a database", "malformed", "no such table"),
    "the {kind.name} database is damaged or is not a database",
    "move it away (`mv {path} {path}.broken`) or restore it from a backup",
)
_AWAY = _Sign(
    ("connection refused", "max retries exceeded", "name or service not known",
     "could not translate host", "timed out", "timeout expired", "failed to resolve",
     "connection to server", "server closed the connection", "terminating connection",
     "the database system is", "getaddrinfo"),
    "the {kind.name} server does not answer",
    "start it or correct the address ({kind.setting}); without a server:"
    " {kind.without}",
)  # fmt: skip
# the first that fits: PostgreSQL says "connection to server" before whatever it refuses
_SIGNS = (_REFUSED, _NO_DATABASE, _NO_RIGHT, _CROWDED, _OPENING, _LOCKED, _READ_ONLY, _FULL,
          _OTHER_MLFLOW, _DAMAGED, _AWAY)  # fmt: skip
_LASTING = (*_REFUSED.words, *_NO_DATABASE.words, *_NO_RIGHT.words, *_READ_ONLY.words, *_FULL.words)
_PASSING = (*_LOCKED.words, *_CROWDED.words, *_AWAY.words)
_ERRNO = {
    errno.ENOSPC: "no space left",
    errno.EDQUOT: "disk quota",
    errno.EFBIG: "file too large",
    errno.EROFS: "read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
}


def explained(error: BaseException, *, uri: str, path: object, kind: Kind = TRACKING) -> StoreError:
    """Turn an error of MLflow, SQLite or the file system into one that says the way out.

    Args:
        error: what was raised.
        uri: the store's address; a password in it is not shown.
        path: the store's database or folder.
        kind: of store.
    """
    from xinzhi.config.identity import redact

    text = str(error)
    number = error.errno if isinstance(error, OSError) else None
    signs = f"{text} {_ERRNO.get(number or 0, '')}".lower()
    for words, meaning, mend in _SIGNS:
        if any(word in signs for word in words):
            said = redact(f"{meaning.format(kind=kind)}: {path} ({_first_line(text)})")
            return StoreError(said, mend=redact(mend.format(path=path, uri=uri, kind=kind)))
    return StoreError(redact(f"the {kind.name} store at {uri} failed: {_first_line(text)}"))


def is_passing(error: BaseException) -> bool:
    """Tell whether trying again may help: a locked database, a server that is away."""
    signs = str(error).lower()
    if any(word in signs for word in _LASTING):
        return False
    code = getattr(error, "error_code", "")
    if code in {"TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED"}:
        return True
    return any(word in signs for word in _PASSING)


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

"""Writes a file beside its place, and renames it: whoever looks finds all of it, or what was."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from uuid import uuid4


@contextmanager
def replacing(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Give a file to write, which takes its name when the block has ended well.

    Args:
        path: of the file to make or replace; its folder is there.
        durable: wait for the disk, so that a power cut leaves no empty file under the name.

    Yields:
        A file beside it, whose name begins with a dot and no two writers share.
    """
    fresh = path.with_name(f".{path.name}-{uuid4().hex[:8]}")
    try:
        yield fresh
        if durable:
            sync(fresh)
        fresh.replace(path)
    finally:
        with suppress(OSError):  # its folder may never have been made
            fresh.unlink(missing_ok=True)


def once(path: Path, make: Callable[[Path], None], *, lock: Path | None = None) -> None:
    """Have one process make a file of a cache, while the others that ask for it wait.

    Args:
        path: of the file; nothing is done where it is there already.
        make: writes the file that it is given, which then takes that name.
        lock: held meanwhile; beside the file by default.
    """
    from filelock import FileLock

    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock or path.with_suffix(".lock")):
        if path.exists():
            return
        # whoever wrote them is dead: we hold the lock
        for stale in path.parent.glob(f".{escape(path.stem)}.*-*"):
            stale.unlink(missing_ok=True)
        with replacing(path) as fresh:
            make(fresh)


def sync(path: Path) -> None:
    """Wait until the disk has a file or folder.

    Args:
        path: of it.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

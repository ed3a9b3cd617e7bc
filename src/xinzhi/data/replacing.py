"""Writes a file beside its place, and renames it: whoever looks finds all of it, or what was."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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

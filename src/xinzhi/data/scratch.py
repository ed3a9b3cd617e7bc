"""Room on the disk for the time of a preparation; what a killed one left is swept by the next."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from xinzhi.config.project import cache_folder
from xinzhi.errors import DataError

_PREFIX = ".scratch-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a folder in the cache, where rows will end up anyhow, and remove it at the end.

    The folder's owner holds a lock beside it. The system gives the lock back when the owner dies.

    Yields:
        The folder.

    Raises:
        DataError: the cache folder cannot be written.
    """
    from filelock import FileLock

    root = cache_folder()
    new = [path for path in (root, *root.parents) if not path.exists()]
    folder = root / f"{_PREFIX}{uuid4().hex[:12]}"
    lock = FileLock(folder.with_suffix(".lock"))
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        folder.mkdir()
    except OSError as error:
        raise DataError(
            f"rows must be written under {root}, which failed: {error}",
            mend="free some room, or XINZHI_CACHE=/another/folder",
        ) from error
    try:
        _sweep(root)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".lock").unlink(missing_ok=True)
        lock.release()
        for path in new:  # where nothing was made, nothing is left
            with suppress(OSError):
                path.rmdir()


def _sweep(root: Path) -> None:
    from filelock import FileLock, Timeout

    for mark in root.glob(f"{_PREFIX}*.lock"):
        lock = FileLock(mark, timeout=0)
        try:
            lock.acquire()
        except (Timeout, OSError):
            continue
        shutil.rmtree(mark.with_suffix(""), ignore_errors=True)
        mark.unlink(missing_ok=True)
        lock.release()

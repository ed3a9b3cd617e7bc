"""Where the output of jobs goes: into a file of its own each, whatever writes it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xinzhi.config import project

_FOLDER = "sweeps"


@contextmanager
def output_to(path: Path) -> Iterator[None]:
    """Turns standard output and standard error of this process into a file, for a while.

    Args:
        path: of the file, which is added to.

    Yields:
        Nothing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with path.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, before in zip((1, 2), kept, strict=True):
                os.dup2(before, number)
                os.close(before)


def log_folder(name: str) -> Path:
    """Gives the folder of a sweep's logs.

    Args:
        name: of the sweep.
    """
    return project.store_folder() / _FOLDER / name

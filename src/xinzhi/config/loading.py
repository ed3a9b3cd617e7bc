"""What makes heavy modules load faster."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Collect no garbage while modules are imported: thousands of passes would find none.

    Yields:
        Nothing; what a process loads first is left out of later collections.
    """
    first = "torch" not in sys.modules  # later on somebody's own models are among the objects
    gc.disable()
    try:
        yield
        if first:
            gc.freeze()
    finally:
        gc.enable()

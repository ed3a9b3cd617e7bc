"""What makes heavy modules load faster."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Collect no garbage while modules are imported: thousands of passes would find none.

    Yields:
        Nothing; what was loaded is left out of later collections.
    """
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()

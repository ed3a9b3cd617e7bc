"""A ledger that is away for a while: what cannot be done without it waits for it."""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

from xinzhi.errors import StoreError
from xinzhi.tracking import failures

T = TypeVar("T")
_PAUSE_S = 2.0


def is_away(error: BaseException) -> bool:
    """Whether an error says that the ledger does not answer just now, but may later.

    Args:
        error: of a ledger, which had been tried for a minute then.
    """
    cause = error.__cause__
    return isinstance(error, StoreError) and cause is not None and failures.is_passing(cause)


def patiently(
    work: Callable[[], T],
    *,
    is_vain: Callable[[], bool] = lambda: False,
    say: Callable[[str], object] = lambda text: sys.stderr.write(f"{text}\n"),
) -> T:
    """Gives what `work` gives as soon as the ledger answers, however long that takes.

    Args:
        work: reads or writes a ledger; may be done again where it failed.
        is_vain: whether nobody waits for it any more.
        say: tells a person that it waits.

    Raises:
        StoreError: the ledger fails for good, or all is in vain.
    """
    told = False
    while True:
        try:
            return work()
        except StoreError as error:
            if not is_away(error) or is_vain():
                raise
            if not told:
                say(f"{error.message}; waiting for it, what runs goes on")
                told = True
        time.sleep(_PAUSE_S)

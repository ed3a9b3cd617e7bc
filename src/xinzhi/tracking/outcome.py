"""How a run truly ended, read from the exception that ended it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Literal, NoReturn

from xinzhi.errors import CutShort

Status = Literal["FINISHED", "FAILED", "KILLED"]
SIGTERM_CODE = 128 + signal.SIGTERM
_SIGINT_CODE = 128 + signal.SIGINT


def true_error(error: BaseException | None) -> BaseException | None:
    """The exception behind the one that Lightning raises on Ctrl-C and SIGTERM.

    Lightning turns Ctrl-C into `SystemExit(1)` and SIGTERM into an exit without a code; the
    shell is owed 130 and 143.

    Args:
        error: what left the run's block, if anything did.
    """
    if isinstance(error, SystemExit):
        if isinstance(error.__context__, KeyboardInterrupt):
            return error.__context__
        if type(error).__name__ == "SIGTERMException":
            return SystemExit(SIGTERM_CODE)
    return error


def status_of(error: BaseException | None) -> Status:
    """Status of a run that `error` ended.

    Args:
        error: as `true_error` gives it.

    >>> status_of(None), status_of(ValueError()), status_of(KeyboardInterrupt())
    ('FINISHED', 'FAILED', 'KILLED')
    """
    if error is None:
        return "FINISHED"
    if isinstance(error, (KeyboardInterrupt, CutShort)):
        return "KILLED"
    if isinstance(error, SystemExit):
        if error.code in {SIGTERM_CODE, _SIGINT_CODE}:
            return "KILLED"
        return "FINISHED" if error.code in {None, 0} else "FAILED"
    return "FAILED"


@contextmanager
def sigterm_raises() -> Iterator[None]:
    """Let SIGTERM raise `SystemExit(143)`, so that blocks end in order, unless it is handled."""
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _raise)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _raise(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - signal's own form
    raise SystemExit(SIGTERM_CODE)

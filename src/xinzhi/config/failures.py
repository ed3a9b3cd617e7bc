"""An error as a person meets it: what happened in a line or two, and an exit code."""

import os
import sys
import tempfile
import traceback
from pathlib import Path

from xinzhi.errors import ConfigError, CutShort, XinzhiError

FAILED, USAGE, UNEXPECTED, INTERRUPTED, TERMINATED = 1, 2, 70, 130, 143


def told(error: BaseException) -> tuple[int, str]:
    """The exit code and the message of an error, without a traceback.

    An interruption says in its notes how to go on. `XINZHI_TRACEBACK=1` prints the traceback too.
    """
    if os.environ.get("XINZHI_TRACEBACK") == "1":
        print(_traceback(error), file=sys.stderr)  # noqa: T201
    if isinstance(error, SystemExit):
        code = _exit_code(error)
        return code, _with_notes("terminated", error) if code == TERMINATED else ""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, _with_notes("interrupted", error)
    from xinzhi.config.identity import program, redact

    if isinstance(error, CutShort):
        return error.code, redact(str(error))
    if isinstance(error, XinzhiError):
        if error.mend and error.mend.startswith("xinzhi "):  # to be pasted: as it was called
            error.mend = program() + error.mend.removeprefix("xinzhi")
        return (USAGE if isinstance(error, ConfigError) else FAILED), redact(f"error: {error}")
    first = (str(error).strip() or "no message").splitlines()[0]
    return UNEXPECTED, redact(
        f"unexpected {type(error).__name__}{_place(error)}: {first}\n"
        f"  the whole traceback: {_written(error)}"
    )


def facts(error: BaseException, code: int) -> dict[str, object]:
    """What a program should know of an error: its kind, what mends it, what was meant.

    Args:
        error: that was told.
        code: with which the process ends.
    """
    from xinzhi.config.identity import redact

    found: dict[str, object] = {"kind": type(error).__name__, "exit_code": code}
    if isinstance(error, XinzhiError):
        found["candidates"] = [redact(one) for one in error.candidates]
        found["mend"] = redact(error.mend) if error.mend else None
    return found


def _with_notes(message: str, error: BaseException) -> str:
    return "\n".join([message, *getattr(error, "__notes__", ())])


def _exit_code(error: SystemExit) -> int:
    if error.code is None:
        return 0
    return error.code if isinstance(error.code, int) else FAILED


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def _written(error: BaseException) -> Path:
    descriptor, name = tempfile.mkstemp(prefix="xinzhi-traceback-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(_traceback(error))
    return Path(name)


def _traceback(error: BaseException) -> str:
    from xinzhi.config.identity import redact

    return redact("".join(traceback.format_exception(error)))

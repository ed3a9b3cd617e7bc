"""A program in a group of processes of its own, which ends as a whole."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO

_POLL_S, _PATIENCE_S = 0.1, 15.0  # ranks may wait for each other in vain
_Output = int | IO[bytes] | None


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    stdout: _Output = None,
    stderr: _Output = None,
    is_unwanted: Callable[[], object] = bool,
    deaf_to: Sequence[signal.Signals] = (),
) -> int:
    """Runs a program to its end and gives its exit code, negative where a signal ended it.

    Whatever ends the wait ends the program too: SIGTERM first, so that it can tidy up. What it
    has left behind in its group, such as further ranks of a training, is killed.

    Args:
        command: of it.
        environment: all of its variables.
        stdout: where that goes; where this process's goes by default.
        stderr: the same.
        is_unwanted: says from some moment on that it is to be ended.
        deaf_to: signals that it is not to hear.
    """
    with _ignored(deaf_to):
        process = subprocess.Popen(  # noqa: S603 - our own program
            list(command),
            env=dict(environment),
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    try:
        while process.poll() is None and not is_unwanted():
            time.sleep(_POLL_S)  # a blocking wait would not hear of an interruption by a thread
    finally:
        _end(process)
    return process.returncode


@contextmanager
def _ignored(signals: Sequence[signal.Signals]) -> Iterator[None]:
    before = {one: signal.signal(one, signal.SIG_IGN) for one in signals}  # and so inherited
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_PATIENCE_S)
    with suppress(ProcessLookupError, PermissionError):  # nobody is left, which macOS says so
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

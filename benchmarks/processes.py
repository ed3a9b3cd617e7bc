"""Runs a command and watches the time and the memory of it and of all that it starts."""

import contextlib
import json
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import psutil

MIB = 1 << 20
_EVERY_S = 0.05


class Measured(NamedTuple):
    """What a command took.

    Attributes:
        seconds: from start to end, the imports too.
        cpu_s: of the processor, which a busy machine changes less.
        peak_mib: the most that all its processes held at once; pages that two share count twice.
        result: the last line of its output, read as JSON; None where it did not get there.
        failure: why it did not.
    """

    seconds: float
    cpu_s: float
    peak_mib: float
    result: dict[str, Any] | None
    failure: str | None = None


def measured(command: list[str], *, limit_mib: float, env: dict[str, str]) -> Measured:
    """Runs a command to its end, or until it holds more memory than it may.

    Args:
        command: prints a JSON object as its last line.
        limit_mib: of memory.
        env: its environment.
    """
    since, spent, peak, failure = time.perf_counter(), _spent_s(), 0.0, None
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = psutil.Popen(command, stdout=out, stderr=err, env=env)
        while process.poll() is None:
            peak = max(peak, resident_mib(process))
            if peak > limit_mib and failure is None:
                failure = f"more than {limit_mib:,.0f} MiB"
                _end(process)
            with contextlib.suppress(psutil.TimeoutExpired, subprocess.TimeoutExpired):
                process.wait(_EVERY_S)
        seconds, cpu_s = time.perf_counter() - since, _spent_s() - spent
        out.seek(0)
        err.seek(0)
        lines, said = out.read().splitlines(), err.read().strip().splitlines()
    if failure is None and process.returncode:
        failure = said[-1] if said else f"ended with {process.returncode}"
    result = None if failure else json.loads(lines[-1])
    return Measured(seconds, cpu_s, peak, result, failure)


def _spent_s() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def _end(process: psutil.Process) -> None:
    for child in [*process.children(recursive=True), process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()


def _tree(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return []


def resident_mib(process: psutil.Process) -> float:
    """Gives the resident memory of a process and its children; cheap enough to ask often."""
    total = 0
    for one in _tree(process):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            total += one.memory_info().rss
    return total / MIB


class Shared(NamedTuple):
    """Memory of processes that share pages, each page counted once.

    Attributes:
        all_mib: the proportional set size (PSS).
        own_mib: of these, what is mapped from no file: the kernel cannot drop it and read it again.
    """

    all_mib: float
    own_mib: float


def proportional(process: psutil.Process) -> Shared:
    """Gives the memory of a process and its children; Linux only."""
    found = {"Pss": 0, "Pss_Anon": 0}
    for one in _tree(process):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for line in Path(f"/proc/{one.pid}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name in found:
                    found[name] += int(rest.split()[0])
    return Shared(*(kib / 1024 for kib in found.values()))

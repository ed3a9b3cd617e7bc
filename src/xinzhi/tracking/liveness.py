"""Which process a run belongs to, and whether that process still lives."""

import os
import platform
import subprocess
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

HOST = "host"
# MLflow's pages do not show tags with its own prefix, and nobody wants to read these
PID, BOOT, STARTED = "mlflow.xinzhi.pid", "mlflow.xinzhi.boot", "mlflow.xinzhi.started"
HEARTBEAT = "mlflow.xinzhi.heartbeat"
BEAT_EVERY_S = 60.0
_SILENT_HERE_S = 3 * BEAT_EVERY_S
_SILENT_ELSEWHERE_S = 15 * BEAT_EVERY_S


def identity() -> dict[str, str]:
    """Tags that let another process tell later whether this one still lives."""
    import psutil

    return {
        HOST: platform.node(),
        PID: str(os.getpid()),
        BOOT: _boot(),
        STARTED: f"{psutil.Process().create_time():.1f}",
        HEARTBEAT: beat(),
    }


def beat() -> str:
    """Value of the heartbeat tag: seconds since 1970."""
    return f"{time.time():.0f}"


def is_dead(tags: Mapping[str, str], *, now: float | None = None) -> bool:
    """Tell whether the process that wrote `tags` has ended.

    Processes of this boot are looked up; those of other machines or boots are judged by
    their last heartbeat. A run without these tags is not ours and counts as alive.

    Args:
        tags: of the run.
        now: seconds since 1970; the clock by default.
    """
    if PID not in tags or HEARTBEAT not in tags:
        return False
    if tags.get(BOOT) == _boot():
        return not _lives(int(tags[PID]), float(tags.get(STARTED, "0")))
    silent_s = (time.time() if now is None else now) - float(tags[HEARTBEAT])
    here = tags.get(HOST) == platform.node()
    return silent_s > (_SILENT_HERE_S if here else _SILENT_ELSEWHERE_S)


def _lives(pid: int, started: float) -> bool:
    import psutil

    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < 2.0  # a pid is used again after a while
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.AccessDenied:
        return True
    except psutil.NoSuchProcess:
        return False


@cache
def _boot() -> str:
    """One name per boot and process namespace, inside which a pid means one process."""
    linux = Path("/proc/sys/kernel/random/boot_id")
    if linux.exists():
        return f"{linux.read_text().strip()}/{Path('/proc/self/ns/pid').readlink()}"
    found = subprocess.run(
        ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or platform.node()

"""What a run ran on and with: code, packages, machine."""

import getpass
import os
import platform
import shutil
import sys
import tempfile
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from xinzhi.config.project import cache_folder, store_folder
from xinzhi.tracking import repository

_LONGEST_DIFF = 10 * 2**20


class Code(NamedTuple):
    """State of the folder's git repository; empty strings where there is none."""

    commit: str
    dirty: bool
    diff: str


def code(folder: Path) -> Code:
    """The commit, and what differs from it, new files included.

    Args:
        folder: any folder of a repository.
    """
    commit = _asked(folder, "rev-parse", "HEAD").strip()
    if not commit:
        return Code("", dirty=False, diff="")
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(_asked(folder, "rev-parse", "--git-path", "index").strip())
        copy = Path(scratch) / "index"
        if (folder / index).exists():
            shutil.copy(folder / index, copy)
        # new files appear in a diff once the index intends to add them; a copy of it does here
        own = {"GIT_INDEX_FILE": str(copy)}
        made = _made_here(folder)
        repository.ask(folder, "add", "--intent-to-add", "--", ":/", *made, **own)
        diff = repository.ask(folder, "diff", "HEAD", **own)
    if diff is None:  # git was too slow: nothing says that it is clean
        return Code(commit, dirty=True, diff="")
    return Code(commit, dirty=bool(diff), diff=diff[:_LONGEST_DIFF])


def _made_here(folder: Path) -> list[str]:
    """Leaves out what runs make themselves, where it is not ignored: it is no code."""
    top = Path(_asked(folder, "rev-parse", "--show-toplevel").strip())
    places = [place.resolve() for place in (cache_folder(), store_folder())]
    inside = [place.relative_to(top) for place in places if place.is_relative_to(top)]
    return [f":(top,exclude){place.as_posix()}" for place in inside if place.parts]


@cache  # a process keeps what it has imported, whatever is installed meanwhile
def packages() -> tuple[str, ...]:
    """Installed packages as pinned requirements, sorted."""
    found = {
        f"{distribution.name}=={distribution.version}" for distribution in metadata.distributions()
    }
    return tuple(sorted(found, key=str.lower))


def machine() -> dict[str, Any]:
    """Hardware and interpreter; memory in GB."""
    import psutil

    facts: dict[str, Any] = {
        "platform": platform.platform(),
        "python": platform.python_version(),
        "processor": _processor(),
        "cores": psutil.cpu_count(logical=False),
        "threads": psutil.cpu_count(),
        "usable_threads": _usable_threads(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
    }
    torch = sys.modules.get("torch")  # a command without torch need not pay for its import
    if torch is not None:
        facts["torch_threads"] = torch.get_num_threads()
        facts["cuda"] = torch.version.cuda
        facts["gpus"] = [
            torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())
        ]
    return facts


def user() -> str:
    """Who runs this, as the system or the environment says."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return str(os.getuid())


def _usable_threads() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _asked(folder: Path, *words: str) -> str:
    return repository.ask(folder, *words) or ""

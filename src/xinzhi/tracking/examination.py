"""Whether this machine can do the work: what is wrong and how to mend it."""

import platform
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from xinzhi.errors import XinzhiError
from xinzhi.tracking.store import Store, open_store

State = Literal["ok", "warn", "bad"]
_LEAST_FREE_GB = 5.0
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^;\s]+)\s*(?:;.*)?\Z")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what was looked at.
        state: `ok`, `warn` (works, with a loss) or `bad` (does not work).
        said: what was found.
        mend: what to do about it.
    """

    name: str
    state: State
    said: str
    mend: str | None = None


@dataclass(frozen=True)
class Examination:
    """All findings.

    Attributes:
        ok: whether nothing is bad.
        findings: in the order of the examination.
    """

    ok: bool
    findings: list[Finding]

    def table(self) -> str:
        """Write one line per finding, and one more where something is to be done."""
        lines = []
        width = max(len(finding.name) for finding in self.findings)
        for finding in self.findings:
            lines.append(f"{finding.state:<4}  {finding.name:<{width}}  {finding.said}")
            if finding.mend:
                lines.append(f"{'':<4}  {'':<{width}}  mend: {finding.mend}")
        return "\n".join(lines)


def examination(findings: Iterable[Finding]) -> Examination:
    """Put findings together.

    Args:
        findings: of any kind.
    """
    found = list(findings)
    return Examination(all(finding.state != "bad" for finding in found), found)


def python() -> Finding:
    """The interpreter."""
    said = f"{platform.python_version()} in {sys.prefix}, {platform.platform()}"
    if sys.prefix == sys.base_prefix:
        return Finding("python", "warn", f"{said}, not a virtual environment", "make setup")
    return Finding("python", "ok", said)


def versions(requirements: Sequence[str] | None = None) -> Finding:
    """Installed packages against the pins.

    Args:
        requirements: pinned; those of the installed xinzhi by default.
    """
    wanted = requirements if requirements is not None else metadata.requires("xinzhi") or []
    pins = [pin for text in wanted if "extra ==" not in text and (pin := _PIN.match(text))]
    wrong = [said for pin in pins if (said := _differs(pin["name"], pin["version"]))]
    if wrong:
        return Finding("packages", "bad", "; ".join(wrong), "make setup")
    return Finding("packages", "ok", f"all {len(pins)} pinned packages are as pinned")


def store(uri: str | None) -> Finding:
    """The tracking store, opened and its lock taken.

    Args:
        uri: its address.
    """
    try:
        opened: Store = open_store(uri)
        with opened.explaining():
            count = len(opened.client.search_experiments())
    except XinzhiError as error:
        return Finding("store", "bad", error.message, error.mend)
    return Finding("store", "ok", f"{opened.database or opened.place}, {count} experiments")


def room(folder: Path, name: str) -> Finding:
    """Free disk space.

    Args:
        folder: where files will go; its nearest existing ancestor is looked at.
        name: of the finding.
    """
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free_gb = shutil.disk_usage(there).free / 1e9
    said = f"{free_gb:,.1f} GB free at {there}"
    if free_gb < _LEAST_FREE_GB:
        return Finding(name, "warn", said, "xinzhi store clean older=30d")
    return Finding(name, "ok", said)


def git() -> Finding:
    """Whether the state of the code can be noted in runs."""
    if shutil.which("git") is None:
        return Finding("git", "warn", "not found: runs cannot name their commit", "install git")
    return Finding("git", "ok", "runs name their commit and keep uncommitted changes")


def _differs(name: str, version: str) -> str | None:
    try:
        there = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"{name} must be {version}, is not installed"
    # a local build such as 2.13.0+cpu is the same version
    return None if there.partition("+")[0] == version else f"{name} must be {version}, is {there}"

"""The rows of a sweep: prepared once, before its first job, and the same for all of them."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xinzhi.config.compose import fully_resolved
from xinzhi.config.targets import build
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.data.snapshot import Snapshot
    from xinzhi.sweeping.records import Sweep

_opened: dict[str, "Snapshot"] = {}
ROWS = "rows"  # among a sweep's settings: digest by declaration


class Freezer:
    """Prepares the rows that configs declare, each declaration once.

    Attributes:
        digests: of the rows, by declaration.
        reports: of the snapshots, for a person.
    """

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        self.reports: list[str] = []

    def __call__(self, config: "DictConfig") -> str | None:
        """Gives the digest of a config's rows.

        Args:
            config: of a job.
        """
        node = _declaration(config)
        if not node:
            return None
        key = _key(node)
        if key not in self.digests:
            made = build(node).prepare(offline=config.offline, refresh=config.refresh)
            self.digests[key] = made.digest
            self.reports.append(made.report())
        return self.digests[key]


def rows_of(sweep: "Sweep", config: "DictConfig") -> "Snapshot | None":
    """Gives the rows of a job as they were when its sweep began.

    Args:
        sweep: whose job it is.
        config: of the job.

    Raises:
        DataError: they are not on this machine, and their sources hold others by now.
    """
    from xinzhi.data.snapshot import stored

    node = _declaration(config)
    if not node:
        return None
    digest = sweep.settings.get(ROWS, {}).get(_key(node))
    if digest in _opened:
        return _opened[digest]
    for found in stored() if digest else ():
        if found.digest == digest:
            return _opened.setdefault(digest, found)
    made: Snapshot = build(node).prepare(offline=config.offline, refresh=False)
    if digest is not None and made.digest != digest:
        raise DataError(
            f"the rows of the sweep {sweep.name} are those of digest {digest}, the sources hold "
            f"others by now ({made.digest})",
            mend="start another sweep: sweep.name=… ; what has not changed is not run again",
        )
    return made


def digest_of(sweep: "Sweep", config: "DictConfig") -> str | None:
    """Gives the digest of a job's rows as they were when its sweep began.

    Args:
        sweep: whose job it is.
        config: of the job.
    """
    rows = rows_of(sweep, config)
    return None if rows is None else rows.digest


def _declaration(config: "DictConfig") -> Mapping[str, Any] | None:
    node: Mapping[str, Any] | None = fully_resolved(config)["data"]
    return node


def _key(node: Mapping[str, Any]) -> str:
    text = json.dumps(node, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]

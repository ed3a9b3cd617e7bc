"""The rows of a sweep: prepared once, before its first job, and the same for all of them."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.config.compose import fully_resolved
from xinzhi.config.targets import build
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.data.snapshot import Snapshot
    from xinzhi.sweeping.records import Sweep

ROWS = "rows"  # among a sweep's settings: what was noted of the rows, by declaration


class Noted(NamedTuple):
    """What a sweep notes of its rows as it begins.

    Attributes:
        digest: of the rows in any order.
        name: of the data set; None where an earlier version of xinzhi noted the digest alone.
        order: of the rows by split, the same.
    """

    digest: str
    name: str | None = None
    order: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, made: "Snapshot") -> "Noted":
        """Notes rows that are frozen.

        Args:
            made: holds them.
        """
        order = tuple((split, made.order(split)) for split, count in made.counts.items() if count)
        return cls(made.digest, made.name, order)

    @classmethod
    def read(cls, plain: "str | Mapping[str, Any]") -> "Noted":
        """Reads it as a ledger holds it.

        Args:
            plain: its fields, or a digest alone.
        """
        if isinstance(plain, str):
            return cls(plain)
        return cls(plain["digest"], plain["name"], tuple(sorted(plain["order"].items())))

    def plain(self) -> dict[str, Any]:
        """Gives it as a ledger holds it."""
        return {"digest": self.digest, "name": self.name, "order": dict(self.order)}

    def has_content(self, made: "Snapshot") -> bool:
        """Whether rows are those that were noted, in whatever order.

        Args:
            made: holds them.
        """
        return made.digest == self.digest and self.name in (None, made.name)

    def has_order(self, made: "Snapshot") -> bool:
        """Whether such rows lie in the order that was noted: batches follow it.

        Args:
            made: holds them.
        """
        return all(made.order(split) == order for split, order in self.order)


class Freezer:
    """Prepares the rows that configs declare, each declaration once.

    Attributes:
        noted: of the rows, by declaration.
        reports: of the snapshots, for a person.
    """

    def __init__(self) -> None:
        self.noted: dict[str, Noted] = {}
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
        if key not in self.noted:
            made = build(node).prepare(offline=config.offline, refresh=config.refresh)
            self.noted[key] = Noted.of(made)
            self.reports.append(made.report())
        return self.noted[key].digest

    def settings(self, before: "Mapping[str, Any] | None" = None) -> dict[str, Any]:
        """Gives what a sweep keeps of it; rows that it knew stay in the order that they had.

        Args:
            before: settings of the sweep as it was begun.
        """
        was = (before or {}).get(ROWS, {})
        kept = {
            key: was[key]
            for key, noted in self.noted.items()
            if key in was and Noted.read(was[key]).digest == noted.digest
        }
        return {ROWS: {**{key: noted.plain() for key, noted in self.noted.items()}, **kept}}


_opened: dict[tuple[str, Noted], "Snapshot"] = {}


def rows_of(sweep: "Sweep", config: "DictConfig") -> "Snapshot | None":
    """Gives the rows of a job as they were when its sweep began.

    Args:
        sweep: whose job it is.
        config: of the job.
    """
    node = _declaration(config)
    if not node:
        return None
    key = _key(node)
    plain = sweep.settings.get(ROWS, {}).get(key)
    if plain is None:
        made: Snapshot = build(node).prepare(offline=config.offline, refresh=False)
        return made
    noted = Noted.read(plain)
    if (key, noted) not in _opened:
        _opened[key, noted] = _found(sweep, config, noted)
    return _opened[key, noted]


def _found(sweep: "Sweep", config: "DictConfig", noted: Noted) -> "Snapshot":
    """Finds the rows, or prepares them on a machine that has none.

    Raises:
        DataError: their sources hold others by now, or in another order.
    """
    from xinzhi.data.snapshot import stored

    made = next(filter(noted.has_content, stored()), None)
    if made is None:
        made = build(_declaration(config) or {}).prepare(offline=config.offline, refresh=False)
    if not noted.has_content(made):
        told = f"are those of digest {noted.digest}, the sources hold others by now ({made.digest})"
    elif not noted.has_order(made):
        told = f"lay in another order when it began than in {made.folder}, and batches follow it"
    else:
        return made
    raise DataError(
        f"the rows of the sweep {sweep.name} {told}",
        mend="start another sweep: sweep.name=… ; what has not changed is not run again",
    )


def digest_of(sweep: "Sweep", config: "DictConfig") -> str | None:
    """Gives the digest of a job's rows as they were when its sweep began.

    Args:
        sweep: whose job it is.
        config: of the job.
    """
    rows = rows_of(sweep, config)
    return None if rows is None else rows.digest


def noted_under(config: "DictConfig") -> str | None:
    """Gives the key under which a sweep notes a config's rows; None where it declares none.

    Args:
        config: of a job.
    """
    node = _declaration(config)
    return _key(node) if node else None


def _declaration(config: "DictConfig") -> Mapping[str, Any] | None:
    node: Mapping[str, Any] | None = fully_resolved(config)["data"]
    return node


def _key(node: Mapping[str, Any]) -> str:
    text = json.dumps(node, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]

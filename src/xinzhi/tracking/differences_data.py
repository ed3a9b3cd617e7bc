"""What differs between the rows that two runs read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xinzhi.data import difference, snapshot
from xinzhi.tracking.differences_facts import Rows

_TOLD = ("added", "removed", "relabelled", "moved")


@dataclass(frozen=True, kw_only=True)
class DataDifference:
    """What became of the rows from one snapshot to another.

    Attributes:
        same: whether all rows are equal; None where it cannot be known.
        told: the same as a sentence.
        rows: see `data.changes.Changes`; nothing where a snapshot is gone.
        schema: columns that were added, removed, or have another type.
        declaration: key → what was declared before and after.
    """

    same: bool | None
    told: str
    rows: Mapping[str, Any] = field(default_factory=dict)
    schema: Mapping[str, Any] = field(default_factory=dict)
    declaration: Mapping[str, Any] = field(default_factory=dict)


def between(before: Rows | None, after: Rows | None) -> DataDifference:
    """Compares the rows of two runs by their digests, and row by row where both are there.

    Args:
        before: of the one.
        after: of the other.
    """
    if before is None or after is None:
        return DataDifference(same=None, told="a run noted no snapshot, so nothing is known of it")
    if before.digest == after.digest:
        return DataDifference(same=True, told=f"the same rows, {_name(after)}")
    there = {one.digest: one for one in snapshot.stored()}
    sides = f"{_name(before)} → {_name(after)}"
    if gone := [one for one in (before, after) if one.digest not in there]:
        names = " and ".join(f"{one.name}-{one.digest[:12]}" for one in gone)
        told = f"{sides}; {names} {'is' if len(gone) == 1 else 'are'} not kept here any more"
        return DataDifference(same=False, told=told)
    found = difference.between(there[before.digest], there[after.digest])
    counts = {kind: sum(found.rows[kind].values()) for kind in _TOLD}
    changed = ", ".join(f"{n:,} {kind}" for kind, n in counts.items() if n)
    return DataDifference(
        same=False,
        told=f"{sides}; {changed or 'columns alone differ'}",
        rows=found.rows,
        schema=found.schema,
        declaration=found.declaration,
    )


def _name(rows: Rows) -> str:
    return f"{rows.name}-{rows.digest[:12]} ({sum(rows.counts.values()):,} rows)"

"""Rows of another file, prepared as those of a snapshot were: what a model is judged on later.

The rows that the model learned from are not read again: types, what fills missing values and the
known labels come from the snapshot's manifest.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xinzhi.config.ranks import say
from xinzhi.data import reuse, sources
from xinzhi.data.hashing import content_hash
from xinzhi.data.naming import OURS
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis

    from xinzhi.data.declaration import Declaration
    from xinzhi.data.engine import Engine
    from xinzhi.data.intake import Taken
    from xinzhi.data.journal import Journal
    from xinzhi.data.preparation import Plan
    from xinzhi.data.rows import Rows
    from xinzhi.data.snapshot import Snapshot

_FORMAT = 1  # raised when the same inputs give other rows than before
_TOLD = ("columns", "renamed", "fitted", "classes")


def apply(
    declaration: "Declaration",
    source: str,
    manifest: Mapping[str, Any],
    *,
    offline: bool,
    beside: "Sequence[str]" = (),
) -> "Snapshot":
    """Prepares a file by a declaration that was made for others; all of it becomes test rows.

    Columns that the model must not see may stand beside those that it learned from: groups that are
    to be judged alike. What it learned from stays the same, and so does the key of each row.

    Args:
        declaration: of the rows that the model learned from.
        source: as `data.test` names it.
        manifest: of the snapshot of these; empty where it is gone: then rows are taken as they are.
        offline: open no outward socket.
        beside: further columns of the file, such as ignored ones.

    Raises:
        DataError: the file lacks a column, holds something else in it, or has no rows.
    """
    parts = {"train": None, "val": None, "test": source}
    found = sources.resolve(parts, offline=offline, named=declaration.sources)
    declared = replace(declaration, limit=None, test=source)
    told = {name: manifest.get(name) for name in _TOLD}
    marks = {split: one.fingerprint() for split, one in found.items()}
    asked = [_FORMAT, declared.plain() | {"train": None, "val": None, "engine": None}, marks, told]
    learned = {*_types(manifest), *declared.named}
    beside = [name for name in dict.fromkeys(beside) if name not in learned]
    mark = json.dumps([*asked, beside] if beside else asked, sort_keys=True, default=list)
    inputs = content_hash([mark], size_bytes=16).hex()
    if there := reuse.there(inputs, found.values(), refresh=False):
        return there
    say(f"preparing {source}")
    return _prepared(declared.plan(found), manifest, inputs, beside)


def _prepared(
    plan: "Plan", manifest: Mapping[str, Any], inputs: str, beside: "Sequence[str]"
) -> "Snapshot":
    from xinzhi.data.engine import open_engine
    from xinzhi.data.journal import Journal
    from xinzhi.data.preparation import cleaned, freeze

    journal = Journal()
    with open_engine(plan.engine) as engine:
        taken = _taken(plan, manifest, engine, journal, beside)
        plan = plan._replace(roles=plan.roles.settled(_record(manifest, taken)))
        rows = cleaned(plan, "test", taken, engine, journal)
        rows = _fitted(plan, rows, manifest, journal)
        if rows.classed and manifest.get("classes"):
            rows = _known(plan, rows, manifest["classes"], engine, journal)
        empty = rows._replace(narrow=rows.narrow.limit(0))
        parts = {"train": empty, "val": empty, "test": rows}
        fitted = dict(manifest.get("fitted") or {})
        classes = manifest.get("classes")
        return freeze(plan, engine, parts, journal, fitted, inputs, classes=classes)


def _taken(
    plan: "Plan",
    manifest: Mapping[str, Any],
    engine: "Engine",
    journal: "Journal",
    beside: "Sequence[str]",
) -> "Taken":
    """Reads the file, its columns under the types that they had for the model."""
    from xinzhi.data.intake import take_in
    from xinzhi.data.unified import unified

    source, known = plan.sources["test"], _types(manifest)
    learned = frozenset(known) - {*plan.roles.single, *plan.roles.ignore}
    strings = frozenset(name for name in learned if known[name] in ("string", "large_string"))
    taken = take_in(
        source,
        plan.roles,
        plan.checks,
        engine=engine,
        journal=journal,
        split="test",
        strings=strings - {*plan.roles.text},
        beside=beside,
    )
    before = _nothing(known, learned - {*taken.extras, *plan.roles.text}, engine)
    if before is None:
        return taken
    names = {"train": "training", "test": source.name}
    tables = {"train": before, "test": taken.table}
    same = unified(tables, list(before.columns), engine=engine, where=names)
    return taken._replace(table=same["test"])


def _types(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Gives the columns that were learned from, as their source called them, and their types."""
    were = manifest.get("renamed") or {}
    columns: Mapping[str, str] = manifest.get("columns") or {}
    return {were.get(name, name): kind for name, kind in columns.items() if name not in OURS}


def _nothing(
    known: Mapping[str, str], names: "frozenset[str]", engine: "Engine"
) -> "ibis.Table | None":
    """Makes a table without rows of the columns whose types are plain; None without any."""
    import pyarrow as pa

    fields: list[pa.Field] = []
    for name in sorted(names):
        try:
            fields.append(pa.field(name, pa.type_for_alias(known[name])))
        except ValueError:  # such as a list: what it holds is looked at when it is read
            continue
    return engine.load(pa.schema(fields).empty_table()) if fields else None


def _record(manifest: Mapping[str, Any], taken: "Taken") -> "Sequence[str]":
    """Names the columns that rows were learned from, in their order, which keys go by."""
    names = list(_types(manifest)) or taken.table.columns
    return [name for name in names if name not in taken.extras]


def _fitted(plan: "Plan", rows: "Rows", manifest: Mapping[str, Any], journal: "Journal") -> "Rows":
    """Fills what is missing as training rows taught.

    Raises:
        DataError: what they taught is not known any more.
    """
    if not plan.fitting.missing:
        return rows
    found = (manifest.get("fitted") or {}).get("missing")
    if found is None:
        raise DataError(
            "what fills missing values was fitted on training rows, whose snapshot is gone",
            mend="bring the folder of snapshots back, or train again",
        )
    return plan.fitting.filled("test", rows, found, journal)


def _known(
    plan: "Plan", rows: "Rows", classes: "Sequence[str]", engine: "Engine", journal: "Journal"
) -> "Rows":
    import pyarrow as pa

    from xinzhi.data.answerable import known_labels_of

    known = engine.load(pa.table({"label": pa.array(list(classes), pa.string())}))
    given = plan.sources["test"].name
    return known_labels_of("test", rows, known, plan.rules, journal, given=given)

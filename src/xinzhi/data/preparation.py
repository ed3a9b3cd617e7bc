"""Sources → roles → cleaning → parts → snapshot: the road of every data set."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data import answerable, attachments, cleaning, freezing, oddities, partition, snapshot
from xinzhi.data.engine import Engine, open_engine
from xinzhi.data.fitting import Fitting
from xinzhi.data.intake import Checks, Taken, take_in
from xinzhi.data.journal import Journal
from xinzhi.data.opened import Source
from xinzhi.data.records import Step
from xinzhi.data.roles import Roles, assign
from xinzhi.data.unified import unified

if TYPE_CHECKING:
    from pathlib import Path

    from xinzhi.data.rows import Rows


class Plan(NamedTuple):
    """What is to be prepared.

    Attributes:
        sources: of train, and of val and test where given.
        roles: which column is what.
        checks: what a source must hold to, and what of it is private.
        rules: how rows are cleaned.
        partition: how rows are parted.
        fitting: what outliers and missing values become.
        limit: use so many rows of each source only.
        engine: duckdb or spark.
        declared: the declaration, for the manifest.
    """

    sources: Mapping[str, Source]
    roles: Roles
    checks: Checks
    rules: cleaning.Rules
    partition: partition.Partition
    fitting: Fitting
    limit: int | None
    engine: str
    declared: dict[str, Any]


def prepare(plan: Plan, *, inputs: str) -> snapshot.Snapshot:
    """Prepare and freeze a data set.

    Args:
        plan: what and how.
        inputs: the digest by which the snapshot is found again.
    """
    journal = Journal()
    with open_engine(plan.engine) as engine:
        taken = _taken(plan, engine, journal)
        plan = plan._replace(roles=plan.roles.settled(taken["train"].table.columns))
        given = {split: cleaned(plan, split, taken[split], engine, journal) for split in taken}
        given, shared = partition.without_shared(given)
        for split, step in shared.items():
            journal.note(split, step)
            lost = step.rows_in - step.rows_out
            journal.warnings.append(f"{lost:,} rows were taken out of {split}: {step.why}")
        parts = partition.complete(given, plan.partition)
        parts, fitted = plan.fitting.applied(parts, journal)
        parts = answerable.known_labels(
            parts,
            plan.rules,
            journal,
            given={split: source.name for split, source in plan.sources.items()},
            label=plan.roles.label,
        )
        return freeze(plan, engine, parts, journal, fitted, inputs)


def _taken(plan: Plan, engine: Engine, journal: Journal) -> dict[str, Taken]:
    """Read all sources; what val and test hold is read as what train holds."""
    taken: dict[str, Taken] = {}
    roles, strings = plan.roles, frozenset[str]()
    for split, source in plan.sources.items():
        taken[split] = take_in(
            source,
            roles,
            plan.checks,
            engine=engine,
            journal=journal,
            split=split,
            strings=strings,
        )
        if split == "train":
            schema = taken[split].table.schema()
            roles = roles.settled(schema.names)
            strings = frozenset(name for name in roles.learned if schema[name].is_string())
    tables = {split: one.table for split, one in taken.items()}
    names = {split: source.name for split, source in plan.sources.items()}
    if len(tables) > 1:
        tables = unified(tables, roles.learned, engine=engine, where=names)
    return {split: one._replace(table=tables[split]) for split, one in taken.items()}


def cleaned(plan: Plan, split: str, taken: Taken, engine: Engine, journal: Journal) -> "Rows":
    """Give columns their roles, clean the rows, and judge what was lost.

    Args:
        plan: what and how.
        split: train, val or test.
        taken: rows of its source.
        engine: where they are.
        journal: is told the steps.
    """
    where, partly = plan.sources[split].name, plan.limit is not None
    before = list(taken.steps)
    if plan.roles.series:  # those counted steps, which are gathered by now
        cleaning.judge(before, plan.rules, where=where)
        before = []
    by_chance = plan.partition.kind == "stratified" and split == "train"
    rows = assign(
        taken.table,
        plan.roles,
        engine=engine,
        where=where,
        extras=taken.extras,
        draw_seed=plan.partition.seed if partly or by_chance else None,
    )
    if split == "train" and rows.renamed:
        told = ", ".join(f"{source} → {name}" for name, source in rows.renamed.items())
        journal.notes.append(f"{where}: columns whose names are taken are called {told}")
    hints = oddities.oddities(rows)
    if plan.roles.number and plan.roles.label:
        hints += oddities.no_numbers(taken.table, plan.roles.label, engine)
    clean = cleaning.clean(rows, plan.rules, ours=split == "train")
    journal.steps.extend((split, step) for step in clean.steps)
    journal.add_examples(split, rows, clean.examples)
    journal.warnings.extend(f"{where}: {hint}" for hint in hints)
    if not clean.steps[0].rows_in and plan.checks.private and where.endswith(".sql"):
        hints.append(
            "what data.private hides is hidden before rows are joined: hide the key that they are "
            "joined by in every source, as in {customer: hash, id: hash}"
        )
    cleaning.judge([*before, *clean.steps], plan.rules, where=where, hints=hints)
    n = clean.steps[-1].rows_out
    if plan.limit is None or plan.limit >= n:
        return clean.rows
    journal.note(split, Step("limit", n, plan.limit, f"limit={plan.limit}"))
    return _limited(clean.rows, plan.limit)


def _limited(rows: "Rows", limit: int) -> "Rows":
    from xinzhi.data.canonical import canonical

    narrow = rows.narrow
    label = [canonical(narrow.label, rows.engine)] if rows.labelled else []
    others = [*rows.beside, *(["time"] if "time" in narrow.columns else [])]
    order = ["draw", "first", "second", *label, *others]
    return rows.only(narrow.order_by(order).limit(limit))


def freeze(
    plan: Plan,
    engine: Engine,
    parts: "Mapping[str, Rows]",
    journal: Journal,
    fitted: dict[str, Any],
    inputs: str,
    *,
    classes: "Sequence[str] | None" = None,
) -> snapshot.Snapshot:
    """Write the rows, and how they came to be.

    Args:
        plan: what and how.
        engine: where they are.
        parts: train, val and test.
        journal: what happened.
        fitted: what was learned on training rows.
        inputs: the digest by which the snapshot is found again.
        classes: the labels of training, where its rows are not among these.
    """
    import pyarrow.parquet as pq

    from xinzhi.data import html, leakage
    from xinzhi.data.profile import profile

    folder = engine.scratch / "draft"
    folder.mkdir()
    parts = {split: freezing.keyed(rows) for split, rows in parts.items()}
    for split, rows in parts.items():
        freezing.write(rows, folder / f"{split}.parquet")
    counts = {split: pq.read_metadata(folder / f"{split}.parquet").num_rows for split in parts}
    if not counts["test"]:
        journal.warnings.append("there are no test rows: no result can be judged")
    frozen = {split: engine.read([folder / f"{split}.parquet"]) for split in parts}
    verdict = leakage.verdict(
        frozen,
        group="group" if plan.roles.group else None,
        features=None if plan.roles.text else parts["train"].record,
        timed=plan.roles.twice and bool(plan.roles.time),
        records={split: freezing.full(rows) for split, rows in parts.items()},
    )
    if shared := verdict.exact.get("train/test"):
        journal.warnings.append(f"{shared:,} {journal.noun(parts)} of test are in train too")
    class_counts = {split: answerable.class_counts(rows) for split, rows in parts.items()}
    schema = pq.read_schema(folder / "train.parquet")
    manifest = {
        "format": 2,
        "name": next(iter(plan.sources.values())).short_name,
        "digest": freezing.digest(parts),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "engine": engine.name,
        "declaration": plan.declared,
        "sources": [
            {"split": split, "name": source.name, "fingerprint": source.fingerprint()}
            for split, source in plan.sources.items()
        ],
        "split": _how_parted(plan),
        **journal.told(),
        "counts": counts,
        "classes": sorted(class_counts["train"] if classes is None else classes),
        "class_counts": class_counts,
        "renamed": parts["train"].renamed,
        "columns": {field.name: str(field.type).replace(" not null", "") for field in schema},
        "fitted": fitted,
        "leakage": verdict._asdict(),
        "profile": profile(folder),
    }
    files = {split: folder / f"{split}.parquet" for split in parts}
    if journal.quarantined:
        files["quarantine"] = _quarantine(engine, journal, folder)
    if (kept := attachments.needed(engine.scratch, files.values())) is not None:
        files[attachments.FILES] = kept
    made = snapshot.write(files, manifest, inputs=inputs)
    html.write(made)
    return made


def _quarantine(engine: Engine, journal: Journal, folder: "Path") -> "Path":
    import ibis

    tables = [
        table.mutate(split=ibis.literal(split)) for split, table in journal.quarantined.items()
    ]
    path = folder / "quarantine.parquet"
    engine.write(tables[0] if len(tables) == 1 else ibis.union(*tables), path)
    return path


def _how_parted(plan: Plan) -> str:
    given = [split for split in ("val", "test") if split in plan.sources]
    if len(given) == 2:
        return "val and test as given"
    return str(plan.partition) + (f", {given[0]} as given" if given else "")

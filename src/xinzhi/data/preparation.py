"""Sources → roles → cleaning → parts → snapshot: the road of every data set."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data import cleaning, freezing, partition, snapshot
from xinzhi.data.hashing import uniform
from xinzhi.data.records import Step
from xinzhi.data.roles import Roles, assign
from xinzhi.data.sources import Source
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


class Plan(NamedTuple):
    """What is to be prepared.

    Attributes:
        sources: of train, and of val and test where given.
        roles: which column is what.
        rules: how rows are cleaned.
        partition: how rows are parted.
        limit: use so many rows of each source only.
        declared: the declaration, for the manifest.
    """

    sources: Mapping[str, Source]
    roles: Roles
    rules: cleaning.Rules
    partition: partition.Partition
    limit: int | None
    declared: dict[str, Any]


class _Journal(NamedTuple):
    """What a person should be told afterwards."""

    steps: list[tuple[str, Step]]
    notes: list[str]
    warnings: list[str]


def prepare(plan: Plan, *, inputs: str) -> snapshot.Snapshot:
    """Prepare and freeze a data set.

    Args:
        plan: what and how.
        inputs: the digest by which the snapshot is found again.
    """
    journal = _Journal([], [], [])
    given = {split: _cleaned(plan, split, journal) for split in plan.sources}
    given, shared = partition.without_shared(given)
    for split, step in shared.items():
        journal.steps.append((split, step))
        lost = step.rows_in - step.rows_out
        journal.warnings.append(f"{lost:,} rows were taken out of {split}: {step.why}")
    parts = partition.complete(given, plan.partition)
    parts = _answerable(plan, parts, journal)
    if shared_by_two := partition.shared_texts(parts):
        journal.warnings.append(f"{shared_by_two:,} texts of test are in train too")
    if parts["test"].empty:
        journal.warnings.append("there are no test rows: no result can be judged")
    tables = {split: freezing.table(frame) for split, frame in parts.items()}
    return snapshot.write(tables, _manifest(plan, tables, parts, journal), inputs=inputs)


def _cleaned(plan: Plan, split: str, journal: _Journal) -> "pd.DataFrame":
    source = plan.sources[split]
    records = source.read(plan.roles.columns)
    frame = assign(records, plan.roles, where=source.name)
    hints = cleaning.oddities(frame)
    cleaned = cleaning.clean(frame, plan.rules, ours=split == "train")
    journal.steps.extend((split, step) for step in [*records.steps, *cleaned.steps])
    journal.notes.extend(records.notes)
    journal.warnings.extend(f"{source.name}: {hint}" for hint in hints)
    cleaning.judge(cleaned, len(frame), plan.rules, where=source.name, hints=hints)
    if plan.limit is None or plan.limit >= len(cleaned.frame):
        return cleaned.frame
    drawn = uniform(cleaned.frame["text"], plan.partition.seed).argsort(kind="stable")
    journal.steps.append((split, Step("limit", len(drawn), plan.limit, f"limit={plan.limit}")))
    return cleaned.frame.iloc[drawn[: plan.limit]]


def _answerable(
    plan: Plan, parts: "dict[str, pd.DataFrame]", journal: _Journal
) -> "dict[str, pd.DataFrame]":
    """Keep rows out of val and test whose label training never saw: no model could name it.

    Raises:
        DataError: there is one class only, or most labels of a given part are strange.
    """
    known = set(cleaning.label_counts(parts["train"]))
    if len(known) < (1 if plan.roles.multilabel else 2):
        raise DataError(
            f"{plan.sources['train'].name}: column {plan.roles.label!r} must hold at least two "
            f"classes, it holds {len(known)}: {', '.join(sorted(known)) or 'none'}"
        )
    other = plan.rules.rare == "other" and cleaning.OTHER in known
    kept = {"train": parts["train"]}
    for split in ("val", "test"):
        rows = parts[split]
        kept[split] = cleaning.with_labels(rows, known, other=other)
        strange = sorted(set(cleaning.label_counts(rows)) - known)
        if not strange:
            continue
        step = Step("unknown labels", len(rows), len(kept[split]), "training never saw the label")
        journal.steps.append((split, step))
        lost = step.rows_in - step.rows_out
        named = ", ".join(strange[:5]) + (" …" if len(strange) > 5 else "")
        done = "called other" if other else f"{lost:,} rows kept out of the metrics"
        journal.warnings.append(f"{split}: labels that train does not have ({named}): {done}")
        if split in plan.sources and lost > plan.rules.max_dropped * len(rows):
            raise DataError(
                f"{plan.sources[split].name}: at most {plan.rules.max_dropped:.0%} of the rows may "
                f"have labels that train does not have, {lost:,} of {len(rows):,} do: {named}",
                candidates=sorted(known)[:8],
                mend="look at data.label, or data.max_dropped=1 if that is what you want",
            )
    return kept


def _manifest(
    plan: Plan,
    tables: Mapping[str, Any],
    parts: "Mapping[str, pd.DataFrame]",
    journal: _Journal,
) -> dict[str, Any]:
    return {
        "format": 1,
        "name": plan.sources["train"].short_name,
        "digest": freezing.digest(tables),
        "declaration": plan.declared,
        "sources": [
            {"split": split, "name": source.name, "fingerprint": source.fingerprint()}
            for split, source in plan.sources.items()
        ],
        "split": _how_parted(plan),
        "steps": [{"split": split, **step._asdict()} for split, step in journal.steps],
        "notes": list(dict.fromkeys(journal.notes)),
        "warnings": journal.warnings,
        "counts": {split: table.num_rows for split, table in tables.items()},
        "classes": sorted(cleaning.label_counts(parts["train"])),
        "class_counts": {
            split: dict(sorted(cleaning.label_counts(frame).items()))
            for split, frame in parts.items()
        },
        "columns": {field.name: str(field.type) for field in tables["train"].schema},
    }


def _how_parted(plan: Plan) -> str:
    given = [split for split in ("val", "test") if split in plan.sources]
    if len(given) == 2:
        return "val and test as given"
    return str(plan.partition) + (f", {given[0]} as given" if given else "")

"""Ordinary dirt: dropped, merged or mapped, and every row of it counted."""

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from xinzhi.data.records import Step
from xinzhi.data.rows import Rows, counted, counts
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import ibis

OTHER = "other"
_STATES = {
    "empty": "no text",
    "unlabelled": "no label",
    "no time": "data.time is empty",
    "no group": "data.group is empty",
}


class Rules(NamedTuple):
    """What to do with rows that teach nothing or contradict each other.

    Attributes:
        min_count: labels with fewer rows are rare.
        rare: drop their rows, or call them all `other`.
        conflicts: keep or drop texts that carry different labels.
        max_dropped: the share of dropped rows beyond which something is wrong with the source.
        near_duplicates: the Jaccard similarity from which later texts are dropped; None keeps them.
    """

    min_count: int = 5
    rare: Literal["drop", "other"] = "drop"
    conflicts: Literal["keep", "drop"] = "keep"
    max_dropped: float = 0.1
    near_duplicates: float | None = None


class Example(NamedTuple):
    """A row that a step left out or changed.

    Attributes:
        step: its name.
        why: it was left out.
        id: of the row.
    """

    step: str
    why: str
    id: int


class Cleaned(NamedTuple):
    """What is left, and what happened.

    Attributes:
        rows: those that go on.
        steps: one per rule that was applied.
        examples: a few rows of each step that left some out.
    """

    rows: Rows
    steps: list[Step]
    examples: list[Example]

    @property
    def dropped(self) -> int:
        """How many rows were lost for good; merged duplicates are not."""
        return sum(s.rows_in - s.rows_out for s in self.steps if s.step != "duplicates")


def clean(rows: Rows, rules: Rules, *, ours: bool) -> Cleaned:
    """Apply the rules in their order.

    Args:
        rows: as their roles were given.
        rules: what to do.
        ours: whether contradicting and rare rows may go; in a person's own val or test rows they
            stay, for that is what the model will meet.
    """
    cleaned = _states(rows)
    labelled = rows.labelled
    order: list[tuple[str, str, Callable[[Rows], Rows]]] = []
    same = "same text and label, merged" if "text" in rows.record else "equal rows, merged"
    order.append(("duplicates", same, merged))
    if (near := rules.near_duplicates) is not None and ours:
        why = f"at least {near:g} similar to an earlier text"
        order.append(("near duplicates", why, lambda given: _without_near(given, near)))
    if ours and labelled and rules.conflicts == "drop":
        order.append(("conflicts", "same text, different labels", _without_conflicts))
    if ours and labelled:
        why = f"labels with fewer than {rules.min_count} rows"
        order.append((f"rare: {rules.rare}", why, lambda given: _rare(given, rules)))
    for name, why, apply in order:
        cleaned = _applied(cleaned, name, why, apply)
    return cleaned


def _states(rows: Rows) -> Cleaned:
    """Count the rows that were put aside when roles were given."""
    wide = rows.wide
    found = {
        row["state"]: row["n"]
        for row in rows.engine.rows(wide.group_by("state").aggregate(n=wide.count()))
    }
    left = sum(found.values())
    steps, examples = [], []
    states = _STATES
    needed = {"no time": "time", "no group": "group", "unlabelled": "label"}
    if "text" not in rows.record:
        states = states | {"empty": "no value in any column"}
    for state, why in states.items():
        if state in needed and needed[state] not in wide.columns:
            continue
        gone = found.get(state, 0)
        steps.append(Step(state, left, left - gone, why))
        left -= gone
        if gone:
            aside = wide.filter(wide.state == state)
            examples += [Example(state, why, one) for one in rows.first_ids(aside)]
    return Cleaned(rows, steps, examples)


def _applied(cleaned: Cleaned, name: str, why: str, apply: "Callable[[Rows], Rows]") -> Cleaned:
    before = cleaned.rows
    after = apply(before)
    n = cleaned.steps[-1].rows_out
    left = n if after is before else after.size()
    examples = list(cleaned.examples)
    if left < n:
        gone = before.narrow.anti_join(after.narrow, "id")
        examples += [Example(name, why, one) for one in before.first_ids(gone)]
    if after is not before:
        before.engine.forget(before.narrow)
    return Cleaned(after, [*cleaned.steps, Step(name, n, left, why)], examples)


def merged(rows: Rows) -> Rows:
    """Keep the earliest of equal rows, whatever their order in the source.

    Args:
        rows: equal ones have the same record and label.
    """
    import ibis

    narrow, by = rows.narrow, rows.identity
    groups = narrow.group_by(by)
    twice = groups.aggregate(n=narrow.count()).filter(ibis._.n > 1).drop("n")
    later = [name for name in rows.roles if name in narrow.columns]
    if not later and not rows.extras:  # equal in all that goes on: any of them
        only = groups.aggregate(id=narrow.id.min(), n=narrow.count())
        kept = rows.engine.keep(only)
        if not rows.engine.rows(kept.aggregate(more=(kept.n > 1).any()))[0]["more"]:
            rows.engine.forget(kept)
            return rows
        rest = [name for name in narrow.columns if name not in [*by, "id"]]
        if not rest:
            return rows._replace(narrow=kept.drop("n"))
        return rows.only(narrow.semi_join(kept, "id"))
    equal = rows.engine.keep(narrow.semi_join(twice, by))
    if not rows.engine.count(equal):
        return rows
    full = equal.inner_join(rows.wide.select("id", *rows.extras), "id") if rows.extras else equal
    order = [full[name].asc(nulls_first=False) for name in [*later, *rows.extras]]
    place = ibis.row_number().over(group_by=by, order_by=[*order, full.id])
    ranked = full.mutate(place=place)
    return rows.only(narrow.anti_join(ranked.filter(ranked.place > 0), "id"))


def _without_near(rows: Rows, threshold: float) -> Rows:
    import numpy as np
    import pyarrow as pa

    from xinzhi.data.near_duplicates import representatives

    if "text" not in rows.record:
        raise DataError(
            "data.near_duplicates needs data.text: it compares texts", mend="data.text=COLUMN"
        )
    order = [name for name in ("time", "first", "second") if name in rows.narrow.columns]
    texts = rows.wide.select("id", "text")
    ordered = rows.narrow.select("id", *order).inner_join(texts, "id").order_by([*order, "id"])
    ids: list[pa.Array] = []

    def arriving() -> "Iterator[pa.Array]":
        for batch in rows.engine.batches(ordered.select("id", "text")):
            ids.append(batch.column("id"))
            yield batch.column("text")

    first = representatives(arriving(), threshold)
    alone = first == np.arange(len(first))
    if alone.all():
        return rows
    kept = pa.chunked_array(ids, pa.int64()).filter(pa.array(alone))
    return rows.only(rows.narrow.semi_join(rows.engine.load(pa.table({"id": kept})), "id"))


def _without_conflicts(rows: Rows) -> Rows:
    import ibis

    narrow, text = rows.narrow, ["first", "second"]
    clashing = narrow.group_by(text).aggregate(n=narrow.count()).filter(ibis._.n > 1)
    clashing = rows.engine.keep(clashing)  # equal rows are merged by now
    if not rows.engine.count(clashing):
        return rows
    return rows.only(narrow.anti_join(clashing, text))


def _rare(rows: Rows, rules: Rules) -> Rows:
    found = rows.engine.keep(counts(rows))
    known = found.filter(found.n >= rules.min_count)
    return with_labels(rows, known, found, other=rules.rare == "other")


def with_labels(rows: Rows, known: "ibis.Table", found: "ibis.Table", *, other: bool) -> Rows:
    """Keep known labels; the rest is called `other`, or its rows go.

    Args:
        rows: labelled.
        known: with a column `label`: those to keep.
        found: with a column `label`: those that the rows have.
        other: whether unknown ones become `other`.
    """
    if not rows.engine.count(found.anti_join(known, "label")):
        return rows
    if rows.many:
        return _several(rows, known, other=other)
    if not other:
        return rows.only(rows.narrow.semi_join(known, "label"))
    named = known.select("label", known_label=known.label)
    joined = rows.narrow.left_join(named, "label")
    label = joined.known_label.fill_null(OTHER)
    mapped = joined.select(*[n for n in rows.narrow.columns if n != "label"], label=label)
    return merged(rows.only(mapped))


def _several(rows: Rows, known: "ibis.Table", *, other: bool) -> Rows:
    import ibis

    names = [row["label"] for row in rows.engine.rows(known.select("label"))]
    label = rows.narrow.label

    def is_known(one: Any) -> Any:  # noqa: ANN401 - Ibis columns
        return one.isin(names) if names else one.isnull()

    if other:
        label = label.map(lambda one: ibis.ifelse(is_known(one), one, OTHER)).unique().sort()
    else:
        label = label.filter(is_known)
    mapped = rows.narrow.mutate(label=label)
    return merged(rows.only(mapped.filter(mapped.label.length() > 0)))


def judge(cleaned: Cleaned, rules: Rules, *, where: str, hints: "Sequence[str]") -> None:
    """Stop where too much was lost or nothing to learn is left.

    Args:
        cleaned: what is left.
        rules: hold the limit.
        where: the source, for the message.
        hints: what looked odd about it.

    Raises:
        DataError: says how many rows each rule took.
    """
    rows = cleaned.steps[0].rows_in
    taken = ", ".join(
        f"{s.step} {s.rows_in - s.rows_out:,}" for s in cleaned.steps if s.rows_in > s.rows_out
    )
    because = "".join(f"\n  {hint}" for hint in hints)
    if cleaned.dropped > rules.max_dropped * rows:
        share = cleaned.dropped / rows
        raise DataError(
            f"{where}: at most {rules.max_dropped:.0%} of the rows may be dropped, "
            f"{share:.1%} of {rows:,} would be ({taken}){because}",
            mend=f"mend the source, or data.max_dropped={min(1.0, int(share * 100 + 1) / 100):.2f} "
            "if that is what you want",
        )
    if not cleaned.steps[-1].rows_out:
        raise DataError(f"{where}: no row is left of {rows:,} ({taken or 'it is empty'}){because}")


def oddities(rows: Rows) -> list[str]:
    """Say where a label looks like something else than a class.

    Args:
        rows: before rare labels go.
    """
    if not rows.labelled:
        return []
    engine, wide = rows.engine, rows.wide
    labelled = wide.filter(wide.label.notnull())
    found = engine.keep(counted(labelled, many=rows.many))
    (told,) = engine.rows(found.aggregate(labels=found.count()))
    if told["labels"] <= 10:
        return []
    n = engine.count(labelled)
    numbers = 0
    for batch in engine.batches(found.select("label", "n")):
        pairs = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        numbers += sum(count for label, count in pairs if _is_fraction(label))
    if numbers > 0.5 * n:
        return [f"the label looks like a measured number ({told['labels']:,} different values)"]
    if told["labels"] > 50 and told["labels"] > 0.5 * n:
        share = f"{told['labels']:,} different values in {n:,} rows"
        return [f"the label looks like an id ({share})"]
    return []


def _is_fraction(label: str) -> bool:
    try:
        return not float(label).is_integer()
    except (ValueError, OverflowError):
        return False

"""Ordinary dirt: dropped, merged or mapped, and every row of it counted."""

from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from xinzhi.data.duplicates import merged, without_conflicts, without_near
from xinzhi.data.rare import without_rare
from xinzhi.data.records import Step
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xinzhi.data.rows import Rows

_STATES = {
    "empty": "no text",
    "unlabelled": "no label",
    "no time": "data.time is empty",
    "no group": "data.group is empty",
}


_NO_LOSS = ("duplicates", "neutral")  # one of them stays; a packaged set has no class for them


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

    rows: "Rows"
    steps: list[Step]
    examples: list[Example]


def clean(rows: "Rows", rules: Rules, *, ours: bool) -> Cleaned:
    """Apply the rules in their order.

    Args:
        rows: as their roles were given.
        rules: what to do.
        ours: whether contradicting and rare rows may go; in a person's own val or test rows they
            stay, for that is what the model will meet.
    """
    cleaned = _states(rows)
    for name, why, apply in _order(rows, rules, ours=ours):
        cleaned = _applied(cleaned, name, why, apply)
    return cleaned


def _order(
    rows: "Rows", rules: Rules, *, ours: bool
) -> "list[tuple[str, str, Callable[[Rows], Rows]]]":
    """Give name, reason and function of each step."""
    order: list[tuple[str, str, Callable[[Rows], Rows]]] = []
    if not rows.twice:
        is_text = "text" in rows.record and not rows.beside
        same = "same text and label, merged" if is_text else "equal rows, merged"
        order.append(("duplicates", same, merged))
    if (near := rules.near_duplicates) is not None and ours:
        why = f"at least {near:g} similar to an earlier text"
        order.append(("near duplicates", why, lambda given: without_near(given, near)))
    if ours and rows.classed and rules.conflicts == "drop":
        order.append(("conflicts", "same text, different labels", without_conflicts))
    if ours and rows.classed:
        why, other = f"labels with fewer than {rules.min_count} rows", rules.rare == "other"
        rare = partial(without_rare, min_count=rules.min_count, other=other)
        order.append((f"rare: {rules.rare}", why, rare))
    return order


def _states(rows: "Rows") -> Cleaned:
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
    if rows.number:
        states = states | {"unlabelled": "no label that is a number"}
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


def dropped(steps: "Iterable[Step]") -> int:
    """Count the rows that were lost for good; merged duplicates are not.

    Args:
        steps: what became of the rows.
    """
    return sum(s.rows_in - s.rows_out for s in steps if s.step not in _NO_LOSS)


def judge(
    steps: "Sequence[Step]", rules: Rules, *, where: str, hints: "Sequence[str]" = ()
) -> None:
    """Stop where too much was lost or nothing to learn is left.

    Args:
        steps: what became of the rows, one after the other.
        rules: hold the limit.
        where: the source, for the message.
        hints: what looked odd about it.

    Raises:
        DataError: says how many rows each rule took.
    """
    if not steps:
        return
    rows, lost = steps[0].rows_in, dropped(steps)
    taken = ", ".join(
        f"{s.step} {s.rows_in - s.rows_out:,}" for s in steps if s.rows_in > s.rows_out
    )
    because = "".join(f"\n  {hint}" for hint in hints)
    if lost > rules.max_dropped * rows:
        share = lost / rows
        limit = min(1.0, int(share * 100 + 1) / 100)
        allowed = f", or data.max_dropped={limit:.2f} if that is what you want"
        raise DataError(
            f"{where}: at most {rules.max_dropped:.0%} of the rows may be dropped, "
            f"{share:.1%} of {rows:,} would be ({taken}){because}",
            mend=f"mend the source{allowed if lost < rows else ''}",
        )
    if not steps[-1].rows_out:
        raise DataError(f"{where}: no row is left of {rows:,} ({taken or 'it is empty'}){because}")

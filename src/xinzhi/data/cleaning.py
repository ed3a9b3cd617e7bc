"""Ordinary dirt: dropped, merged or mapped, and every row of it counted."""

from collections import Counter
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Literal, NamedTuple

from xinzhi.data.records import Step
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

OTHER = "other"


class Rules(NamedTuple):
    """What to do with rows that teach nothing or contradict each other.

    Attributes:
        min_count: labels with fewer rows are rare.
        rare: drop their rows, or call them all `other`.
        conflicts: keep or drop texts that carry different labels.
        max_dropped: the share of dropped rows beyond which something is wrong with the source.
    """

    min_count: int = 5
    rare: Literal["drop", "other"] = "drop"
    conflicts: Literal["keep", "drop"] = "keep"
    max_dropped: float = 0.1


class Cleaned(NamedTuple):
    """What is left, and what happened.

    Attributes:
        frame: the rows that go on.
        steps: one per rule that was applied.
        dropped: how many rows were lost for good; merged duplicates are not.
    """

    frame: "pd.DataFrame"
    steps: list[Step]
    dropped: int


def is_multilabel(frame: "pd.DataFrame") -> bool:
    """Tell whether rows carry a tuple of labels each.

    Args:
        frame: with the column `label`.
    """
    return len(frame) > 0 and isinstance(frame["label"].iloc[0], tuple)


def label_counts(frame: "pd.DataFrame") -> Counter[str]:
    """Count the rows of every label.

    Args:
        frame: with the column `label`, of strings or of tuples.
    """
    if is_multilabel(frame):
        return Counter(label for labels in frame["label"] for label in labels)
    return Counter(frame["label"].tolist())


def clean(frame: "pd.DataFrame", rules: Rules, *, ours: bool) -> Cleaned:
    """Apply the rules in their order.

    Args:
        frame: columns `text` and `label` (missing where empty), perhaps time, group, key, others.
        rules: what to do.
        ours: whether contradicting and rare rows may go; in a person's own val or test rows they
            stay, for that is what the model will meet.

    Returns:
        The rows, in an order that depends on their content alone.
    """
    empty, unlabelled = "no text", "no label"
    order: list[tuple[str, str, Callable[[pd.DataFrame], pd.DataFrame]]] = [
        ("empty", empty, lambda rows: rows[rows["text"].notna()]),
        ("unlabelled", unlabelled, lambda rows: rows[rows["label"].notna()]),
    ]
    needed = [column for column in ("time", "group") if column in frame.columns]
    order += [(f"no {name}", f"data.{name} is empty", _having(name)) for name in needed]
    order.append(("duplicates", "same text and label, merged", _merge))
    if ours and rules.conflicts == "drop":
        order.append(("conflicts", "same text, different labels", _without_conflicts))
    if ours:
        why = f"labels with fewer than {rules.min_count} rows"
        order.append((f"rare: {rules.rare}", why, lambda rows: _rare(rows, rules)))
    steps = []
    for name, why, apply in order:
        before = len(frame)
        frame = apply(frame)
        steps.append(Step(name, before, len(frame), why))
    dropped = sum(s.rows_in - s.rows_out for s in steps if s.step != "duplicates")
    return Cleaned(frame.reset_index(drop=True), steps, dropped)


def _having(column: str) -> "Callable[[pd.DataFrame], pd.DataFrame]":
    return lambda rows: rows[rows[column].notna()]


def _merge(rows: "pd.DataFrame") -> "pd.DataFrame":
    # the earliest of equal rows stays, whatever their order in the file
    others = [column for column in ("time", "group", "key") if column in rows.columns]
    rest = [c for c in rows.columns if c not in {"text", "label", *others}]
    ordered = rows.sort_values(["text", "label", *others, *rest], kind="stable")
    return ordered.drop_duplicates(["text", "label"])


def _without_conflicts(rows: "pd.DataFrame") -> "pd.DataFrame":
    return rows[~rows["text"].duplicated(keep=False)]  # equal rows are merged by now


def _rare(rows: "pd.DataFrame", rules: Rules) -> "pd.DataFrame":
    counts = label_counts(rows)
    kept = {label for label, n in counts.items() if n >= rules.min_count}
    return with_labels(rows, kept, other=rules.rare == "other")


def with_labels(rows: "pd.DataFrame", known: Collection[str], *, other: bool) -> "pd.DataFrame":
    """Keep known labels; the rest is called `other`, or its rows go.

    Args:
        rows: with the column `label`.
        known: the labels to keep.
        other: whether unknown ones become `other`.
    """
    if all(label in known for label in label_counts(rows)):
        return rows
    many = is_multilabel(rows)

    def mapped(value: str | tuple[str, ...]) -> str | tuple[str, ...] | None:
        labels = (value,) if isinstance(value, str) else value
        fresh = {label if label in known else OTHER for label in labels if other or label in known}
        if not fresh:
            return None
        return tuple(sorted(fresh)) if many else fresh.pop()

    fresh = rows.assign(label=rows["label"].astype(object).map(mapped))
    return _merge(fresh[fresh["label"].notna()])


def judge(cleaned: Cleaned, rows: int, rules: Rules, *, where: str, hints: list[str]) -> None:
    """Stop where too much was lost or nothing to learn is left.

    Args:
        cleaned: what is left.
        rows: how many there were.
        rules: hold the limit.
        where: the source, for the message.
        hints: what looked odd about it.

    Raises:
        DataError: says how many rows each rule took.
    """
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
    if cleaned.frame.empty:
        raise DataError(f"{where}: no row is left of {rows:,} ({taken or 'it is empty'}){because}")


def oddities(frame: "pd.DataFrame") -> list[str]:
    """Say where a label looks like something else than a class.

    Args:
        frame: with the column `label`, before rare labels go.
    """
    labelled = frame[frame["label"].notna()]
    counts = label_counts(labelled)
    found = []
    numbers = sum(n for label, n in counts.items() if _is_fraction(label))
    if len(counts) > 10 and numbers > 0.5 * len(labelled):
        found.append(f"the label looks like a measured number ({len(counts):,} different values)")
    elif len(counts) > 50 and len(counts) > 0.5 * len(labelled):
        share = f"{len(counts):,} different values in {len(labelled):,} rows"
        found.append(f"the label looks like an id ({share})")
    return found


def _is_fraction(label: str) -> bool:
    try:
        return not float(label).is_integer()
    except (ValueError, OverflowError):
        return False

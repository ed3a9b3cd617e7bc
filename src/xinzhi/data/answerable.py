"""Labels of val and test that training never saw: no model could name them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from xinzhi.data.cleaning import Rules
from xinzhi.data.rare import OTHER, with_labels
from xinzhi.data.records import Step
from xinzhi.data.rows import Rows, counts
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import ibis

    from xinzhi.data.journal import Journal


def class_counts(rows: Rows) -> dict[str, int]:
    """Count the rows of every label, by label.

    Args:
        rows: of a part.
    """
    if not rows.classed:
        return {}
    return {row["label"]: row["n"] for row in rows.engine.rows(counts(rows).order_by("label"))}


def known_labels(
    parts: Mapping[str, Rows],
    rules: Rules,
    journal: "Journal",
    *,
    given: Mapping[str, str],
    label: str | None,
) -> dict[str, Rows]:
    """Keep rows out of val and test whose label training never saw.

    Args:
        parts: all three.
        rules: of cleaning.
        journal: is told what was kept out.
        given: the parts that a person gave → the name of the source.
        label: the column of the class.

    Raises:
        DataError: there is one class only, or most labels of a given part are strange.
    """
    train = parts["train"]
    if not train.classed:
        return dict(parts)
    engine = train.engine
    known = engine.keep(counts(train))
    first = [row["label"] for row in engine.rows(known.order_by("label").limit(8))]
    if len(first) < (1 if train.many else 2):
        raise DataError(
            f"{given['train']}: column {label!r} must hold at least two classes, it holds "
            f"{len(first)}: {', '.join(first) or 'none'}"
        )
    kept = {"train": train}
    for split in ("val", "test"):
        kept[split] = known_labels_of(
            split, parts[split], known, rules, journal, given=given.get(split)
        )
    return kept


def known_labels_of(
    split: str,
    rows: Rows,
    known: "ibis.Table",
    rules: Rules,
    journal: "Journal",
    *,
    given: str | None,
) -> Rows:
    """Keep rows out of a part whose label training never saw.

    Args:
        split: val or test.
        rows: of the part.
        known: with a column `label`: those of training.
        rules: of cleaning.
        journal: is told what was kept out.
        given: the name of the source, where a person gave the part.

    Raises:
        DataError: most labels of a given part are strange.
    """
    engine = rows.engine
    other = rules.rare == "other" and bool(engine.count(known.filter(known.label == OTHER)))
    found = engine.keep(counts(rows))
    kept = with_labels(rows, known, found, other=other)
    if kept is rows:
        return rows
    strange = _strange(found.anti_join(known, "label"), rows)
    step = Step("unknown labels", rows.size(), kept.size(), _WHY)
    journal.note(split, step)
    lost = step.rows_in - step.rows_out
    done = "called other" if other else f"{lost:,} rows kept out of the metrics"
    journal.warnings.append(f"{split}: labels that train does not have ({strange}): {done}")
    if given is not None and lost > rules.max_dropped * step.rows_in:
        first = [row["label"] for row in engine.rows(known.order_by("label").limit(8))]
        raise DataError(
            f"{given}: at most {rules.max_dropped:.0%} of the rows may "
            f"have labels that train does not have, {lost:,} of {step.rows_in:,} do: {strange}",
            candidates=first,
            mend="look at data.label, or data.max_dropped=1 if that is what you want",
        )
    return kept


_WHY = "training never saw the label"


def _strange(labels: "ibis.Table", rows: Rows) -> str:
    named = [row["label"] for row in rows.engine.rows(labels.order_by("label").limit(6))]
    return ", ".join(named[:5]) + (" …" if len(named) > 5 else "")

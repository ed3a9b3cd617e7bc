"""Labels that too few rows have, or that training does not know: their rows go, or are `other`."""

from typing import TYPE_CHECKING, Any

from xinzhi.data.duplicates import merged
from xinzhi.data.rows import Rows, counts

if TYPE_CHECKING:
    import ibis

OTHER = "other"


def without_rare(rows: Rows, min_count: int, *, other: bool) -> Rows:
    """Keep labels that enough rows have; the rest is called `other`, or its rows go.

    Args:
        rows: labelled.
        min_count: labels with fewer rows are rare.
        other: whether rare ones become `other`.
    """
    found = rows.engine.keep(counts(rows))
    return with_labels(rows, found.filter(found.n >= min_count), found, other=other)


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

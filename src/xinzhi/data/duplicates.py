"""Rows that say the same as others, nearly the same, or of the same record something else."""

from typing import TYPE_CHECKING

from xinzhi.data.rows import Rows
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator


def merged(rows: Rows) -> Rows:
    """Keep the earliest of equal rows, whatever their order in the source.

    Args:
        rows: equal ones have the same record and label; they stay where that is declared.
    """
    if rows.twice:
        return rows
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
    nth = ibis.row_number().over(group_by=by, order_by=[*order, full.id])
    ranked = full.mutate(nth=nth)
    return rows.only(narrow.anti_join(ranked.filter(ranked.nth > 0), "id"))


def without_near(rows: Rows, threshold: float) -> Rows:
    """Keep the earliest of texts that are nearly the same.

    Args:
        rows: of texts.
        threshold: the Jaccard similarity from which later ones go.

    Raises:
        DataError: there is no text.
    """
    import numpy as np
    import pyarrow as pa

    from xinzhi.data.near_duplicates import representatives

    if "text" not in rows.record:
        raise DataError(
            "data.near_duplicates needs data.text: it compares texts", mend="data.text=COLUMN"
        )
    order = ["time"] * ("time" in rows.narrow.columns) + ["first", "second", *rows.beside]
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


def without_conflicts(rows: Rows) -> Rows:
    """Take out records that carry different labels.

    Args:
        rows: of which equal ones are merged.
    """
    import ibis

    narrow, text = rows.narrow, ["first", "second"]
    told = narrow.select(*text, "label").distinct() if rows.beside else narrow
    clashing = told.group_by(text).aggregate(n=told.count()).filter(ibis._.n > 1)
    clashing = rows.engine.keep(clashing)  # equal rows are merged by now
    if not rows.engine.count(clashing):
        return rows
    return rows.only(narrow.anti_join(clashing, text))

"""Rows whose value another row has already."""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from xinzhi.data.flags import Flagged
from xinzhi.data.schema import Rule, Schema
from xinzhi.data.violations import order

if TYPE_CHECKING:
    import ibis

    from xinzhi.data.engine import Engine


def with_repeated(of: Flagged, schema: Schema, engine: "Engine") -> tuple[Flagged, dict[Rule, int]]:
    """Flag all but one of the rows that share a value which must be unique, and count them.

    One pass each column. The row that stays is one that holds to every other rule, where there is
    one, and of those the smallest.

    Args:
        of: rows with the flags of all other rules.
        schema: what must hold.
        engine: where the rows are.
    """
    import ibis

    rules = [rule for column in schema.columns for rule in column.rules if rule.name == "unique"]
    found = {}
    for rule in rules:
        value = of.values[rule.column]
        groups = of.rows.filter(of.rows[value].notnull()).group_by(value)
        groups = groups.aggregate(_rows=ibis._.count())
        shared = engine.keep(groups.filter(groups["_rows"] > 1))
        more = shared.aggregate(rows=(shared["_rows"] - 1).sum().fill_null(0))
        count = int(engine.rows(more)[0]["rows"])
        if count:
            found[rule] = (count, shared)
    counts = {rule: found[rule][0] if rule in found else 0 for rule in rules}
    rows, flags = of.rows, dict(of.flags)
    for at, (rule, (_, shared)) in enumerate(found.items()):
        flag = f"_xinzhi_unique_{at}"
        rows = _marked(of._replace(rows=rows), rule, flag, shared)
        flags[rule] = flag
    return of._replace(rows=rows, flags=flags), counts


def _marked(of: Flagged, rule: Rule, flag: str, shared: "ibis.Table") -> "ibis.Table":
    """Only rows that share a value are sorted; the others, most rows, pass by."""
    import ibis

    never = ibis.literal(False)  # noqa: FBT003 - a value
    value = of.values[rule.column]
    some = of.rows.semi_join(shared, value)
    bad = reduce(or_, (some[each] for each in of.flags.values()), never)
    smaller = order(some, [of.raw.get(name, name) for name in of.columns])
    at = ibis.row_number().over(group_by=some[value], order_by=[bad.ifelse(1, 0), *smaller])
    others = of.rows.anti_join(shared, value).mutate(**{flag: never})
    return ibis.union(others, some.mutate(**{flag: at > 0}))

"""A declared schema on the rows of a source: what violates it fails, is dropped or kept apart."""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data import violations
from xinzhi.data.flags import Flagged, flagged
from xinzhi.data.records import Step
from xinzhi.data.schema import Rule, Schema, parse
from xinzhi.data.uniqueness import with_repeated
from xinzhi.data.violations import Violation
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import ibis

    from xinzhi.data.engine import Engine

__all__ = ["Schema", "Validated", "apply", "parse"]

_REASON = "reason"


class Validated(NamedTuple):
    """Rows that hold to their schema.

    Attributes:
        table: the valid rows, typed.
        quarantined: the rows kept apart, as the source has them, with a column `reason`.
        steps: how many rows came and went on.
        violations: column, rule, rows, on, says and the first offending rows.
    """

    table: "ibis.Table"
    quarantined: "ibis.Table | None"
    steps: list[Step]
    violations: list[dict[str, Any]]


class _Judged(NamedTuple):
    rows: Flagged
    total: int
    bad: "ibis.Table | None"
    found: list[Violation]


def apply(table: "ibis.Table", schema: Schema | None, *, engine: "Engine", where: str) -> Validated:
    """Hold rows to their schema; every rule is judged before anything fails.

    One pass over the rows judges the rules of a row, one more each column that must be unique.

    Args:
        table: the rows.
        schema: as parsed; None leaves the rows as they are.
        engine: where the rows are.
        where: their source, for messages.

    Raises:
        DataError: a rule that says fail is violated, or the schema does not fit the rows.
    """
    if schema is None:
        return Validated(table, None, [], [])
    rows = flagged(table, schema, engine, where)
    try:
        judged = _judged(rows, schema, engine)
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("_duckdb", "duckdb", "pyspark"):
            raise
        reason = str(error).strip().splitlines()[0]
        raise DataError(f"{where}: the declared rules cannot be computed: {reason}") from None
    violations.refuse(judged.found, judged.total, where)
    if judged.bad is None:
        number = sum(len(column.rules) for column in schema.columns) + len(schema.checks)
        why = f"{number} declared rule{'s' * (number > 1)}: every row holds"
        step = Step("validation", judged.total, judged.total, why)
        return Validated(rows.typed(rows.rows), None, [step], [])
    return _parted(judged, judged.bad, engine)


def _judged(of: Flagged, schema: Schema, engine: "Engine") -> _Judged:
    total, counts = _counts(of, engine)
    of, repeated = with_repeated(of, schema, engine)
    counts |= repeated
    enough = {rule: rule.value * total if rule.name == "null_share" else 0 for rule in counts}
    over = [rule for rule in counts if counts[rule] > enough[rule]]
    if not over:
        return _Judged(of, total, None, [])
    bad = engine.keep(of.rows.filter(_any(of.rows, of.flags, over)))
    found = [
        Violation(rule, counts[rule], violations.first(bad.filter(bad[of.flags[rule]]), of, engine))
        for rule in over
    ]
    return _Judged(of, total, bad, found)


def _counts(of: Flagged, engine: "Engine") -> tuple[int, dict[Rule, int]]:
    """How many rows there are and how many violate each rule of a row, in one pass."""
    import ibis

    sums = {flag: of.rows[flag].ifelse(1, 0).sum().fill_null(0) for flag in of.flags.values()}
    row = engine.rows(of.rows.aggregate(_rows=ibis._.count(), **sums))[0]
    return row["_rows"], {rule: row[flag] for rule, flag in of.flags.items()}


def _any(
    rows: "ibis.Table", flags: Mapping[Rule, str], rules: Iterable[Rule]
) -> "ibis.BooleanValue":
    import ibis

    never = ibis.literal(False)  # noqa: FBT003 - a value
    return reduce(or_, (rows[flags[rule]] for rule in rules), never)


def _parted(judged: _Judged, bad: "ibis.Table", engine: "Engine") -> Validated:
    """Rows that go on and rows kept apart; a row that is kept apart for any rule is not dropped."""
    of, rules = judged.rows, [each.rule for each in judged.found]
    apart = bad.filter(_any(bad, of.flags, (rule for rule in rules if rule.on == "quarantine")))
    bad_count, apart_count = engine.count(bad), engine.count(apart)
    left, steps = judged.total, []
    for action, number in (("drop", bad_count - apart_count), ("quarantine", apart_count)):
        why = "; ".join(each.rule.short for each in judged.found if each.rule.on == action)
        if why:
            steps.append(Step(f"validation: {action}", left, left - number, why))
            left -= number
    plain = [each.plain() for each in judged.found]
    good = of.typed(of.rows.filter(~_any(of.rows, of.flags, rules)))
    if all(rule.on != "quarantine" for rule in rules):
        return Validated(good, None, steps, plain)
    return Validated(good, _with_reason(apart, of, rules), steps, plain)


def _with_reason(rows: "ibis.Table", of: Flagged, rules: Iterable[Rule]) -> "ibis.Table":
    """Rows as the source has them, and every rule that each violates."""
    import ibis

    said = (rows[of.flags[rule]].ifelse(f"; {rule.short}", "") for rule in rules)
    reason = reduce(lambda left, right: left + right, said, ibis.literal("")).substr(2)
    given = {
        f"{name}_" if name == _REASON else name: rows[of.raw.get(name, name)] for name in of.columns
    }
    return rows.select(**given, **{_REASON: reason})

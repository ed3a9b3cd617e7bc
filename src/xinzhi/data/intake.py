"""A source's rows on the engine: private values hidden, the schema held."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data import private, series, validation, violations
from xinzhi.data.opened import Want
from xinzhi.data.records import require_columns
from xinzhi.data.roles import Roles
from xinzhi.data.unnamed import without_index

if TYPE_CHECKING:
    import ibis

    from xinzhi.data.engine import Engine
    from xinzhi.data.journal import Journal
    from xinzhi.data.opened import Source
    from xinzhi.data.private import Protector
    from xinzhi.data.records import Step


class Checks(NamedTuple):
    """What a source must hold to, and what of it is private.

    Attributes:
        schema: column → rules.
        checks: name → SQL over a row.
        on_violation: fail, drop or quarantine.
        private: column → mask, hash or drop, and `patterns`.
    """

    schema: Mapping[str, Any]
    checks: Mapping[str, str]
    on_violation: str
    private: Mapping[str, Any]


class Taken(NamedTuple):
    """The rows of a source that hold to what is declared, before columns get their roles.

    Attributes:
        table: the rows.
        extras: columns that go into the snapshot beside those that are learned from.
        steps: what became of the rows so far.
    """

    table: "ibis.Table"
    extras: tuple[str, ...]
    steps: "tuple[Step, ...]" = ()


def take_in(
    source: "Source",
    roles: Roles,
    checks: Checks,
    *,
    engine: "Engine",
    journal: "Journal",
    split: str,
    strings: frozenset[str] = frozenset(),
    beside: Sequence[str] = (),
) -> Taken:
    """Read a source onto an engine and hold it to its schema.

    Args:
        source: gives rows.
        roles: which column is what.
        checks: what it must hold to.
        engine: where to.
        journal: is told how it was read, and what violated the schema.
        split: train, val or test.
        strings: columns that are read as strings beside those that must be.
        beside: columns that go into the snapshot beside those that are learned from, even if they
            are to be ignored; rows of series have none.

    Raises:
        DataError: there is no such column beside.
    """
    schema = validation.parse(checks.schema, checks.checks, checks.on_violation)
    protect = private.protector(checks.private, None)
    opened = source.open(engine, _want(roles, checks, protect, strings, beside))
    if protect is not None:
        protect.require_met(source.name)
    steps = list(opened.steps)
    journal.notes.extend(opened.notes)
    table = opened.table
    if schema is not None:
        held = validation.apply(table, schema, engine=engine, where=source.name)
        violations.require_left(held.violations, held.steps, source.name)
        table = held.table
        steps += held.steps
        journal.violations.extend({"split": split, **found} for found in held.violations)
        if held.quarantined is not None and (n := engine.count(held.quarantined)):
            journal.quarantined[split] = held.quarantined
            journal.n_quarantined += n
    journal.steps.extend((split, step) for step in steps)
    if not roles.text and roles.features is None:
        keep = {*roles.columns, *roles.ignore, *checks.schema, *beside}
        table = _named(table, keep, engine, journal, source.name)
    extras = _extras(opened.extras, table, roles, beside, source.name)
    if roles.series:
        table, extras = _gathered(table, roles, engine, source.name), [roles.series]
        journal.notes.append(f"{source.name}: {engine.count(table):,} series were gathered")
    elif roles.numbered:
        table = series.widths(table, keep={*roles.single, *roles.ignore, *beside})
    there = tuple(name for name in extras if name in table.columns)
    return Taken(table, there, tuple(steps))


def _named(
    table: "ibis.Table", keep: set[str], engine: "Engine", journal: "Journal", where: str
) -> "ibis.Table":
    """Leave out what numbers the rows, and tell of other columns without a name."""
    named = without_index(table, keep=keep, engine=engine, where=where)
    journal.notes.extend(named.notes)
    journal.warnings.extend(named.warnings)
    return named.table


def _gathered(table: "ibis.Table", roles: Roles, engine: "Engine", where: str) -> "ibis.Table":
    """Make one row of the steps of a series."""
    assert roles.series is not None  # noqa: S101 - the caller has looked
    return series.gather(
        table,
        series=roles.series,
        time=roles.time,
        label=roles.label,
        group=roles.group,
        channels=roles.features,
        engine=engine,
        where=where,
        ignore=roles.ignore,
    )


def _extras(
    given: Sequence[str], table: "ibis.Table", roles: Roles, beside: Sequence[str], where: str
) -> list[str]:
    if not roles.series:
        require_columns(list(table.columns), beside, where)
    return [*(name for name in given if name not in roles.ignore), *beside]


def _want(
    roles: Roles,
    checks: Checks,
    protect: "Protector | None",
    strings: frozenset[str],
    beside: Sequence[str],
) -> Want:
    every = checks.checks or (not roles.text and (roles.features is None or roles.numbered))
    columns = None if every else tuple(dict.fromkeys([*roles.columns, *checks.schema, *beside]))
    # features are typed; of a text file's columns only the cells can tell the type
    typed = not roles.text or roles.features is not None
    return Want(columns, roles.strings | strings, protect, numbers=typed)

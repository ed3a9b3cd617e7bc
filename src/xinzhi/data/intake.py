"""A source's rows on the engine: private values hidden, the schema held, roles given."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data import private, validation
from xinzhi.data.opened import Want
from xinzhi.data.roles import Roles, assign

if TYPE_CHECKING:
    from xinzhi.data.engine import Engine
    from xinzhi.data.journal import Journal
    from xinzhi.data.opened import Source
    from xinzhi.data.private import Protector
    from xinzhi.data.rows import Rows


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


class Intake(NamedTuple):
    """What is to be taken in.

    Attributes:
        source: gives rows.
        roles: which column is what.
        checks: what it must hold to.
        draw_seed: gives each record a draw, where a split or a limit goes by chance.
    """

    source: "Source"
    roles: Roles
    checks: Checks
    draw_seed: int | None


def take_in(intake: Intake, *, engine: "Engine", journal: "Journal", split: str) -> "Rows":
    """Read a source onto an engine and give its columns their roles.

    Args:
        intake: what.
        engine: where to.
        journal: is told how it was read, and what violated the schema.
        split: train, val or test.
    """
    source, roles, checks = intake.source, intake.roles, intake.checks
    schema = validation.parse(checks.schema, checks.checks, checks.on_violation)
    protect = private.protector(checks.private, None)
    opened = source.open(engine, _want(roles, checks, protect))
    if protect is not None:
        protect.require_met(source.name)
    journal.steps.extend((split, step) for step in opened.steps)
    journal.notes.extend(opened.notes)
    table = opened.table
    if schema is not None:
        held = validation.apply(table, schema, engine=engine, where=source.name)
        table = held.table
        journal.steps.extend((split, step) for step in held.steps)
        journal.violations.extend({"split": split, **found} for found in held.violations)
        if held.quarantined is not None and (n := engine.count(held.quarantined)):
            journal.quarantined[split] = held.quarantined
            journal.n_quarantined += n
    extras = [name for name in opened.extras if name not in roles.ignore]
    return assign(
        table,
        roles,
        engine=engine,
        where=source.name,
        extras=extras if roles.text else (),
        draw_seed=intake.draw_seed,
    )


def _want(roles: Roles, checks: Checks, protect: "Protector | None") -> Want:
    every = checks.checks or (not roles.text and roles.features is None)
    columns = None if every else tuple(dict.fromkeys([*roles.columns, *checks.schema]))
    # a table's features are typed; of a text file's columns only the cells can tell the type
    return Want(columns, roles.strings, protect, numbers=not roles.text)

"""A sweep as it was asked for, and the one of its name that a ledger has."""

from collections.abc import Sequence
from dataclasses import replace

from xinzhi.config.ranks import say
from xinzhi.errors import ConfigError
from xinzhi.sweeping import command
from xinzhi.sweeping.frozen import Freezer
from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.ledger.renewal import renew
from xinzhi.sweeping.records import Job, Sweep
from xinzhi.sweeping.search.final import searched


def enter(ledger: Ledger, asked: command.Asked, freezer: Freezer) -> Sweep:
    """Enters a sweep, or its further jobs where a sweep of its name is there already.

    Args:
        ledger: holds it then.
        asked: it, as it was asked for.
        freezer: has prepared its rows.

    Raises:
        ConfigError: that one was of another space.
    """
    sweep = asked.sweep
    there = {known.name: known for known, _ in ledger.sweeps()}
    if sweep.name not in there:
        settings = {**sweep.settings, **freezer.settings()}
        return ledger.create(replace(sweep, settings=settings), asked.jobs)
    before = there[sweep.name]
    if told := command.differs(before, sweep):
        raise ConfigError(
            f"the sweep {sweep.name} was another: {'; '.join(told)}",
            mend="sweep.name=…; what has run already is taken over from the ledger",
        )
    own = searched(ledger.jobs(sweep.name))
    now = [replace(one, identity=asked.identify((*sweep.fixed, *one.overrides))) for one in own]
    stale = renew(ledger, [one.anew() for one in now])
    if stale:
        say(f"{stale} jobs are run again: code or rows have changed since")
    ledger.add(_further(asked.jobs, own))
    rows = freezer.settings(before.settings)
    settings = {**before.settings, **sweep.settings, **rows}
    return ledger.change(sweep.name, trials=sweep.trials, settings=settings)


def _further(asked: Sequence[Job], there: Sequence[Job]) -> list[Job]:
    """The jobs that are not there yet, in whatever order the keys were typed, with own numbers."""
    known = {frozenset(job.overrides) for job in there}
    fresh = [job for job in asked if frozenset(job.overrides) not in known]
    number = 1 + max((job.number for job in there), default=-1)
    trials = {job.trial for job in there}
    shift = 1 + max(trials) if trials & {job.trial for job in fresh} else 0
    return [
        replace(job, number=number + index, trial=job.trial + shift)
        for index, job in enumerate(fresh)
    ]

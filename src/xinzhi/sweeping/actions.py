"""`xinzhi sweep ACTION NAME`: what can be done with a sweep that is there."""

import functools
import os
import shlex
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xinzhi.config.identity import command_line, program
from xinzhi.config.near import UnknownNameError
from xinzhi.errors import ConfigError
from xinzhi.sweeping.application import APPLICATION
from xinzhi.sweeping.closing import settled
from xinzhi.sweeping.controller import drive
from xinzhi.sweeping.ledger import presence
from xinzhi.sweeping.ledger.opening import VARIABLE, open_ledger
from xinzhi.sweeping.result import Best, Listed, Said
from xinzhi.sweeping.search.final import searched
from xinzhi.sweeping.settings import workers_of
from xinzhi.sweeping.show import attendance, listing
from xinzhi.sweeping.show.standing import summed_up
from xinzhi.sweeping.show.wording import counted
from xinzhi.sweeping.why.marks import PROBES

if TYPE_CHECKING:
    from xinzhi.sweeping.ledger.ledger import Ledger
    from xinzhi.sweeping.records import Sweep
    from xinzhi.sweeping.result import SweepResult
    from xinzhi.training.beside import Train


def act(
    action: str,
    words: Sequence[str],
    *,
    ledger: str | None,
    train: "Train",
    parent: int | None = None,
) -> Any:  # noqa: ANN401 - each action has an answer of its own
    """Does what is asked for with a sweep.

    Args:
        action: list, status, resume, retry-failed, extend, stop, best or work.
        words: the sweep's name, the latest where there is none; of extend a number too.
        ledger: address of a PostgreSQL database; a file in the store's folder where it is None.
        train: fits what a config describes.
        parent: the process that started this worker.

    Raises:
        UnknownNameError: the action or the sweep is unknown.
    """
    looking = {"status": _status, "stop": _stop, "best": _best}
    going_on = {"resume": _resume, "retry-failed": _retry}
    known = ("list", *looking, *going_on, "extend", "work")
    if ledger:
        os.environ[VARIABLE] = ledger  # for workers; it may hold a password
    opened = open_ledger(ledger, create=False)
    if action == "list":
        return _list(opened)
    if action not in known:
        raise UnknownNameError("the action", action, known)
    numbers = [int(word) for word in words if _is_number(word)] if action == "extend" else []
    names = [word for word in words if action != "extend" or not _is_number(word)]
    name = _name(opened, names)
    if action == "work":
        return _work(opened, name, train, parent)
    if action == "extend":
        return _extend(opened, name, numbers, train)
    return (
        looking[action](opened, name)
        if action in looking
        else going_on[action](opened, name, train)
    )


def _name(ledger: "Ledger", words: Sequence[str]) -> str:
    if len(words) > 1:
        raise ConfigError(f"one sweep is meant, {len(words)} were named: {', '.join(words)}")
    if words:
        return ledger.sweep(words[0]).name
    latest = next(iter(ledger.sweeps()), None)
    if latest is None:
        raise ConfigError("there is no sweep yet", mend="xinzhi train -m seed=1,2,3")
    return latest[0].name


def _is_number(word: str) -> bool:
    return word.removeprefix("-").isdecimal()


def _list(ledger: "Ledger") -> Listed:
    there = attendance.of_the_search(ledger)
    plain = [
        {"name": s.name, "experiment": s.experiment, "method": s.method, "phase": s.phase,
         "created": s.created, **counts}
        for s, counts in there
    ]  # fmt: skip
    return Listed(plain, listing.listing(there))


def _status(ledger: "Ledger", name: str) -> "SweepResult":
    sweep = settled(ledger, name)
    told = attendance.unattended(sweep, presence.there(ledger, name))
    return summed_up(sweep, ledger.jobs(name), unattended=told)


def _resume(ledger: "Ledger", name: str, train: "Train") -> "SweepResult":
    sweep = _own(ledger, name)
    typed = f"{program()} sweep resume {name}"
    return drive(ledger, sweep, workers_of(sweep), train=train, typed=typed)


def _own(ledger: "Ledger", name: str) -> "Sweep":
    """Gives a sweep whose jobs are trainings of xinzhi.

    Raises:
        ConfigError: another program runs them.
    """
    sweep = ledger.sweep(name)
    if program_of_it := sweep.settings.get(APPLICATION):
        raise ConfigError(
            f"the jobs of the sweep {name} are run by {program_of_it}, a program of its own",
            mend=f"the command that began it: python {program_of_it}.py -m …",
        )
    if probes := sweep.settings.get(PROBES):
        raise ConfigError(
            f"the jobs of {name} are probes, each chosen by what the ones before it reached",
            mend=f"the command that asked for them: {probes['command']}",
        )
    return sweep


def _retry(ledger: "Ledger", name: str, train: "Train") -> "SweepResult":
    _own(ledger, name)
    ledger.retry_failed(name)
    return _resume(ledger, name, train)


def _extend(ledger: "Ledger", name: str, numbers: Sequence[int], train: "Train") -> "SweepResult":
    from xinzhi.sweeping.composing import identifier
    from xinzhi.sweeping.frozen import digest_of
    from xinzhi.sweeping.search import search

    mend = f"{program()} sweep extend 20 {name}"
    if len(numbers) != 1:
        raise ConfigError("extend needs to know by how many configurations", mend=mend)
    if numbers[0] < 1:
        raise ConfigError(
            f"how many configurations more must be at least 1, was {numbers[0]}", mend=mend
        )
    sweep, own = _own(ledger, name), searched(ledger.jobs(name))
    if sweep.method == "grid" and sweep.trials is None:
        raise ConfigError(
            f"the sweep {name} is a whole grid already",
            mend="add values to it under another sweep.name=; what has run is taken over",
        )
    sweep = ledger.change(name, trials=(sweep.trials or 0) + numbers[0])
    identify = identifier(functools.partial(digest_of, sweep))
    first = 1 + max((job.number for job in own), default=-1)
    for point in (search.points(sweep) or [])[len({job.trial for job in own}) :]:
        jobs = search.jobs_of(sweep, point, first, identify)
        ledger.add(jobs)
        first += len(jobs)
    return _resume(ledger, name, train)


def _stop(ledger: "Ledger", name: str) -> Said:
    if ledger.sweep(name).phase == "ended":
        return Said(name, f"the sweep {name} has ended already: there is nothing to stop")
    running = ledger.counts(name)["running"]
    ledger.change(name, phase="stopped")
    back = f"{counted(running, 'running job')} {'goes' if running == 1 else 'go'} back and wait"
    told = f"the sweep {name} stops: {back}{'s' if running == 1 else ''}"
    return Said(name, f"{told}\nnext: {program()} sweep resume {shlex.quote(name)}", running)


def _best(ledger: "Ledger", name: str) -> Best:
    found = summed_up(ledger.sweep(name), ledger.jobs(name))
    if not found.values:
        raise ConfigError(
            f"no job of the sweep {name} has finished yet", mend=f"xinzhi sweep status {name}"
        )
    command = command_line("train", found.best_run)
    return Best(name, found.best_run, dict(found.values), command)


def _work(ledger: "Ledger", name: str, train: "Train", parent: int | None) -> Said:
    from xinzhi.sweeping.work.worker import Worker

    _own(ledger, name)
    started = time.monotonic()
    done = Worker(ledger, name, train=train, parent=parent).work()
    with ledger.asking(f"the end of {name}"):  # of two that leave at once, one closes it
        settled(ledger, name)
    return Said(name, f"{done} jobs in {time.monotonic() - started:.0f} s", done)

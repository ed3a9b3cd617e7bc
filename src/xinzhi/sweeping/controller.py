"""`xinzhi train -m …`: enters a sweep into the ledger, starts workers, shows how it goes."""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from xinzhi.config.identity import command_line, config_text, program, resolved
from xinzhi.config.ranks import say
from xinzhi.errors import StoreError, XinzhiError
from xinzhi.sweeping import command
from xinzhi.sweeping.closing import CONTROLLER, finished, settled, start_parent
from xinzhi.sweeping.code import targeted_modules
from xinzhi.sweeping.composing import compose_job
from xinzhi.sweeping.entering import enter
from xinzhi.sweeping.frozen import Freezer
from xinzhi.sweeping.ledger import presence
from xinzhi.sweeping.ledger.holders import holder, is_dead
from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.ledger.opening import VARIABLE, open_ledger
from xinzhi.sweeping.ledger.patience import is_away, patiently
from xinzhi.sweeping.records import ENDED, Job, Sweep
from xinzhi.sweeping.result import SweepResult
from xinzhi.sweeping.search.final import final_job, is_complete, searched
from xinzhi.sweeping.search.search import ranking
from xinzhi.sweeping.settings import Settings
from xinzhi.sweeping.show.live import Live
from xinzhi.sweeping.show.standing import summed_up
from xinzhi.sweeping.work import nursery, workers
from xinzhi.sweeping.work.crew import Crew
from xinzhi.sweeping.work.local import Local
from xinzhi.sweeping.work.nursery import Task
from xinzhi.sweeping.work.worker import Worker, work

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.sweeping.work.workers import Ray, Slurm
    from xinzhi.training.beside import Train

_POLL_S, _POLL_S_OF_A_JOB = 0.2, 0.0005  # reading many jobs takes a while itself


def start_sweep(arguments: Sequence[str], *, train: "Train") -> SweepResult:
    """Begins a sweep, or goes on with the one that the same command began.

    Args:
        arguments: as typed after `train -m`.
        train: fits what a config describes, where jobs run in this process.
    """
    freezer = Freezer()
    asked = command.read(arguments, freeze=freezer, checked=_warm_up)
    for report in freezer.reports:
        say(report)
    if asked.settings.ledger:
        os.environ[VARIABLE] = asked.settings.ledger  # for the workers; it may hold a password
    ledger = open_ledger(asked.settings.ledger)
    sweep = enter(ledger, asked, freezer)
    say(f"sweep {sweep.name}: {_in_words(sweep, asked.jobs)}")
    typed = command_line("train", ["-m", *arguments])
    yaml = config_text(asked.config)
    who = asked.settings.workers
    return drive(ledger, sweep, who, train=train, typed=typed, config_yaml=yaml)


def _warm_up(settings: Settings, config: "DictConfig") -> None:
    """Lets workers of this machine import beside what is still to be done here."""
    if isinstance(settings.workers, Local) and settings.workers.count != 0:
        nursery.begin(targeted_modules(resolved(config)))


def drive(
    ledger: Ledger,
    sweep: Sweep,
    who: "Local | Slurm | Ray",
    *,
    train: "Train",
    typed: str = "",
    config_yaml: str = "",
) -> SweepResult:
    """Runs what a sweep has left, and sums it up.

    Args:
        ledger: holds it.
        sweep: it.
        who: runs the jobs.
        train: fits what a config describes, where jobs run in this process.
        typed: the command, for the run over all runs.
        config_yaml: of the first job.

    Raises:
        KeyboardInterrupt: Ctrl-C; what is left says that it was stopped.
        SystemExit: SIGTERM; the same.
    """
    started = time.monotonic()
    left = _left(sweep, jobs := ledger.jobs(sweep.name))
    if not left and sweep.phase == "ended":
        return summed_up(sweep, jobs)
    me = holder()
    settings = {**sweep.settings, CONTROLLER: me}
    sweep = ledger.change(sweep.name, phase="open", settings=settings)
    os.environ[presence.CONTROLLED] = me
    with presence.Presence(ledger, sweep.name, me, controller=me):
        try:
            _work_on(ledger, sweep, who, left, train=train, typed=typed, config_yaml=config_yaml)
        except (KeyboardInterrupt, SystemExit):
            with suppress(XinzhiError):  # the ledger may be what is away
                settled(ledger, sweep.name, leaving=me)
            say(f"sweep {sweep.name} is stopped; next: {program()} sweep resume {sweep.name}")
            raise
        seconds = time.monotonic() - started
        return patiently(lambda: finished(ledger, sweep.name, seconds=seconds), say=say)


def _work_on(
    ledger: Ledger,
    sweep: Sweep,
    who: "Local | Slurm | Ray",
    left: int,
    *,
    train: "Train",
    typed: str,
    config_yaml: str,
) -> None:
    sweep = start_parent(ledger, sweep, typed=typed, config_yaml=config_yaml)
    task = Task(sweep.name, workers.command(sweep.name), work, train, _modules(sweep))
    crew = Crew(who, sweep, task, size=who.size(left)) if left else None
    try:
        if crew is not None and crew.size:
            _watch(ledger, sweep, crew)
        elif left:
            Worker(ledger, sweep.name, train=train, logs=False).work()
    finally:
        if crew is not None:
            crew.stop()


def _watch(ledger: Ledger, sweep: Sweep, crew: Crew) -> None:
    """Shows the sweep until it has ended; Ctrl-C once drains, twice stops."""
    total = _total(sweep, ledger.jobs(sweep.name))
    with Live(sweep, total) as live:
        while True:
            try:
                if not patiently(lambda: _goes_on(ledger, sweep, crew, live), say=live.say):
                    return
                time.sleep(_POLL_S)
            except KeyboardInterrupt:
                _interrupted(ledger, sweep, crew, live)


def _goes_on(ledger: Ledger, sweep: Sweep, crew: Crew, live: Live) -> bool:
    jobs = ledger.jobs(sweep.name)
    live.sweep = ledger.sweep(sweep.name)
    live.show(jobs, ranking(sweep, searched(jobs)))
    phase = live.sweep.phase
    if not crew.is_over():
        if phase == "open" and crew.has_dead() and ledger.counts(sweep.name)["waiting"]:
            crew.replace_dead()
        time.sleep(len(jobs) * _POLL_S_OF_A_JOB)
        return not crew.is_needless(_is_done(live.sweep, jobs))
    ledger.reclaim(sweep.name, is_dead=is_dead)
    unfinished = phase == "open" and not is_complete(sweep, ledger.jobs(sweep.name))
    return unfinished and crew.replace_dead()


def _is_done(sweep: Sweep, jobs: Sequence[Job]) -> bool:
    own = searched(jobs)
    if sweep.phase != "open":
        return not any(job.state == "running" for job in jobs)
    if len(own) < _total(sweep, jobs) or any(job.state not in ENDED for job in jobs):
        return False
    final = final_job(sweep, jobs)
    return final is None or final.identity in {job.identity for job in jobs}


def _interrupted(ledger: Ledger, sweep: Sweep, crew: Crew, live: Live) -> None:
    try:
        _drain_or_stop(ledger, sweep, crew, live)
    except StoreError as error:
        if not is_away(error):
            raise
        live.say("the ledger is away, so that nobody else can be told; the workers here stop")
        crew.stop()
        raise KeyboardInterrupt from error


def _drain_or_stop(ledger: Ledger, sweep: Sweep, crew: Crew, live: Live) -> None:
    if ledger.sweep(sweep.name).phase == "open":
        ledger.change(sweep.name, phase="draining")
        live.say("what runs is finished, nothing new begins; Ctrl-C again stops at once")
        if others := presence.told(presence.elsewhere(ledger, sweep.name, holder()), sweep.name):
            live.say(others)
        return
    ledger.change(sweep.name, phase="stopped")
    live.say("stopping, here and elsewhere")
    crew.stop()


def _modules(sweep: Sweep) -> list[str]:
    """The modules that the jobs' targets are defined in, by the first of them."""
    corner = command.corners(sweep.axes)[0]
    return targeted_modules(resolved(compose_job(sweep.fixed, corner)))


def _total(sweep: Sweep, jobs: Sequence[Job]) -> int:
    own = searched(jobs)
    if sweep.method in {"tpe", "cmaes", "nsga2"}:
        return max(len(own), (sweep.trials or 0) * max(1, len(sweep.seeds)))
    return len(own)


def _left(sweep: Sweep, jobs: Sequence[Job]) -> int:
    done = sum(job.state in ENDED for job in jobs)
    return _total(sweep, jobs) + 1 - done  # the last one tests and registers


def _in_words(sweep: Sweep, jobs: Sequence[Job]) -> str:
    number = _total(sweep, jobs)
    seeds = f", {len(sweep.seeds)} seeds each" if sweep.seeds else ""
    again = f"goes on by the same command, or {program()} sweep resume {sweep.name}"
    return f"{number} jobs by {sweep.method}{seeds}; {again}"

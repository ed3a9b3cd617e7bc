"""Probes asked for one after the other, run by a warm worker, until the cause is sure."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xinzhi.config import compose
from xinzhi.config.identity import resolved
from xinzhi.config.ranks import say
from xinzhi.errors import ConfigError
from xinzhi.sweeping import closing
from xinzhi.sweeping.code import targeted_modules
from xinzhi.sweeping.composing import compose_job
from xinzhi.sweeping.ledger import presence
from xinzhi.sweeping.ledger.holders import holder, is_dead
from xinzhi.sweeping.records import Job
from xinzhi.sweeping.show.remaining import took_s
from xinzhi.sweeping.why import difference, telling
from xinzhi.sweeping.why.difference import Difference
from xinzhi.sweeping.why.probes import Probes, Run
from xinzhi.sweeping.why.search import Budget, Mixture, Search
from xinzhi.sweeping.why.verdict import Found
from xinzhi.sweeping.why.working import ProbeWorker, work
from xinzhi.sweeping.work import workers
from xinzhi.sweeping.work.crew import Crew
from xinzhi.sweeping.work.local import Local
from xinzhi.sweeping.work.nursery import Task

if TYPE_CHECKING:
    from xinzhi.training.beside import Train

_POLL_S = 0.1
_MOST_FAILURES = 4  # probes, after which something else is wrong than a mixture
_TELL_EVERY_S = 30.0


class DrainedError(Exception):
    """Ctrl-C: what ran was finished, nothing further is asked for."""


@dataclass(kw_only=True)
class Progress:
    """How far a search came.

    Attributes:
        difference: of A and B.
        found: what is believed; None where it was not searched.
        drained: whether it was interrupted.
        failed: probes that failed.
        seconds: that it took.
    """

    difference: Difference
    found: Found | None = None
    drained: bool = False
    failed: list[Run] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a person asked for beside the runs.

    Attributes:
        budget: of probes.
        minutes: after which no probe begins; None for no end.
        seeds: that A and B are run with at least.
        rate: how rarely chance must make a difference that counts as real.
        force: whether one that is not real is searched too.
        workers: 1 for a process beside this one, 0 for this very process.
        command: that was typed.
    """

    budget: Budget
    minutes: float | None
    seeds: int
    rate: float
    force: bool
    workers: int
    command: str


class Controller:
    """Asks for probes and waits for what comes of them.

    Args:
        probes: enters them.
        asked: for how long.
        train: fits what a config describes.
    """

    def __init__(self, probes: Probes, asked: Asked, *, train: "Train") -> None:
        self._probes, self._asked, self._train = probes, asked, train
        self._crew: Crew | None = None
        self._typical = max(probes.question.a.seconds, probes.question.b.seconds)
        self._begun = self._told = time.monotonic()

    def run(self) -> Progress:
        """Measures the difference, then looks for what carries it."""
        probes, asked = self._probes, self._asked
        progress = Progress(difference=difference.between(self._known(0), self._known(1)))
        with self._present(), compose.unchanging():
            try:
                probes.of_ends(asked.seeds)
                self._wait()
                progress.difference = difference.between(probes.values(0), probes.values(1))
                say(telling.of_difference(probes.question, progress.difference))
                if progress.difference.is_real(asked.rate) or asked.force:
                    self._search(progress)
            except DrainedError:
                progress.drained = True
            finally:
                if self._crew is not None:
                    self._crew.stop()
            progress.failed = [run for run in probes.runs() if run.value is None]
            progress.seconds = time.monotonic() - self._begun
        return progress

    def _known(self, number: int) -> list[float]:
        return self._probes.values(number) or [0.0]

    def _search(self, progress: Progress) -> None:
        probes, budget = self._probes, self._asked.budget
        search = Search(
            factors=len(probes.question.apart.factors),
            values_a=probes.values(0),
            values_b=probes.values(1),
            noise=progress.difference.noise,
            allowed=probes.allowed,
        )
        told: set[int] = set()
        while True:
            for run in probes.probed():
                if run.job.number not in told and run.value is not None:
                    search.tell(run.mixture, self._plain(run.value, progress.difference))
                told.add(run.job.number)
            progress.found = search.found()
            self._say_so_far(progress.found)
            if budget.is_spent(progress.found) or self._is_late():
                return
            if not probes.pending() and not self._ask(search):
                return
            self._wait()

    def _ask(self, search: Search) -> bool:
        failed = [run for run in self._probes.probed() if run.value is None]
        if len(failed) >= _MOST_FAILURES:
            raise ConfigError(
                f"{len(failed)} probes failed, the last with: {failed[-1].job.error}",
                mend=f"its log: {failed[-1].job.log}",
            )
        mixture: Mixture | None = search.ask()
        if mixture is not None:
            self._probes.add(mixture)
        return mixture is not None

    def _plain(self, value: float, ends: Difference) -> float:
        """A value; of a training that broke down the worse of A and B."""
        worst = min if self._probes.question.mode == "max" else max
        return value if value == value else worst(ends.a, ends.b)  # noqa: PLR0124 - NaN

    def _is_late(self) -> bool:
        minutes = self._asked.minutes
        return minutes is not None and time.monotonic() - self._begun > 60 * minutes

    def _say_so_far(self, found: Found) -> None:
        runs = self._probes.probed()
        if took := took_s([run.job for run in runs]):
            self._typical = sum(took) / len(took)
        if runs:
            budget, each = self._asked.budget, self._typical
            say(telling.so_far(self._probes.question, runs[-1], found, budget, each))

    def _wait(self) -> None:
        """Lets what was asked for be run.

        Raises:
            DrainedError: it was interrupted.
        """
        if not self._probes.pending():
            return
        if not self._asked.workers:
            ProbeWorker(self._probes.ledger, self._probes.name, train=self._train).work()
            return
        drained = False
        while True:
            try:
                if not self._waits(drained=drained):
                    break
                time.sleep(_POLL_S)
            except KeyboardInterrupt:
                self._interrupted(drained=drained)
                drained = True
        if drained:
            raise DrainedError

    def _waits(self, *, drained: bool) -> bool:
        ledger, name = self._probes.ledger, self._probes.name
        pending = self._probes.pending()
        running = any(job.state == "running" for job in pending)
        if drained:
            return running and self._crew is not None and not self._crew.is_over()
        if not pending:
            return False
        if self._crew is None:
            self._crew = self._hired()
        elif self._crew.has_dead():
            ledger.reclaim(name, is_dead=is_dead)
            self._crew.replace_dead()
        self._say_waiting(pending)
        return True

    def _say_waiting(self, pending: list[Job]) -> None:
        now = time.monotonic()
        if now - self._told > _TELL_EVERY_S:
            self._told = now
            say(telling.waiting(self._probes.question, pending, self._typical))

    def _hired(self) -> Crew:
        sweep = self._probes.ledger.sweep(self._probes.name)
        modules = targeted_modules(resolved(compose_job(sweep.fixed, ())))
        task = Task(sweep.name, workers.command(sweep.name), work, self._train, modules)
        return Crew(Local(count=1), sweep, task, size=1)

    def _interrupted(self, *, drained: bool) -> None:
        ledger, name = self._probes.ledger, self._probes.name
        if not drained:
            ledger.change(name, phase="draining")
            say("the probe that runs is finished, none begins; Ctrl-C again stops at once")
            return
        ledger.change(name, phase="stopped")
        say("stopping")
        if self._crew is not None:
            self._crew.stop()
        raise KeyboardInterrupt

    @contextmanager
    def _present(self) -> Iterator[None]:
        """Lets others know that this process is at the sweep.

        Yields:
            Nothing.

        Raises:
            KeyboardInterrupt: Ctrl-C twice; what is left says that it was stopped.
            SystemExit: SIGTERM; the same.
        """
        ledger, name, me = self._probes.ledger, self._probes.name, holder()
        sweep = ledger.sweep(name)
        settings = {**sweep.settings, closing.CONTROLLER: me}
        before = os.environ.get(presence.CONTROLLED)
        os.environ[presence.CONTROLLED] = me
        sweep = ledger.change(name, phase="open", settings=settings)
        ledger.reclaim(name, is_dead=is_dead)
        try:
            with presence.Presence(ledger, name, me, controller=me):
                closing.start_parent(ledger, sweep, typed=self._asked.command, config_yaml="")
                yield
        except (KeyboardInterrupt, SystemExit):
            closing.settled(ledger, name, leaving=me)
            raise
        finally:
            os.environ.pop(presence.CONTROLLED)
            if before is not None:
                os.environ[presence.CONTROLLED] = before

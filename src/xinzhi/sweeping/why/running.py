"""The worker that runs probes, as who asks for them sees it: waited for, drained, stopped."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xinzhi.config.identity import resolved
from xinzhi.config.ranks import say
from xinzhi.sweeping import closing
from xinzhi.sweeping.code import targeted_modules
from xinzhi.sweeping.composing import compose_job
from xinzhi.sweeping.ledger import presence
from xinzhi.sweeping.ledger.holders import holder, is_dead
from xinzhi.sweeping.ledger.patience import patiently
from xinzhi.sweeping.records import Job
from xinzhi.sweeping.why.working import ProbeWorker, work
from xinzhi.sweeping.work import workers
from xinzhi.sweeping.work.crew import Crew
from xinzhi.sweeping.work.local import Local
from xinzhi.sweeping.work.nursery import Task

if TYPE_CHECKING:
    from xinzhi.sweeping.why.probes import Probes
    from xinzhi.training.beside import Train

_POLL_S = 0.1
_TELL_EVERY_S = 30.0


class DrainedError(Exception):
    """Ctrl-C: what ran was finished, nothing further is asked for."""


class Runner:
    """Lets probes be run, in a warm process beside this one or in this very one.

    Args:
        probes: that are run.
        train: fits what a config describes.
        apart: whether in a process beside this one.
        command: that was typed.
    """

    def __init__(self, probes: "Probes", *, train: "Train", apart: bool, command: str) -> None:
        self._probes, self._train, self._apart, self._command = probes, train, apart, command
        self._ledger, self._name = probes.ledger, probes.name
        self._crew: Crew | None = None
        self._told = time.monotonic()

    @contextmanager
    def present(self) -> Iterator[None]:
        """Lets others know that this process is at the sweep, until the context ends.

        Yields:
            Nothing.

        Raises:
            KeyboardInterrupt: Ctrl-C twice; what is left says that it was stopped.
            SystemExit: SIGTERM; the same.
        """
        ledger, name, me = self._ledger, self._name, holder()
        settings = {**ledger.sweep(name).settings, closing.CONTROLLER: me}
        before = os.environ.get(presence.CONTROLLED)
        os.environ[presence.CONTROLLED] = me
        sweep = ledger.change(name, phase="open", settings=settings)
        ledger.reclaim(name, is_dead=is_dead)
        try:
            with presence.Presence(ledger, name, me, controller=me):
                closing.start_parent(ledger, sweep, typed=self._command, config_yaml="")
                yield
        except (KeyboardInterrupt, SystemExit):
            self._leave()
            closing.settled(ledger, name, leaving=me)
            raise
        finally:
            self._leave()
            os.environ.pop(presence.CONTROLLED)
            if before is not None:
                os.environ[presence.CONTROLLED] = before

    def wait(self, told: Callable[[list[Job]], str]) -> None:
        """Waits until nothing is left to be run.

        Args:
            told: says in a line what runs.

        Raises:
            DrainedError: it was interrupted.
        """
        if not self._probes.pending():
            return
        if not self._apart:
            ProbeWorker(self._ledger, self._name, train=self._train).work()
            return
        drained = False
        while True:
            try:
                if not patiently(lambda: self._waits(told, drained=drained), say=say):  # noqa: B023
                    break
                time.sleep(_POLL_S)
            except KeyboardInterrupt:
                self._interrupted(drained=drained)
                drained = True
        if drained:
            raise DrainedError

    def _waits(self, told: Callable[[list[Job]], str], *, drained: bool) -> bool:
        pending = self._probes.pending()
        if drained:
            running = any(job.state == "running" for job in pending)
            return running and self._crew is not None and not self._crew.is_over()
        if not pending:
            return False
        if self._crew is None:
            self._crew = self._hired()
        elif self._crew.has_dead():
            self._ledger.reclaim(self._name, is_dead=is_dead)
            self._crew.replace_dead()
        now = time.monotonic()
        if now - self._told > _TELL_EVERY_S:
            self._told = now
            say(told(pending))
        return True

    def _hired(self) -> Crew:
        sweep = self._ledger.sweep(self._name)
        modules = targeted_modules(resolved(compose_job(sweep.fixed, ())))
        task = Task(sweep.name, workers.command(sweep.name), work, self._train, modules)
        return Crew(Local(count=1), sweep, task, size=1)

    def _interrupted(self, *, drained: bool) -> None:
        if not drained:
            self._ledger.change(self._name, phase="draining")
            say("the probe that runs is finished, none begins; Ctrl-C again stops at once")
            return
        self._ledger.change(self._name, phase="stopped")
        say("stopping")
        raise KeyboardInterrupt

    def _leave(self) -> None:
        if self._crew is not None:
            self._crew.stop()
            self._crew = None

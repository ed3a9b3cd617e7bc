"""A worker: takes jobs from a ledger one after the other, in one process that stays warm."""

import functools
import gc
import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, TypeVar

from xinzhi.config import compose
from xinzhi.config.entry import OFFLINE
from xinzhi.sweeping.composing import identifier
from xinzhi.sweeping.frozen import digest_of
from xinzhi.sweeping.ledger import presence
from xinzhi.sweeping.ledger.holders import holder, is_dead
from xinzhi.sweeping.ledger.opening import open_ledger
from xinzhi.sweeping.ledger.patience import patiently
from xinzhi.sweeping.ledger.renewal import renew
from xinzhi.sweeping.records import ENDED, Job
from xinzhi.sweeping.search import search
from xinzhi.sweeping.search.final import FINAL, final_job, searched
from xinzhi.sweeping.work.attempt import Attempt
from xinzhi.sweeping.work.output import log_folder, output_to

if TYPE_CHECKING:
    from xinzhi.sweeping.ledger.ledger import Ledger
    from xinzhi.training.beside import Train

T = TypeVar("T")
_POLL_S = 0.2


class Worker:
    """Takes jobs of one sweep until none is left.

    Args:
        ledger: holds them.
        name: of the sweep.
        train: fits what a config describes.
        parent: the process that started it; when that has ended no further job is taken.
        logs: whether each job's output goes into a file of its own.
    """

    def __init__(
        self,
        ledger: "Ledger",
        name: str,
        *,
        train: "Train",
        parent: int | None = None,
        logs: bool = True,
    ) -> None:
        self._ledger, self._name, self._train = ledger, name, train
        self._parent, self._holder, self._logs = parent, holder(), logs
        self.done = 0

    def work(self) -> int:
        """Works, and gives the number of jobs that came through."""
        if "offline=true" in self._patiently(lambda: self._ledger.sweep(self._name)).fixed:
            os.environ |= dict.fromkeys(OFFLINE, "1")
        controller = presence.controller_of_this()
        there = presence.Presence(self._ledger, self._name, self._holder, controller=controller)
        with there, compose.unchanging():  # an edit in conf/ is for the next sweep
            while self._patiently(self._goes_on):
                lease_s = float(self._sweep.settings.get("lease_s", 60.0))
                if (job := self._patiently(functools.partial(self._claimed, lease_s))) is not None:
                    self._one(job, lease_s)
                elif not self._patiently(self._find_more):
                    break
        return self.done

    def _claimed(self, lease_s: float) -> Job | None:
        return self._ledger.claim(self._name, self._holder, lease_s=lease_s)

    def _goes_on(self) -> bool:
        while True:
            self._sweep = self._ledger.sweep(self._name)
            if self._sweep.phase != "open" or self._is_orphan():
                return False
            if self._sweep.parent_run is not None:
                return True
            time.sleep(_POLL_S)  # whoever began the sweep makes the run over all runs just now

    def _find_more(self) -> bool:
        """Looks for jobs that are to be asked for, taken over or waited for; whether to go on."""
        self._ledger.reclaim(self._name, is_dead=is_dead)
        with self._ledger.asking(self._name):
            jobs = self._ledger.jobs(self._name)
            if self._add(jobs):
                return True
        if any(job.state not in ENDED for job in jobs):
            time.sleep(_POLL_S)  # others run, or a twin does in another sweep
            return True
        return False

    def _add(self, jobs: list[Job]) -> bool:
        """Adds what is to be done next, where nothing waits; whether it did."""
        own = searched(jobs)
        if any(job.state == "waiting" for job in jobs):
            return False
        point = search.ask(self._sweep, own)
        if point is not None:
            identify = identifier(functools.partial(digest_of, self._sweep))
            first = 1 + max((job.number for job in own), default=-1)
            self._ledger.add(search.jobs_of(self._sweep, point, first, identify))
            return True
        final = final_job(self._sweep, jobs)
        if final is None or any(_is_same(final, job) for job in jobs):
            return False
        renew(self._ledger, [final])
        return True

    def _one(self, job: Job, lease_s: float) -> None:
        log = log_folder(self._name) / (f"{job.number:05d}.log" if job.number >= 0 else "final.log")
        attempt = Attempt(self._ledger, self._sweep, job, self._holder, is_vain=self._is_orphan)
        if self._logs:
            mine = (job, self._holder)
            self._patiently(lambda: self._ledger.started(*mine, run_id=job.run_id, log=str(log)))
        with output_to(log) if self._logs else nullcontext():
            self.done += attempt.run(self._train, lease_s=lease_s)
        gc.collect()

    def _patiently(self, work: Callable[[], T]) -> T:
        return patiently(work, is_vain=self._is_orphan)

    def _is_orphan(self) -> bool:
        return self._parent is not None and not _lives(self._parent)


def work(name: str, train: "Train", parent: int) -> None:
    """Works on a sweep of this project's ledger until no job is left.

    Args:
        name: of the sweep.
        train: fits what a config describes.
        parent: the process that started this one.
    """
    Worker(patiently(open_ledger), name, train=train, parent=parent).work()


def _is_same(final: Job, job: Job) -> bool:
    return job.number == FINAL and (job.identity == final.identity or job.state not in ENDED)


def _lives(process: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False

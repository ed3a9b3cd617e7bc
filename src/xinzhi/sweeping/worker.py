"""A worker: takes jobs from a ledger one after the other, in one process that stays warm."""

import functools
import gc
import os
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.config import compose, failures, project
from xinzhi.config.entry import OFFLINE
from xinzhi.errors import XinzhiError
from xinzhi.sweeping import memory, pruning, search
from xinzhi.sweeping.command import compose_job, identifier
from xinzhi.sweeping.ending import Heartbeat, Pruned, Stopped
from xinzhi.sweeping.execution import JobError, Outcome, execute
from xinzhi.sweeping.final import FINAL, final_job, searched
from xinzhi.sweeping.frozen import digest_of, rows_of
from xinzhi.sweeping.holders import holder, is_dead
from xinzhi.sweeping.opening import open_ledger
from xinzhi.sweeping.output import output_to
from xinzhi.sweeping.records import ENDED, Job
from xinzhi.sweeping.recovery import came_through, continuing, judged_before
from xinzhi.sweeping.renewal import renew
from xinzhi.sweeping.tidying import superseded, tidy

if TYPE_CHECKING:
    from xinzhi.sweeping.ledger import Ledger
    from xinzhi.training.beside import Train

_POLL_S = 0.2
_MOST_ATTEMPTS = 12  # a job that kills its worker is not tried for ever
_FOLDER = "sweeps"


def log_folder(name: str) -> Path:
    """Gives the folder of a sweep's logs.

    Args:
        name: of the sweep.
    """
    return project.store_folder() / _FOLDER / name


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
        if "offline=true" in self._ledger.sweep(self._name).fixed:
            os.environ |= dict.fromkeys(OFFLINE, "1")
        with compose.unchanging():  # an edit in conf/ is for the next sweep
            while self._goes_on():
                if not self._next():
                    break
        return self.done

    def _next(self) -> bool:
        lease_s = float(self._sweep.settings.get("lease_s", 60.0))
        job = self._ledger.claim(self._name, self._holder, lease_s=lease_s)
        if job is None:
            return self._find_more()
        self._one(job, lease_s)
        return True

    def _goes_on(self) -> bool:
        while True:
            self._sweep = self._ledger.sweep(self._name)
            orphan = self._parent is not None and not _lives(self._parent)
            if self._sweep.phase != "open" or orphan:
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
        heart = Heartbeat(self._ledger, job, self._holder, lease_s=lease_s)
        if self._logs:
            self._ledger.started(job, self._holder, run_id=job.run_id, log=str(log))
        with output_to(log) if self._logs else nullcontext(), heart:
            try:
                self._settle(job, self._outcome(job, heart))
            except Pruned as why:
                _say(str(why))
                if self._ledger.prune(job, self._holder):
                    self._tidy([job])
            except Stopped as why:
                _say(str(why))
                self._ledger.release(job, self._holder)
            except (KeyboardInterrupt, SystemExit):
                self._ledger.release(job, self._holder)
                raise
            except Exception as error:  # noqa: BLE001 - told, and the next job runs
                self._failed(job, error)
        gc.collect()

    def _outcome(self, job: Job, heart: Heartbeat) -> Outcome:
        if job.attempts > _MOST_ATTEMPTS:
            raise JobError(f"it was begun {job.attempts - 1} times and never came to its end")
        if job.attempts > 1 and job.trial == FINAL:
            known = judged_before(job, compose_job(self._sweep.fixed, job.overrides, test=True))
            if known is not None:
                return known
        elif job.attempts > 1:
            tracking = compose_job(self._sweep.fixed, job.overrides).tracking.uri
            known = came_through(job, tracking)
            if known is not None:
                return known
            job = replace(job, attrs=superseded(self._ledger, job))
            job = replace(job, retry=(*job.retry, *continuing(job, tracking)))
        rows = functools.partial(rows_of, self._sweep)
        return execute(self._train, self._ledger, self._sweep, job, heart=heart, rows=rows)

    def _settle(self, job: Job, outcome: Outcome) -> None:
        values = () if job.trial == FINAL else outcome.values(self._sweep)
        if not self._ledger.finish(
            job, self._holder, values=values, metrics=outcome.metrics, run_id=outcome.run_id
        ):
            return
        self.done += 1
        if job.trial == FINAL:
            self._ledger.change(self._name, final_run=outcome.run_id)
            return
        beaten = []
        if self._sweep.pruning == "wilcoxon":
            beaten = pruning.beaten(self._sweep, searched(self._ledger.jobs(self._name)))
            self._ledger.skip(beaten)
        self._tidy([job, *beaten])

    def _failed(self, job: Job, error: Exception) -> None:
        _, told = failures.told(error)
        settings = self._sweep.settings
        tries = sum(word.startswith("trainer.accumulate_grad_batches=") for word in job.retry)
        if memory.ran_out(error) and tries < int(settings.get("retries", 0)):
            config = compose_job(self._sweep.fixed, [*job.overrides, *job.retry])
            if retry := memory.smaller(config):
                _say(f"{told}\nit is tried again with {' '.join(retry)}")
                self._ledger.release(job, self._holder, retry=[*job.retry, *retry])
                return
        _say(told)
        if self._ledger.fail(job, self._holder, error=told) and job.trial != FINAL:
            self._tidy([job])
        most = settings.get("max_failures")
        if most is not None and self._ledger.counts(self._name)["failed"] >= int(most):
            self._ledger.change(self._name, phase="stopped")

    def _tidy(self, jobs: list[Job]) -> None:
        """Frees the room that only somebody who goes on with these jobs would need."""

        def uri() -> str | None:
            found: str | None = compose_job(self._sweep.fixed, ()).tracking.uri
            return found

        try:
            tidy(self._ledger, jobs, uri)
        except (XinzhiError, OSError) as error:
            _say(f"what earlier attempts left could not be removed: {error}")


def work(name: str, train: "Train", parent: int) -> None:
    """Works on a sweep of this project's ledger until no job is left.

    Args:
        name: of the sweep.
        train: fits what a config describes.
        parent: the process that started this one.
    """
    Worker(open_ledger(), name, train=train, parent=parent).work()


def _is_same(final: Job, job: Job) -> bool:
    return job.number == FINAL and (job.identity == final.identity or job.state not in ENDED)


def _lives(process: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")

"""One attempt at a job, by the worker that holds it: run, then settled in the ledger."""

import functools
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from xinzhi.config import failures
from xinzhi.errors import StoreError, XinzhiError
from xinzhi.sweeping.composing import compose_job
from xinzhi.sweeping.frozen import rows_of
from xinzhi.sweeping.ledger.patience import patiently
from xinzhi.sweeping.search import pruning
from xinzhi.sweeping.search.final import FINAL, searched
from xinzhi.sweeping.work import memory
from xinzhi.sweeping.work.ending import Pruned, Stopped
from xinzhi.sweeping.work.execution import execute
from xinzhi.sweeping.work.heartbeat import Heartbeat
from xinzhi.sweeping.work.outcome import JobError, Outcome
from xinzhi.sweeping.work.recovery import came_through, continuing, judged_before
from xinzhi.sweeping.work.tidying import superseded, tidy

if TYPE_CHECKING:
    from xinzhi.sweeping.ledger.ledger import Ledger
    from xinzhi.sweeping.records import Job, Sweep
    from xinzhi.training.beside import Train

T = TypeVar("T")
_MOST_ATTEMPTS = 12  # a job that kills its worker is not tried for ever


class Attempt:
    """An attempt at a job.

    Args:
        ledger: holds it.
        sweep: whose job it is.
        job: as it was claimed.
        holder: the worker that holds it.
        is_vain: whether nobody waits for the worker any more.
    """

    def __init__(
        self,
        ledger: "Ledger",
        sweep: "Sweep",
        job: "Job",
        holder: str,
        *,
        is_vain: Callable[[], bool],
    ) -> None:
        self._ledger, self._sweep, self._job, self._holder = ledger, sweep, job, holder
        self._is_vain = is_vain

    def run(self, train: "Train", *, lease_s: float) -> bool:
        """Runs the job and settles it in the ledger; says whether it came through.

        Args:
            train: fits what a config describes.
            lease_s: how long the job is the worker's without a beat.

        Raises:
            KeyboardInterrupt: Ctrl-C; the job was given back.
            SystemExit: SIGTERM; the same.
        """
        job, heart = self._job, Heartbeat(self._ledger, self._job, self._holder, lease_s=lease_s)
        try:
            with heart:
                outcome = self._outcome(train, heart)
            self._patiently(heart.send)  # what is reported is reported of a job that runs
            return self._settle(outcome)
        except Pruned as why:
            _say(str(why))
            self._patiently(heart.send)
            if self._patiently(lambda: self._ledger.prune(job, self._holder)):
                self._tidy([job])
        except Stopped as why:
            _say(str(why))
            self._patiently(heart.send)
            self._patiently(lambda: self._ledger.release(job, self._holder))
        except (KeyboardInterrupt, SystemExit):
            with suppress(StoreError):  # without a word from here its lease runs out
                heart.send()
                self._ledger.release(job, self._holder)
            raise
        except Exception as error:  # noqa: BLE001 - told, and the next job runs
            self._failed(error)
        return False

    def _patiently(self, work: Callable[[], T]) -> T:
        return patiently(work, is_vain=self._is_vain)

    def _outcome(self, train: "Train", heart: Heartbeat) -> Outcome:
        job, fixed = self._job, self._sweep.fixed
        if job.attempts > _MOST_ATTEMPTS:
            raise JobError(f"it was begun {job.attempts - 1} times and never came to its end")
        if job.attempts > 1 and job.trial == FINAL:
            known = judged_before(job, compose_job(fixed, job.overrides, test=True))
            if known is not None:
                return known
        elif job.attempts > 1:
            tracking = compose_job(fixed, job.overrides).tracking.uri
            known = came_through(job, tracking)
            if known is not None and not known.lacking(self._sweep):
                return known
            attrs = superseded(job)
            heart.note(lambda: self._ledger.keep_attrs(job, attrs))
            retry = (*job.retry, *continuing(job, tracking))
            job = replace(job, attrs={**job.attrs, **attrs}, retry=retry)
        rows = functools.partial(rows_of, self._sweep)
        return execute(train, self._ledger, self._sweep, job, heart=heart, rows=rows)

    def _settle(self, outcome: Outcome) -> bool:
        job, ledger, name = self._job, self._ledger, self._sweep.name
        values = () if job.trial == FINAL else outcome.values(self._sweep)

        def finish() -> bool:
            met, run_id = outcome.metrics, outcome.run_id
            return ledger.finish(job, self._holder, values=values, metrics=met, run_id=run_id)

        if not self._patiently(finish):
            return False
        if job.trial == FINAL:
            self._patiently(lambda: ledger.change(name, final_run=outcome.run_id))
            return True
        beaten = self._patiently(self._beaten) if self._sweep.pruning == "wilcoxon" else []
        self._tidy([job, *beaten])
        return True

    def _beaten(self) -> "list[Job]":
        found = pruning.beaten(self._sweep, searched(self._ledger.jobs(self._sweep.name)))
        self._ledger.skip(found)
        return found

    def _failed(self, error: Exception) -> None:
        _, told = failures.told(error)
        job, settings = self._job, self._sweep.settings
        tries = sum(word.startswith("trainer.accumulate_grad_batches=") for word in job.retry)
        if memory.ran_out(error) and tries < int(settings.get("retries", 0)):
            config = compose_job(self._sweep.fixed, [*job.overrides, *job.retry])
            if retry := memory.smaller(config):
                _say(f"{told}\nit is tried again with {' '.join(retry)}")
                again = [*job.retry, *retry]
                self._patiently(lambda: self._ledger.release(job, self._holder, retry=again))
                return
        _say(told)
        failed = self._patiently(lambda: self._ledger.fail(job, self._holder, error=told))
        if failed and job.trial != FINAL:
            self._tidy([job])
        most = settings.get("max_failures")
        if most is not None:
            self._patiently(lambda: self._stop_after(int(most)))

    def _stop_after(self, most: int) -> None:
        if self._ledger.counts(self._sweep.name)["failed"] >= most:
            self._ledger.change(self._sweep.name, phase="stopped")

    def _tidy(self, jobs: "list[Job]") -> None:
        """Frees the room that only somebody who goes on with these jobs would need."""

        def uri() -> str | None:
            found: str | None = compose_job(self._sweep.fixed, ()).tracking.uri
            return found

        try:
            tidy(self._ledger, jobs, uri)
        except (XinzhiError, OSError) as error:
            _say(f"what earlier attempts left could not be removed: {error}")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")

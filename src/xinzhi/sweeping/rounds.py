"""A sweep over an application: what is missing goes to its launcher, in rounds."""

import logging
import math
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf

from xinzhi.errors import ConfigError, XinzhiError
from xinzhi.sweeping.command import differs
from xinzhi.sweeping.ledger.holders import holder, is_dead
from xinzhi.sweeping.ledger.patience import patiently
from xinzhi.sweeping.ledger.presence import Presence
from xinzhi.sweeping.ledger.renewal import renew
from xinzhi.sweeping.records import ENDED, Job, Sweep
from xinzhi.sweeping.search import search
from xinzhi.sweeping.show import summary
from xinzhi.sweeping.work.heartbeat import Heartbeat

if TYPE_CHECKING:
    from xinzhi.sweeping.application import Application
    from xinzhi.sweeping.ledger.ledger import Ledger

_LEASE_S, _POLL_S = 60.0, 0.5
_RESULTS = "optimization_results.yaml"  # as Hydra's other sweepers call it
_log = logging.getLogger(__name__)


class TaskError(XinzhiError):
    """A task function gave back no objective, or failed."""


class Rounds:
    """The jobs of a sweep over an application, each run once until it has come through.

    Args:
        application: runs them.
        ledger: holds them.
        sweep: as it is asked for.
    """

    def __init__(self, application: "Application", ledger: "Ledger", sweep: Sweep) -> None:
        self._application, self._ledger, self._sweep = application, ledger, sweep
        self._holder, self._launched = holder(), 0

    def enter(self) -> None:
        """Enters the sweep, or goes on with the one of its name.

        Raises:
            ConfigError: that one was of another space.
        """
        sweep, identify = self._sweep, self._application.identify
        there = {known.name: known for known, _ in self._ledger.sweeps()}
        if sweep.name not in there:
            self._ledger.create(sweep, [])
        elif told := differs(there[sweep.name], sweep):
            raise ConfigError(
                f"the sweep {sweep.name} was another: {'; '.join(told)}",
                mend="hydra.sweeper.name=…",
            )
        self._ledger.change(
            sweep.name, phase="open", trials=sweep.trials, settings=dict(sweep.settings)
        )
        before = self._ledger.jobs(sweep.name)
        renew(
            self._ledger, [_anew(job, identify((*sweep.fixed, *job.overrides))) for job in before]
        )
        self._ledger.retry_failed(sweep.name)
        number, trials = _next_number(before), {job.trial for job in before}
        for point in search.points(sweep) or []:
            if point.trial not in trials:
                jobs = search.jobs_of(sweep, point, number, identify)
                self._ledger.add(jobs)
                number += len(jobs)
        ended = sum(job.state in ENDED for job in self._ledger.jobs(sweep.name))
        _log.info(f"sweep {sweep.name} in {self._ledger.place}: {ended} jobs ended before")

    def work(self) -> None:
        """Runs jobs until none is left, or the sweep is stopped.

        Raises:
            TaskError: what a job gave back is no objective.
        """
        mine = self._holder
        with Presence(self._ledger, self._sweep.name, mine, controller=mine):
            while batch := patiently(self._next):
                with ExitStack() as beats:
                    for job in batch:
                        beats.enter_context(Heartbeat(self._ledger, job, mine, lease_s=_LEASE_S))
                    self._launch(batch)

    def result(self) -> dict[str, Any]:
        """Gives the best configuration, and writes it beside the jobs' own folders.

        Raises:
            TaskError: jobs failed.
        """
        sweep, jobs = self._sweep, self._ledger.jobs(self._sweep.name)
        if all(job.state in ENDED for job in jobs):
            self._ledger.change(sweep.name, phase="ended")
        standings = search.ranking(sweep, jobs)
        found: dict[str, Any] = {"name": "xinzhi", "sweep": sweep.name}
        if standings:
            best, several = standings[0], len(sweep.objectives) > 1
            found |= {
                "best_params": dict(best.params),
                "best_overrides": [*sweep.fixed, *summary.overrides(sweep, best)],
                "best_value": list(best.values) if several else best.values[0],
            }
            OmegaConf.save(OmegaConf.create(found), self._application.folder / _RESULTS)
            _log.info(f"best of {len(standings)}: {_told(best.values)}  {_words(best.jobs[0])}")
        failed = [job for job in jobs if job.state == "failed"]
        if failed:
            raise TaskError(
                f"{len(failed)} of {len(jobs)} jobs failed, the first with {failed[0].error}",
                mend="the same command runs them again, and nothing else",
            )
        return found

    def _next(self) -> list[Job]:
        """Claims as many jobs as run at a time, waiting for those that others run."""
        name = self._sweep.name
        while self._ledger.sweep(name).phase == "open":
            self._ledger.reclaim(name, is_dead=is_dead)
            taken: list[Job] = []
            while len(taken) < self._application.at_once:
                job = self._ledger.claim(name, self._holder, lease_s=_LEASE_S)
                if job is not None:
                    taken.append(job)
                elif not self._asked():
                    break
            if taken or all(job.state in ENDED for job in self._ledger.jobs(name)):
                return taken
            time.sleep(_POLL_S)
        return []

    def _asked(self) -> bool:
        """Enters the next configuration by what earlier ones reached; whether there was one."""
        with self._ledger.asking(self._sweep.name):
            jobs = self._ledger.jobs(self._sweep.name)
            if any(job.state == "waiting" for job in jobs):
                return False  # its twin runs elsewhere
            point = search.ask(self._sweep, jobs)
            if point is None:
                return False
            identify = self._application.identify
            self._ledger.add(search.jobs_of(self._sweep, point, _next_number(jobs), identify))
            return True

    def _launch(self, batch: Sequence[Job]) -> None:
        words = [[*self._sweep.fixed, *job.overrides] for job in batch]
        try:
            returned = self._application.launch(words, self._launched)
        except BaseException:
            for job in batch:
                self._ledger.release(job, self._holder)
            raise
        self._launched += len(batch)
        for job, one in zip(batch, returned, strict=True):
            self._settle(job, one)

    def _settle(self, job: Job, returned: Any) -> None:  # noqa: ANN401 - Hydra's JobReturn
        try:
            value = returned.return_value  # raises what the task function raised
        except Exception as error:  # noqa: BLE001 - told, and the next job runs
            why = f"{type(error).__name__}: {error}"
            patiently(lambda: self._ledger.fail(job, self._holder, error=why))
            _log.error(f"{job.name} failed: {error}  {_words(job)}")
            return
        values = _numbers(value)
        if len(values) != len(self._sweep.objectives):
            asked = "a number" if len(self._sweep.objectives) == 1 else "numbers"
            told = f"the task function must return {asked} to rank by, returned {value!r}"
            self._ledger.fail(job, self._holder, error=told)
            raise TaskError(told, mend="hydra.sweeper.direction=[min,max] for two numbers")
        metrics = dict(zip(self._sweep.objectives, values, strict=True))
        mine = (job, self._holder)
        patiently(lambda: self._ledger.finish(*mine, values=values, metrics=metrics, run_id=None))
        _log.info(f"{job.name}: {_told(values)}  {_words(job)}")


def _numbers(value: Any) -> tuple[float, ...]:  # noqa: ANN401 - whatever was returned
    several = value if isinstance(value, list | tuple) else [value]
    try:
        numbers = tuple(float(one) for one in several)
    except (TypeError, ValueError):
        return ()
    return () if any(math.isnan(one) for one in numbers) else numbers


def _anew(job: Job, identity: str) -> Job:
    return Job(
        sweep=job.sweep,
        number=job.number,
        trial=job.trial,
        seed=job.seed,
        params=job.params,
        overrides=job.overrides,
        identity=identity,
    )


def _next_number(jobs: Sequence[Job]) -> int:
    return 1 + max((job.number for job in jobs), default=-1)


def _told(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.6g}" for value in values)


def _words(job: Job) -> str:
    return " ".join(job.overrides)

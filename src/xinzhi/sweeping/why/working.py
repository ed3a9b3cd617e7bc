"""A worker that trains probes: in its warm process, or another state of the code in its own."""

import functools
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xinzhi.config import failures
from xinzhi.sweeping.frozen import ROWS
from xinzhi.sweeping.ledger.holders import is_dead
from xinzhi.sweeping.ledger.opening import open_ledger
from xinzhi.sweeping.ledger.patience import patiently
from xinzhi.sweeping.why import elsewhere
from xinzhi.sweeping.why.marks import APART, FROM_B, PROBES
from xinzhi.sweeping.why.states import CODE, DATA, State
from xinzhi.sweeping.work.heartbeat import Heartbeat
from xinzhi.sweeping.work.output import log_folder, output_to
from xinzhi.sweeping.work.worker import Worker

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.sweeping.ledger.ledger import Ledger
    from xinzhi.sweeping.records import Job
    from xinzhi.training.beside import Beside, Train

_POLL_S = 0.1


def probing(train: "Train", config: "DictConfig", beside: "Beside") -> Any:  # noqa: ANN401
    """Fits what a config describes; the run says that it is no training of its own.

    Args:
        train: fits.
        config: of a probe.
        beside: of it.
    """
    return train(config, replace(beside, tags={**beside.tags, "pipeline": PROBES}))


class ProbeWorker(Worker):
    """Takes probes until none is left, or, where it stays, until the search is over.

    Args:
        ledger: holds them.
        name: of the sweep.
        train: fits what a config describes.
        parent: the process that asks for probes; None where it is this one.
    """

    def __init__(
        self, ledger: "Ledger", name: str, *, train: "Train", parent: int | None = None
    ) -> None:
        super().__init__(ledger, name, train=functools.partial(probing, train), parent=parent)
        self._stays = parent is not None

    def _find_more(self) -> bool:
        self._ledger.reclaim(self._name, is_dead=is_dead)
        if not self._stays and not self._ledger.counts(self._name)["waiting"]:
            return False
        time.sleep(_POLL_S)  # whoever asks for probes thinks about the next one
        return True

    def _one(self, job: "Job", lease_s: float) -> None:
        told, theirs = self._sweep.settings[PROBES], job.params[FROM_B].split(APART)
        settings = {**self._sweep.settings, ROWS: told[ROWS][DATA in theirs]}
        self._sweep = replace(self._sweep, settings=settings)
        state = State(**told[CODE][CODE in theirs])
        if state.commit:
            self._one_elsewhere(job, state, lease_s)
        else:
            super()._one(job, lease_s)

    def _one_elsewhere(self, job: "Job", state: State, lease_s: float) -> None:
        ledger, holder = self._ledger, self._holder
        log = log_folder(self._name) / f"{job.number:05d}.log"
        ledger.started(job, holder, run_id=job.run_id, log=str(log))
        with output_to(log), Heartbeat(ledger, job, holder, lease_s=lease_s) as heart:
            try:
                outcome = elsewhere.run(self._sweep, job, state, heart=heart)
                values = outcome.values(self._sweep)
                met, run_id = outcome.metrics, outcome.run_id
                ledger.finish(job, holder, values=values, metrics=met, run_id=run_id)
            except (KeyboardInterrupt, SystemExit):
                ledger.release(job, holder)
                raise
            except Exception as error:  # noqa: BLE001 - told, and the next probe runs
                told = failures.told(error)[1]
                sys.stderr.write(f"{told}\n")
                ledger.fail(job, holder, error=told)


def work(name: str, train: "Train", parent: int) -> None:
    """Works on the probes of this project's ledger until the search is over.

    Args:
        name: of the sweep.
        train: fits what a config describes.
        parent: the process that asks for probes.
    """
    ProbeWorker(patiently(open_ledger), name, train=train, parent=parent).work()

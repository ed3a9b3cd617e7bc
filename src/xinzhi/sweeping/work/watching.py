"""What a training tells its sweep while it runs."""

import functools
import time
from dataclasses import replace
from typing import Any

import lightning as L

from xinzhi.errors import StoreError
from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.ledger.patience import is_away
from xinzhi.sweeping.records import Job, Sweep
from xinzhi.sweeping.search import pruning
from xinzhi.sweeping.work.ending import Pruned
from xinzhi.sweeping.work.heartbeat import Heartbeat
from xinzhi.tracking import parents
from xinzhi.training.beside import Beside

_LOOK_EVERY_S = 0.25


def watched(ledger: Ledger, sweep: Sweep, job: Job, *, heart: Heartbeat) -> Beside:
    """Gives what a sweep adds to the training of one of its jobs.

    Args:
        ledger: holds the job.
        sweep: whose job it is.
        job: as it was claimed.
        heart: keeps the job's lease.
    """

    def started(run_id: str) -> None:
        heart.note(lambda: ledger.started(job, job.worker or "", run_id=run_id))

    return Beside(
        callbacks=[Watch(ledger, sweep, job, heart=heart)],
        tags=tags(sweep, job),
        started=started,
        keep_model=bool(sweep.settings.get("keep_models")),
    )


def tags(sweep: Sweep, job: Job) -> dict[str, str]:
    """Gives the tags of a job's run.

    Args:
        sweep: whose job it is.
        job: it.
    """
    own = {"sweep": sweep.name, "job": str(job.number), "trial": str(job.trial)}
    parent = parents.child_tags(sweep.parent_run) if sweep.parent_run else {}
    return {**own, "identity": job.identity, **parent}


class Watch(L.Callback):
    """Reports the objective after each validation and ends what is not worth its time.

    Args:
        ledger: is told.
        sweep: whose job it is.
        job: it.
        heart: is told how far the training is and what it reached, and says when it is to end;
            None where another process does.
    """

    def __init__(
        self, ledger: Ledger, sweep: Sweep, job: Job, *, heart: Heartbeat | None = None
    ) -> None:
        self._ledger, self._sweep, self._job, self._heart = ledger, sweep, job, heart
        self._reports = dict(job.reports)  # of the attempt that this one goes on from
        self._looked = time.monotonic()

    def on_train_batch_end(self, trainer: L.Trainer, *_: Any) -> None:  # noqa: ANN401
        """Obeys, and tells how far the training is."""
        now = time.monotonic()
        if self._heart is None or now - self._looked < _LOOK_EVERY_S:
            return
        self._looked = now
        total = float(trainer.estimated_stepping_batches)
        self._heart.progress = trainer.global_step / total if total not in (0, float("inf")) else 0
        self._heart.obey()

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:  # noqa: ARG002
        """Reports, and asks whether to go on; all ranks end together.

        Raises:
            Pruned: others are so much better.
        """
        value = trainer.callback_metrics.get(self._sweep.objectives[0])
        fitting = trainer.state.fn == "fit" and not trainer.sanity_checking
        if value is None or not fitting:
            return
        step = trainer.current_epoch + 1
        hopeless = self._heart is not None and self._is_hopeless(self._heart, step, float(value))
        if trainer.world_size > 1:
            hopeless = trainer.strategy.broadcast(hopeless)
        if hopeless:
            reached = f"{self._sweep.objectives[0]} {float(value):.4f}"
            raise Pruned(f"pruned after epoch {step}: {reached}")

    def _is_hopeless(self, heart: Heartbeat, step: int, value: float) -> bool:
        self._reports[step] = value
        heart.note(lambda: self._ledger.report(self._job, step, value))
        if self._sweep.pruning not in {"median", "hyperband", "asha"} or heart.is_away:
            return False
        job = replace(self._job, reports=dict(self._reports))
        try:
            jobs = self._ledger.jobs(self._sweep.name)
        except StoreError as error:
            if not is_away(error):
                raise
            return False  # whoever is not known to be worse goes on
        others = [one if one.number != job.number else job for one in jobs if one.trial >= 0]
        hopeless, kept = pruning.verdict(self._sweep, others, job)
        self._job = replace(self._job, attrs={**self._job.attrs, **kept})
        heart.note(functools.partial(self._ledger.keep_attrs, self._job, self._job.attrs))
        return hopeless

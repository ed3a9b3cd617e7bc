"""One job: a plain single training, in this warm process or, on several devices, in its own."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xinzhi.config.check import check
from xinzhi.config.grammar import key_of
from xinzhi.sweeping.composing import REPETITION, compose_job
from xinzhi.sweeping.identity import identity
from xinzhi.sweeping.search.final import FINAL
from xinzhi.sweeping.work import child, jobs
from xinzhi.sweeping.work.devices import on_several
from xinzhi.sweeping.work.ending import Pruned
from xinzhi.sweeping.work.outcome import JUDGED, JobError, Outcome
from xinzhi.sweeping.work.recovery import weights_of

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.data.snapshot import Snapshot
    from xinzhi.sweeping.ledger.ledger import Ledger
    from xinzhi.sweeping.records import Job, Sweep
    from xinzhi.sweeping.work.heartbeat import Heartbeat
    from xinzhi.training.beside import Train

_COSTS = ("wall_s", "fit_s", "disk_mb")  # of a run, which an objective may name beside metrics
_TRAINED_AGAIN = "the best configuration is trained again, then judged on the test rows"
# what judges weights that are there already needs no second device
_ON_ONE_DEVICE = {"devices": 1, "num_nodes": 1, "strategy": "auto"}


def execute(
    train: "Train",
    ledger: "Ledger",
    sweep: "Sweep",
    job: "Job",
    *,
    heart: "Heartbeat",
    rows: "Callable[[DictConfig], Snapshot | None]",
) -> Outcome:
    """Runs a job that was claimed.

    Args:
        train: fits what a config describes.
        ledger: is told how far it is.
        sweep: whose job it is.
        job: it.
        heart: keeps its lease.
        rows: gives the frozen rows of a config.
    """
    overrides = [*job.overrides, *job.retry]
    if job.trial == FINAL:
        return _final(train, ledger, sweep, job, heart=heart, rows=rows)
    config = compose_job(sweep.fixed, overrides)
    check(config)
    frozen = rows(config)
    own = compose_job(sweep.fixed, job.overrides) if job.retry else config
    _check_same(job, own, frozen)
    if on_several(config):
        fixed = [word for word in sweep.fixed if word != REPETITION]
        words = [*fixed, *overrides, f"test={str(config.test).lower()}", "report=json"]
        return _apart(ledger, sweep, job, words, heart=heart)
    from xinzhi.sweeping.work.watching import watched

    beside = watched(ledger, sweep, job, heart=heart)
    return _outcome(train(config, replace(beside, snapshot=frozen)))


def _check_same(job: "Job", config: "DictConfig", rows: "Snapshot | None") -> None:
    now = identity(config, data=rows.digest if rows is not None else "").whole
    if now != job.identity:
        raise JobError(
            f"the job {job.name} was entered as another training: an option in conf/, the code "
            "that it imports or a file that it reads has changed since",
            mend="the command that began the sweep enters it anew",
        )


def _final(
    train: "Train",
    ledger: "Ledger",
    sweep: "Sweep",
    job: "Job",
    *,
    heart: "Heartbeat",
    rows: "Callable[[DictConfig], Snapshot | None]",
) -> Outcome:
    from xinzhi.sweeping.work.watching import tags
    from xinzhi.training.beside import Beside

    def started(run_id: str) -> None:
        heart.note(lambda: ledger.keep_attrs(job, {JUDGED: run_id}))

    config = compose_job(sweep.fixed, job.overrides, test=True)
    if on_several(config):
        config.trainer.update(_ON_ONE_DEVICE)
    check(config)
    weights = weights_of(job.run_id, config.tracking.uri)
    if weights is None:
        sys.stderr.write(f"the weights of run {job.run_id} are gone: {_TRAINED_AGAIN}\n")
    return _outcome(
        train(
            config,
            Beside(
                tags={**tags(sweep, job), "best_of": sweep.name},
                started=started,
                snapshot=rows(config),
                weights=weights,
            ),
        )
    )


def _outcome(result: Any) -> Outcome:  # noqa: ANN401 - a TrainResult, or its fields
    told = result if isinstance(result, Mapping) else vars(result)
    costs = {name: float(told[name]) for name in _COSTS if name in told}
    return Outcome(str(told["run_id"]), {**costs, **told["metrics"]})


def _apart(
    ledger: "Ledger",
    sweep: "Sweep",
    job: "Job",
    overrides: Sequence[str],
    *,
    heart: "Heartbeat",
) -> Outcome:
    words = {key_of(word): word for word in overrides}.values()  # of each key the last one
    with tempfile.TemporaryFile() as answer:
        code = child.run(
            [sys.executable, "-m", "xinzhi", "train", *words],
            environment={**os.environ, **jobs.named(ledger, sweep, job)},
            stdout=answer,
            is_unwanted=lambda: heart.asked,
        )
        answer.seek(0)
        told = _read(answer.read())
    heart.obey()
    said = str(told.get("error") or f"it ended with code {code}, its log says more")
    if code == Pruned.code:
        raise Pruned(said)
    if code or "run_id" not in told:
        raise JobError(said.removeprefix("error: "))
    return _outcome(told)


def _read(answer: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(answer))
    except ValueError:
        return {}

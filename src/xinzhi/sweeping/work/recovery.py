"""What an earlier attempt at a job has left: its result, or a checkpoint to go on from."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.errors import StoreError, XinzhiError
from xinzhi.sweeping.ledger.patience import is_away
from xinzhi.sweeping.work.outcome import JUDGED, Outcome

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.sweeping.records import Job


def came_through(job: "Job", uri: str | None) -> Outcome | None:
    """Gives the outcome of an attempt that ended well before its worker could say so.

    Args:
        job: that is tried again.
        uri: of the tracking store.
    """
    from xinzhi.tracking.store import open_store
    from xinzhi.tracking.unfinished import result_of

    if job.run_id is None:
        return None
    metrics = result_of(open_store(uri), job.run_id)  # which settles runs of dead processes
    return None if metrics is None else Outcome(job.run_id, metrics)


def judged_before(job: "Job", config: "DictConfig") -> Outcome | None:
    """Gives the outcome of an attempt that judged the best, and sees to it that it is a version.

    Args:
        job: the last one of a sweep, which is tried again.
        config: of it.
    """
    from xinzhi.config.compose import fully_resolved
    from xinzhi.registry import versions
    from xinzhi.tracking.store import open_store
    from xinzhi.training.assembly import held_back

    run_id = job.attrs.get(JUDGED)
    if run_id is None:
        return None
    known = came_through(replace(job, run_id=str(run_id)), config.tracking.uri)
    if known is None:
        return None
    store = open_store(config.tracking.uri, mend=False)
    model_id = versions.resolve(store, known.run_id).model_id
    if model_id is not None and held_back(fully_resolved(config)) is None:
        versions.register(
            store,
            model_id=model_id,
            run_id=known.run_id,
            name=str(config.name),
            description=store.client.get_run(known.run_id).data.tags.get("mlflow.note.content"),
        )
    return known


def continuing(job: "Job", uri: str | None) -> tuple[str, ...]:
    """Gives the override with which a job goes on where an earlier attempt was cut short.

    Args:
        job: that is tried again.
        uri: of the tracking store.
    """
    from xinzhi.tracking.store import open_store
    from xinzhi.tracking.unfinished import has_checkpoint, result_of

    if job.run_id is None or job.retry:  # another batch size has other steps
        return ()
    store = open_store(uri)
    with suppress(XinzhiError), store.explaining():  # it may be of another store
        if has_checkpoint(store, job.run_id) and result_of(store, job.run_id) is None:
            return (f"ckpt_path={job.run_id}",)
    return ()


def weights_of(run_id: str | None, uri: str | None) -> Path | None:
    """Gives the checkpoint that a run kept as its best; None where it is not there.

    It may never have kept one, or be of another store, or have been cleaned away since.

    Args:
        run_id: the run.
        uri: of the tracking store.

    Raises:
        StoreError: the store does not answer just now.
    """
    from xinzhi.tracking.store import open_store
    from xinzhi.tracking.unfinished import kept_folder

    if run_id is None:
        return None
    store = open_store(uri, mend=False)
    try:
        with store.explaining():
            best = kept_folder(store, run_id) / "best.ckpt"
    except StoreError as error:
        if is_away(error):
            raise
        return None
    return best if best.is_file() else None

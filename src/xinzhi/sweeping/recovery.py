"""What an earlier attempt at a job has left: its result, or a checkpoint to go on from."""

from contextlib import suppress
from typing import TYPE_CHECKING

from xinzhi.errors import XinzhiError
from xinzhi.sweeping.execution import Outcome

if TYPE_CHECKING:
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


def continuing(job: "Job", uri: str | None) -> tuple[str, ...]:
    """Gives the override with which a job goes on where an earlier attempt was cut short.

    Args:
        job: that is tried again.
        uri: of the tracking store.
    """
    from xinzhi.tracking.store import open_store
    from xinzhi.tracking.unfinished import has_checkpoint

    if job.run_id is None or job.retry:  # another batch size has other steps
        return ()
    with suppress(XinzhiError):
        if has_checkpoint(open_store(uri), job.run_id):
            return (f"ckpt_path={job.run_id}",)
    return ()

"""How long the jobs of a sweep will still take, told from those that ended and those that run."""

from collections.abc import Iterable, Sequence

from xinzhi.sweeping.records import ENDED, Job

_TELLING, _TELLING_S = 0.05, 1.0  # of a job: from less no one can tell how long it will take


def job_left_s(job: Job, now: float) -> float | None:
    """Seconds that a running job still needs; None where too little of it is done.

    Args:
        job: that runs.
        now: seconds since 1970.
    """
    if job.started is None or job.progress < _TELLING or now - job.started < _TELLING_S:
        return None
    return (now - job.started) * (1 - min(job.progress, 1.0)) / min(job.progress, 1.0)


def left_s(jobs: Sequence[Job], total: int, now: float) -> float | None:
    """Seconds until all jobs have ended, if as many go on at once; None where nobody can tell.

    Pruned jobs count with the time they took: those to come will be cut short as often.

    Args:
        jobs: of the sweep.
        total: jobs in all, those included that are not chosen yet.
        now: seconds since 1970.
    """
    running = [job for job in jobs if job.state == "running"]
    known = [job_left_s(job, now) for job in running]
    whole = [
        now - job.started + left
        for job, left in zip(running, known, strict=True)
        if job.started is not None and left is not None
    ]
    typical = _mean(took_s(jobs)) or _mean(whole)
    if not running or typical is None:
        return None
    lefts = [
        max(typical - (now - (job.started or now)), 0.0) if left is None else left
        for job, left in zip(running, known, strict=True)
    ]
    waiting = max(total - len(running) - sum(job.state in ENDED for job in jobs), 0)
    return max((sum(lefts) + waiting * typical) / len(running), *lefts)


def took_s(jobs: Iterable[Job]) -> list[float]:
    """Seconds that the ended jobs took, without those whose result was there already.

    Args:
        jobs: in any state.
    """
    return [
        job.ended - job.started
        for job in jobs
        if job.state in ("finished", "pruned")
        and job.cached_from is None
        and job.started is not None
        and job.ended is not None
    ]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None

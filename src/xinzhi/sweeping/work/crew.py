"""The workers of a sweep, as who began it sees them."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from xinzhi.sweeping.records import Sweep
from xinzhi.sweeping.work.nursery import Task
from xinzhi.sweeping.work.output import log_folder

if TYPE_CHECKING:
    from xinzhi.sweeping.work.local import Local
    from xinzhi.sweeping.work.workers import Handle, Ray, Slurm

_TO_LEAVE_S = 10.0


class Crew:
    """The workers of a sweep; one that dies is replaced, as long as there is something to do.

    Args:
        who: runs the jobs.
        sweep: whose jobs.
        task: what they do.
        size: workers.
    """

    def __init__(self, who: "Local | Slurm | Ray", sweep: Sweep, task: Task, *, size: int) -> None:
        self._who, self._task, self.size = who, task, size
        self._done: float | None = None
        self._spare = 2 * size + int(sweep.settings.get("replacements", 100))
        self._handles: list[Handle] = [self._start(place) for place in range(size)]

    def _start(self, place: int) -> "Handle":
        log = log_folder(self._task.sweep) / f"worker-{place}.log"
        return self._who.start(self._task, place=place, of=self.size, log=log)

    def has_dead(self) -> bool:
        """Whether a worker has ended."""
        return any(handle.is_over() for handle in self._handles)

    def is_over(self) -> bool:
        """Whether all workers have ended."""
        return all(handle.is_over() for handle in self._handles)

    def is_needless(self, done: bool) -> bool:
        """Whether nothing is left to do, and whoever works has had the time to see it himself.

        A worker that a cluster still keeps in its queue would see it in hours.

        Args:
            done: whether all jobs have ended.
        """
        self._done = (self._done or time.monotonic()) if done else None
        return self._done is not None and time.monotonic() - self._done > _TO_LEAVE_S

    def replace_dead(self) -> bool:
        """Starts workers anew in place of those that ended; whether any are left to be started."""
        for place, handle in enumerate(self._handles):
            if handle.is_over() and self._spare > 0:
                self._spare -= 1
                self._handles[place] = self._start(place)
        return self._spare > 0

    def stop(self) -> None:
        """Ends all workers, which may take a while each."""
        with ThreadPoolExecutor(max(1, len(self._handles))) as pool:
            list(pool.map(lambda handle: handle.stop(), self._handles))

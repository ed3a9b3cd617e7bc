"""Why a job is to end before its time: asked from a thread, obeyed between two batches."""

import os
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from xinzhi.errors import CutShort

if TYPE_CHECKING:
    from xinzhi.sweeping.ledger import Ledger
    from xinzhi.sweeping.records import Job


_FOR_OTHERS_S = 20.0  # more than they are given to tidy up


class Pruned(CutShort):
    """Others are so much better that this job is not worth its time."""

    code = 3
    for_good = True


class Stopped(CutShort):
    """The sweep was stopped, or another worker has the job by now."""

    code = 4


class Heartbeat:
    """A thread that keeps a job's lease and hears when the job is to end.

    Use as a context around the training.

    Args:
        ledger: holds the job.
        job: whose lease is kept.
        worker: who holds it.
        lease_s: for how long each beat keeps it.
    """

    def __init__(self, ledger: "Ledger", job: "Job", worker: str, *, lease_s: float) -> None:
        self._ledger, self._job, self._worker, self._lease_s = ledger, job, worker, lease_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self.progress: float | None = None
        self.asked: str | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=self._lease_s)

    def obey(self) -> None:
        """Ends the training where that was asked for.

        Raises:
            Stopped: it was.
        """
        if self.asked:
            raise Stopped(self.asked)

    def _beat(self) -> None:
        while not self._over.wait(min(2.0, self._lease_s / 4)):
            with suppress(Exception):  # a ledger that is away for a while costs no job
                self._tell()

    def _tell(self) -> None:
        held = self._ledger.beat(
            self._job, self._worker, lease_s=self._lease_s, progress=self.progress
        )
        if not held:
            self.asked = "another worker has this job: its lease had run out"
        elif self._ledger.sweep(self._job.sweep).phase == "stopped":
            self.asked = "the sweep was stopped"


class HeartbeatOfRanks(Heartbeat):
    """The same for the first process of a training on several ranks.

    They cannot end one by one, each would wait for the others: whoever started this process ends
    them all, and where that one is dead, so that nobody does, this one kills its whole group.
    """

    def obey(self) -> None:
        """Leaves the end to the group's."""

    def _tell(self) -> None:
        super()._tell()
        if self.asked and not self._over.wait(_FOR_OTHERS_S) and os.getpgrp() == os.getpid():
            os.killpg(os.getpgrp(), signal.SIGKILL)

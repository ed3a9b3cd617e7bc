"""The thread beside a training that writes to the ledger: so a ledger may be away meanwhile."""

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from xinzhi.sweeping.ledger.patience import is_away
from xinzhi.sweeping.work.ending import Stopped

if TYPE_CHECKING:
    from xinzhi.sweeping.ledger.ledger import Ledger
    from xinzhi.sweeping.records import Job

Note = Callable[[], object]
_FOR_OTHERS_S = 20.0  # more than they are given to tidy up
_NOTED_WITHIN_S = 5.0  # a training does not wait longer for what it says to be written


class Heartbeat:
    """A thread that keeps a job's lease, notes what is said of the job and hears when it is to end.

    Only somebody else who has the job by now, or a sweep that was stopped, ends the training; a
    ledger that is away does not. Use as a context around the training.

    Args:
        ledger: holds the job.
        job: whose lease is kept.
        worker: who holds it.
        lease_s: for how long each beat keeps it.
    """

    def __init__(self, ledger: "Ledger", job: "Job", worker: str, *, lease_s: float) -> None:
        self._ledger, self._job, self._worker, self._lease_s = ledger, job, worker, lease_s
        self._notes: deque[Note] = deque()
        self._sending, self._sent = threading.Lock(), threading.Condition()
        self._woken, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self.is_away = False
        self.progress: float | None = None
        self.asked: str | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._woken.set()
        self._thread.join(timeout=self._lease_s)

    def obey(self) -> None:
        """Ends the training where that was asked for.

        Raises:
            Stopped: it was.
        """
        if self.asked:
            raise Stopped(self.asked)

    def note(self, note: Note) -> None:
        """Lets the thread write something, in the order in which it is asked to.

        Waits until it is written, but not for long: a training goes on while the ledger is away.

        Args:
            note: writes it; may be done again where it failed.
        """
        self._notes.append(note)
        self._woken.set()
        with self._sent:
            if not self.is_away:
                through = self._sent.wait_for(lambda: not self._notes, timeout=_NOTED_WITHIN_S)
                self.is_away = not through

    def send(self) -> None:
        """Writes what waits to be written.

        Raises:
            StoreError: the ledger is away; what was not written waits still.
        """
        with self._sending:
            while self._notes:
                try:
                    self._notes[0]()
                except Exception as error:
                    if is_away(error):
                        raise
                    # it would fail for ever, and keep all that follows
                    sys.stderr.write(f"not noted in the ledger: {error}\n")
                self._notes.popleft()
        with self._sent:
            self._sent.notify_all()

    def _beat(self) -> None:
        pause_s = min(2.0, self._lease_s / 4)
        due = time.monotonic() + pause_s
        while not self._over.is_set():
            self._woken.wait(max(0.0, due - time.monotonic()))
            self._woken.clear()
            if self._over.is_set():
                return
            try:
                self.send()
                if time.monotonic() >= due:
                    self._tell()
                self.is_away = False
            except Exception as error:  # noqa: BLE001 - whatever the ledger has, the job goes on
                self.is_away = is_away(error)
            if time.monotonic() >= due:
                due = time.monotonic() + pause_s

    def _tell(self) -> None:
        mine = (self._job, self._worker)
        held = self._ledger.beat(*mine, lease_s=self._lease_s, progress=self.progress)
        if not held and not self._over.is_set():
            held = self._ledger.regain(*mine, lease_s=self._lease_s)
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

    def close(self) -> None:
        """Ends with the process, and writes what is left if that can be done now."""
        self.__exit__()
        with suppress(Exception):
            self.send()

    def _tell(self) -> None:
        super()._tell()
        if self.asked and not self._over.wait(_FOR_OTHERS_S) and os.getpgrp() == os.getpid():
            os.killpg(os.getpgrp(), signal.SIGKILL)

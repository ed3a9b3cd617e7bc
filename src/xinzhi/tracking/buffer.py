"""Metrics on their way to the store: collected in memory, written in batches by a thread."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from xinzhi.tracking.failures import is_passing

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0


class Row(NamedTuple):
    """One value of one metric; `timestamp` in milliseconds since 1970."""

    key: str
    value: float
    timestamp: int
    step: int
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


class MetricBuffer:
    """Collects rows and hands them to `send` in batches, from a thread of its own.

    What passes (a locked database, a server that is away) is tried again; anything else is
    raised by the next `add` or `flush`. No row is dropped: what could not be sent is in `unsent`.

    Args:
        send: writes rows to the store; may be called from two threads, never at once.
        every_n_seconds: how often rows are written.
        tick: called by the thread after each round, for instance to show that the run lives.
    """

    def __init__(
        self,
        send: Callable[[Sequence[Row]], None],
        *,
        every_n_seconds: float = 5.0,
        tick: Callable[[], None] | None = None,
    ) -> None:
        self._send = send
        self._every_s = every_n_seconds
        self._tick = tick
        self._rows: list[Row] = []
        self._lock = threading.Lock()  # of the list, held for microseconds
        self._sending = threading.Lock()  # of the store, held while it writes
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="metric-writer", daemon=True)
        self._thread.start()

    @property
    def unsent(self) -> list[Row]:
        """Rows that have not reached the store, oldest first."""
        with self._lock:
            return list(self._rows)

    def add(self, rows: Sequence[Row]) -> None:
        """Take rows; returns at once.

        Args:
            rows: what is to be written.
        """
        if self._error is not None:
            raise self._error
        self.take(rows)

    def take(self, rows: Sequence[Row]) -> None:
        """Take rows even if the writer has given up, so that they are flushed or spilled.

        Args:
            rows: what is to be written.
        """
        with self._lock:
            self._rows.extend(rows)

    def flush(self, *, patience_s: float = 30.0) -> None:
        """Write everything now.

        Args:
            patience_s: how long to go on trying while the store is away.
        """
        deadline, wait_s = time.monotonic() + patience_s, _FIRST_WAIT_S
        while True:
            try:
                self._drain()
            except Exception as error:
                if not is_passing(error) or time.monotonic() + wait_s > deadline:
                    raise
                time.sleep(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            else:
                return

    def close(self) -> None:
        """End the thread; what is unsent stays in `unsent`."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        wait_s = self._every_s
        while not self._stop.wait(wait_s):
            try:
                self._drain()
                if self._tick is not None:
                    self._tick()
                wait_s = self._every_s
            except Exception as error:  # noqa: BLE001 - raised again in the run's own thread
                if not is_passing(error):
                    self._error = error
                    return
                wait_s = min(max(2 * wait_s, _FIRST_WAIT_S), _LONGEST_WAIT_S)

    def _drain(self) -> None:
        with self._sending:
            with self._lock:
                rows, self._rows = self._rows, []
            if not rows:
                return
            try:
                self._send(rows)
            except BaseException:
                with self._lock:
                    self._rows = rows + self._rows
                raise

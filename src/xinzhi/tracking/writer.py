"""The thread of a run: it writes metrics, samples the machine and shows that the run lives."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xinzhi.tracking import liveness
from xinzhi.tracking.buffer import MetricBuffer, Row
from xinzhi.tracking.recovery import to_metrics
from xinzhi.tracking.system import SystemSampler

if TYPE_CHECKING:
    from mlflow import MlflowClient


class RunWriter:
    """Owns the buffer of one run.

    Args:
        client: of the store.
        run_id: the run.
        sampler: reads system metrics; None for none.
        every_n_seconds: how often metrics are written.
    """

    def __init__(
        self,
        client: "MlflowClient",
        run_id: str,
        *,
        sampler: SystemSampler | None,
        every_n_seconds: float,
    ) -> None:
        self.run_id = run_id
        self._client = client
        self._sampler = sampler
        self._beaten_s = time.monotonic()
        self.buffer = MetricBuffer(self._send, every_n_seconds=every_n_seconds, tick=self._tick)

    def close(self) -> None:
        """End the thread, with a last sample of the machine."""
        self.buffer.close()
        if self._sampler is not None:
            self.buffer.take(self._sampler.sample())

    def _send(self, rows: Sequence[Row]) -> None:
        self._client.log_batch(self.run_id, metrics=to_metrics(rows))

    def _tick(self) -> None:
        if self._sampler is not None and self._sampler.due():
            self.buffer.take(self._sampler.sample())
        if time.monotonic() - self._beaten_s >= liveness.BEAT_EVERY_S:
            self._client.set_tag(self.run_id, liveness.HEARTBEAT, liveness.beat())
            self._beaten_s = time.monotonic()

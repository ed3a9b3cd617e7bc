"""What the machine does meanwhile: CPU, memory, disk, network and GPU, as MLflow names it."""

import time
from typing import Any

from xinzhi.tracking.buffer import Row


class SystemSampler:
    """Reads MLflow's monitors; the caller's thread decides when.

    Args:
        every_n_seconds: shortest time between two samples.
    """

    def __init__(self, *, every_n_seconds: float = 10.0) -> None:
        self._monitors = _monitors()
        self._every_s = every_n_seconds
        self._last_s = time.monotonic()
        self._step = 0

    def due(self) -> bool:
        """Tell whether the next sample is due."""
        return time.monotonic() - self._last_s >= self._every_s

    def sample(self) -> list[Row]:
        """One value of each system metric, averaged since the last sample where it is a rate."""
        self._last_s = time.monotonic()
        now_ms = int(1000 * time.time())
        rows = []
        for monitor in self._monitors:
            monitor.collect_metrics()
            values = monitor.aggregate_metrics().items()
            rows += [
                Row(f"system/{key}", float(value), now_ms, self._step) for key, value in values
            ]
            monitor.clear_metrics()
        self._step += 1
        return rows


def _monitors() -> list[Any]:
    from mlflow.system_metrics.metrics.cpu_monitor import CPUMonitor
    from mlflow.system_metrics.metrics.disk_monitor import DiskMonitor
    from mlflow.system_metrics.metrics.gpu_monitor import GPUMonitor
    from mlflow.system_metrics.metrics.network_monitor import NetworkMonitor

    found: list[Any] = []
    for kind in (CPUMonitor, DiskMonitor, NetworkMonitor, GPUMonitor):
        try:
            found.append(kind())
        except Exception:  # noqa: BLE001, S112 - no such device, or its driver is away
            continue
    return found

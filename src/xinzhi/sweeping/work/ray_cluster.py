"""A worker as a task of a Ray cluster."""

import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xinzhi.errors import ConfigError
from xinzhi.sweeping.work import child
from xinzhi.sweeping.work.missing import MissingError

_PATIENCE_S = 60.0
_TOLD_TO_TASKS = ("XINZHI_", "MLFLOW_", "PYTHONPATH")
_STARTS_ONE = "local"


class Remote:
    """A worker that Ray runs, or will run.

    Args:
        reference: to its end.
    """

    def __init__(self, reference: Any) -> None:  # noqa: ANN401 - ray is loaded late
        self._reference = reference

    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._ends_within(0)

    def stop(self) -> None:
        """Cancels it; its program is told to end and given the time to."""
        import ray

        if self.is_over():
            return
        ray.cancel(self._reference)
        if not self._ends_within(_PATIENCE_S):
            ray.cancel(self._reference, force=True)

    def _ends_within(self, seconds: float) -> bool:
        import ray

        ended, _ = ray.wait([self._reference], timeout=seconds)
        return bool(ended)


def remote(
    command: Sequence[str], *, address: str, cores: float, gpus: float, log: Path, name: str
) -> Remote:
    """Gives a Ray cluster a task that runs a worker.

    Args:
        command: of the worker.
        address: of the cluster; `local` starts one here.
        cores: of the worker.
        gpus: of the worker.
        log: on a folder that all machines share.
        name: of the task, as Ray shows it.

    Raises:
        MissingError: Ray is not installed.
        ConfigError: there is no such cluster.
    """
    try:
        import ray
    except ImportError:
        raise MissingError("sweep/workers=ray", "ray", "ray") from None
    _connect(address)
    # an argument of the task, not of its runtime environment, which Ray shows to everybody
    told = {word: text for word, text in os.environ.items() if word.startswith(_TOLD_TO_TASKS)}
    options = {"num_cpus": cores, "num_gpus": gpus, "name": name, "max_retries": 0}
    task: Any = ray.remote(in_task).options(**options)
    return Remote(task.remote(list(command), told, str(Path.cwd()), str(log)))


def in_task(command: Sequence[str], told: Mapping[str, str], folder: str, log: str) -> int:
    """Runs a worker inside a task of Ray, which takes no further job once the task is gone.

    Args:
        command: of the worker.
        told: variables of whoever began the sweep.
        folder: where that was.
        log: where the worker's own output goes.
    """
    os.chdir(folder)
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    with Path(log).open("ab") as file:
        return child.run(
            [*command, f"parent={os.getpid()}"],
            environment={**os.environ, **told},
            stdout=file,
            stderr=file,
        )


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keeps the answer to SIGTERM, which Ray replaces by an exit with another code."""
    ours = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGTERM) if ours else None
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGTERM, before)


def _connect(address: str) -> None:
    import ray

    if ray.is_initialized():
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would report to its makers
    quiet: dict[str, Any] = {"logging_level": "error", "log_to_driver": False}
    if address == _STARTS_ONE:
        quiet["include_dashboard"] = False
    try:
        with _own_signals():
            ray.init(address=address, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ConfigError(
            f"sweep.workers.address must be a Ray cluster's, {address!r} is none: {error}",
            mend="ray start --head, or sweep.workers.address=local",
        ) from None

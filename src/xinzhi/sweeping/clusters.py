"""Workers of other machines: jobs of SLURM through submitit, tasks of a Ray cluster."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xinzhi.errors import ConfigError
from xinzhi.sweeping import child

_LOOK_EVERY_S, _POLL_S, _PATIENCE_S = 5.0, 0.5, 60.0
# one of many tasks, they would tell a training that all others wait for it
_OF_A_TASK = ("SLURM_NTASKS", "SLURM_NTASKS_PER_NODE", "SLURM_PROCID", "SLURM_LOCALID")
_TOLD_TO_TASKS = ("XINZHI_", "MLFLOW_", "PYTHONPATH")
_STARTS_ONE = "local"


class MissingError(ConfigError):
    """Workers of a kind whose package is not installed.

    Args:
        asked: what asks for them.
        extra: of xinzhi, which brings the package.
        package: its name.
    """

    def __init__(self, asked: str, extra: str, package: str) -> None:
        super().__init__(
            f"{asked} needs the package {package}, which is not installed",
            mend=f"pip install 'xinzhi[{extra}]'",
        )


class Submitted:
    """A worker that SLURM runs, or will run.

    Args:
        job: of submitit.
    """

    def __init__(self, job: Any) -> None:  # noqa: ANN401 - submitit is loaded late
        self._job, self._over, self._looked = job, False, time.monotonic()

    def is_over(self) -> bool:
        """Whether it has left the queue, which is not asked too often."""
        if not self._over and time.monotonic() - self._looked >= _LOOK_EVERY_S:
            self._look()
        return self._over

    def stop(self) -> None:
        """Cancels it, and waits until it has given back what it held."""
        if self._over:
            return
        self._job.cancel(check=False)
        until = time.monotonic() + _PATIENCE_S
        while not self._look() and time.monotonic() < until:
            time.sleep(_POLL_S)

    def _look(self) -> bool:
        # not sacct, which submitit asks: many a cluster keeps no accounts
        asked = ["squeue", "--noheader", "--jobs", self._job.job_id]
        told = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
        self._looked = time.monotonic()
        gone = "Invalid job id" in told.stderr  # a while after it has ended
        self._over = gone if told.returncode else not told.stdout.strip()
        return self._over


def submit(command: Sequence[str], *, folder: Path, parameters: Mapping[str, Any]) -> Submitted:
    """Gives SLURM a job that runs a worker.

    The ledger's address goes with the environment, which sbatch takes along.

    Args:
        command: of the worker.
        folder: that all machines share, for what SLURM writes.
        parameters: of submitit's AutoExecutor.

    Raises:
        MissingError: submitit is not installed.
        ConfigError: there is no SLURM here, or it does not want such a job.
    """
    try:
        import submitit
    except ImportError:
        raise MissingError("sweep/workers=slurm", "slurm", "submitit") from None
    missing = [
        name for name in ("sbatch", "srun", "squeue", "scancel") if shutil.which(name) is None
    ]
    if missing:
        raise ConfigError(
            f"sweep/workers=slurm must find the commands of SLURM, {missing[0]} is not there",
            mend="run it on a login node of the cluster, or leave out sweep/workers=slurm",
        )
    executor = submitit.AutoExecutor(folder=folder / "slurm", cluster="slurm")
    try:
        executor.update_parameters(**parameters)
        job = executor.submit(in_allocation, list(command))
    except (submitit.core.utils.FailedJobError, submitit.core.utils.FailedSubmissionError) as error:
        said = [line for line in str(error).splitlines() if line.strip()]
        raise ConfigError(
            f"SLURM refused a worker: {said[-1] if said else 'it did not say why'}",
            mend="sinfo shows the partitions; sweep.workers.options={account: …}",
        ) from None
    return Submitted(job)


def in_allocation(command: Sequence[str]) -> int:
    """Runs a worker in what SLURM has allocated, as if it were the only program there.

    Args:
        command: of the worker.

    Raises:
        ChildProcessError: it failed, which submitit is to write down.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_TASK}
    # what SLURM sends before the time is up is for submitit, which ends this function then
    code = child.run(command, environment=environment, deaf_to=[signal.SIGUSR2])
    if code:
        raise ChildProcessError(f"the worker ended with code {code}")
    return code


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

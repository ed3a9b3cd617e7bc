"""A worker as a job of SLURM, through submitit."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xinzhi.errors import ConfigError
from xinzhi.sweeping.work import child
from xinzhi.sweeping.work.missing import MissingError

_LOOK_EVERY_S, _POLL_S, _PATIENCE_S = 5.0, 0.5, 60.0
# one of many tasks, they would tell a training that all others wait for it
_OF_A_TASK = ("SLURM_NTASKS", "SLURM_NTASKS_PER_NODE", "SLURM_PROCID", "SLURM_LOCALID")


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

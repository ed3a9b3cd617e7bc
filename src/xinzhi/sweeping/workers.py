"""Who runs a sweep's jobs: processes of this machine, jobs of SLURM, tasks of a Ray cluster."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from xinzhi.errors import ConfigError
from xinzhi.sweeping.devices import gpus, on_cpu, wanted
from xinzhi.sweeping.nursery import Forked, Task

if TYPE_CHECKING:
    from omegaconf import DictConfig

_GIB_OF_A_WORKER = 2.5  # torch, lightning and a small model


class Handle(Protocol):
    """A started worker."""

    def is_over(self) -> bool:
        """Whether it has ended."""

    def stop(self) -> None:
        """Ends it; what it holds goes back to the ledger."""


@dataclass(frozen=True, kw_only=True)
class Local:
    """Processes of this machine that stay warm between jobs.

    Attributes:
        count: processes; one for each GPU, or for each core as far as memory goes, where None;
            0 runs the jobs in this very process, to be looked at with a debugger.
        threads: of a process; the cores shared out where None.
        per_gpu: processes on one GPU.
        gpus: of a process, for trainings on several.
    """

    count: int | None = None
    threads: int | None = None
    per_gpu: int = 1
    gpus: int = 1

    def __post_init__(self) -> None:
        _at_least_1(count=self.count or None, threads=self.threads, per_gpu=self.per_gpu)
        _at_least_1(gpus=self.gpus)
        if self.gpus > 1 < self.per_gpu:
            raise ConfigError(
                "sweep.workers must have several GPUs per process or several processes per GPU,"
                f" had gpus={self.gpus} and per_gpu={self.per_gpu}"
            )

    def size(self, jobs: int) -> int:
        """Gives how many processes there will be.

        Args:
            jobs: that there are to run.

        Raises:
            ConfigError: there are fewer GPUs than one of them asks for.
        """
        if self.count == 0:
            return 0
        there = gpus()
        if there and len(there) < self.gpus:
            raise ConfigError(
                f"sweep.workers.gpus must be at most the {len(there)} of this machine, was "
                f"{self.gpus}"
            )
        places = self.per_gpu * (len(there) // self.gpus)
        most = self.count or places or min(_cores(), _fitting())
        return max(1, min(most, jobs))

    def start(self, task: Task, *, place: int, of: int, log: Path) -> Handle:
        """Starts one worker, which ends when this process does, its job finished.

        Args:
            task: what it does.
            place: which of them it is, from 0.
            of: how many there are.
            log: where its own output goes.
        """
        threads = self.threads or max(1, _cores() // of)
        environment = {}
        if there := gpus():
            first = place // self.per_gpu * self.gpus
            own = [there[(first + n) % len(there)] for n in range(min(self.gpus, len(there)))]
            environment["CUDA_VISIBLE_DEVICES"] = ",".join(own)
        return Forked(task, threads=threads, environment=environment, log=log)


@dataclass(frozen=True, kw_only=True)
class Slurm:
    """Workers that are jobs of SLURM, through submitit.

    Attributes:
        count: workers.
        partition: of the cluster; its default where None.
        gpus: of a worker.
        cores: of a worker.
        memory_gb: of a worker.
        minutes: of a worker.
        options: further ones of sbatch, such as account or qos.
    """

    count: int = 2
    partition: str | None = None
    gpus: int = 0
    cores: int = 4
    memory_gb: int = 16
    minutes: int = 240
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _at_least_1(count=self.count, cores=self.cores, minutes=self.minutes)

    def size(self, jobs: int) -> int:
        """Gives how many workers there will be.

        Args:
            jobs: that there are to run.
        """
        return max(1, min(self.count, jobs))

    def start(self, task: Task, *, place: int, of: int, log: Path) -> Handle:
        """Submits one worker.

        Args:
            task: what it does.
            place: which of them it is, from 0.
            of: how many there are.
            log: beside it SLURM's own files go.
        """
        from xinzhi.sweeping.clusters import submit

        asked: dict[str, Any] = {
            "slurm_partition": self.partition,
            "cpus_per_task": self.cores,
            "mem_gb": self.memory_gb,
            "timeout_min": self.minutes,
            "gpus_per_node": self.gpus or None,
            "slurm_additional_parameters": dict(self.options) or None,
            "name": f"xinzhi-{place + 1}-of-{of}",
        }
        given = {name: value for name, value in asked.items() if value is not None}
        return submit(task.command, folder=log.parent, parameters=given)


@dataclass(frozen=True, kw_only=True)
class Ray:
    """Workers that are tasks of a Ray cluster.

    Attributes:
        count: workers.
        address: of the cluster; `local` starts one here.
        gpus: of a worker.
        cores: of a worker.
    """

    count: int = 2
    address: str = "auto"
    gpus: float = 0
    cores: float = 1

    def __post_init__(self) -> None:
        _at_least_1(count=self.count)

    def size(self, jobs: int) -> int:
        """Gives how many workers there will be.

        Args:
            jobs: that there are to run.
        """
        return max(1, min(self.count, jobs))

    def start(self, task: Task, *, place: int, of: int, log: Path) -> Handle:
        """Hands one worker to the cluster.

        Args:
            task: what it does.
            place: which of them it is, from 0.
            of: how many there are.
            log: where its own output goes, on a folder that all machines share.
        """
        from xinzhi.sweeping.clusters import remote

        return remote(
            task.command,
            address=self.address,
            cores=self.cores,
            gpus=self.gpus,
            log=log,
            name=f"xinzhi {place + 1} of {of}",
        )


def command(name: str) -> list[str]:
    """Gives the command of a worker, as it runs on any machine that has the project.

    The ledger's address, which may hold a password, goes by the environment.

    Args:
        name: of the sweep.
    """
    return [sys.executable, "-m", "xinzhi", "sweep", "work", name]


def check_devices(who: Local | Slurm | Ray, config: "DictConfig") -> None:
    """Refuses workers that have fewer GPUs than a job of theirs takes.

    Args:
        who: runs the jobs.
        config: of a job.

    Raises:
        ConfigError: they have.
    """
    number = wanted(config)
    # what a cluster gives that was not asked by this name, sbatch's options may ask for
    unknown = not (gpus() if isinstance(who, Local) and number > 1 else who.gpus)
    if number <= max(1, who.gpus) or on_cpu(config) or unknown:
        return
    raise ConfigError(
        f"a job with trainer.devices={number} needs as many GPUs of its worker, which has "
        f"{who.gpus:g}",
        mend=f"sweep.workers.gpus={number}",
    )


def _at_least_1(**counts: int | None) -> None:
    for name, count in counts.items():
        if count is not None and count < 1:
            raise ConfigError(f"sweep.workers.{name} must be at least 1, was {count}")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _fitting() -> int:
    import psutil

    return max(1, int(psutil.virtual_memory().available / 2**30 / _GIB_OF_A_WORKER))

"""Workers of other machines: jobs of SLURM, tasks of a Ray cluster."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from xinzhi.errors import ConfigError
from xinzhi.sweeping.work.nursery import Task


class Handle(Protocol):
    """A started worker."""

    def is_over(self) -> bool:
        """Whether it has ended."""

    def stop(self) -> None:
        """Ends it; what it holds goes back to the ledger."""


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
        at_least_1(count=self.count, cores=self.cores, minutes=self.minutes)

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
        from xinzhi.sweeping.work.slurm import submit

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
        at_least_1(count=self.count)

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
        from xinzhi.sweeping.work.ray_cluster import remote

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


def at_least_1(**counts: int | None) -> None:
    """Refuses counts of nothing.

    Args:
        counts: by the setting's name; None where it is not set.

    Raises:
        ConfigError: one of them is below 1.
    """
    for name, count in counts.items():
        if count is not None and count < 1:
            raise ConfigError(f"sweep.workers.{name} must be at least 1, was {count}")

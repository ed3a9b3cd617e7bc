"""Workers that are processes of this machine, its cores and GPUs shared out among them."""

import os
from dataclasses import dataclass
from pathlib import Path

from xinzhi.errors import ConfigError
from xinzhi.sweeping.work.devices import gpus
from xinzhi.sweeping.work.nursery import Forked, Task
from xinzhi.sweeping.work.workers import Handle, at_least_1

_GIB_OF_A_WORKER = 2.5  # torch, lightning and a small model


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
        at_least_1(count=self.count or None, threads=self.threads, per_gpu=self.per_gpu)
        at_least_1(gpus=self.gpus)
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


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _fitting() -> int:
    import psutil

    return max(1, int(psutil.virtual_memory().available / 2**30 / _GIB_OF_A_WORKER))

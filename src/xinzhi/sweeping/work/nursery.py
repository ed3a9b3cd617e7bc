"""Workers that are born warm: one process imports torch and all the rest, and forks them."""

import gc
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import forkserver, get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xinzhi.training.beside import Train

Work = Callable[[str, "Train", int], None]
NEST_OF = "XINZHI_NEST_OF"  # tells the process that workers are born from who started it
_NEST, _WARM = "xinzhi.sweeping.work.nest", "xinzhi.sweeping.work.warm"
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_PATIENCE_S = 30.0


@dataclass(frozen=True)
class Task:
    """What workers of a sweep are to do.

    Attributes:
        sweep: its name.
        command: that does it on any machine that has the project.
        work: does it in a process that is warm already, told the sweep, `train` and the process
            whose end is to be its own.
        train: fits what a config describes.
        modules: that its jobs import.
    """

    sweep: str
    command: Sequence[str]
    work: "Work"
    train: "Train"
    modules: Sequence[str] = ()


class Forked:
    """A worker that a warm process gave birth to.

    Args:
        task: what it does.
        threads: that it computes with.
        environment: on top of this process's own.
        log: where its own output goes.
    """

    def __init__(
        self, task: Task, *, threads: int, environment: Mapping[str, str], log: Path
    ) -> None:
        begin(task.modules)
        arguments = (task, threads, {**os.environ, **environment}, str(log), os.getpid())
        log.parent.mkdir(parents=True, exist_ok=True)
        context = get_context("forkserver")
        self._process: Any = context.Process(target=_born, args=arguments, name=task.sweep)
        self._process.start()

    def is_over(self) -> bool:
        """Whether it has ended."""
        return not self._process.is_alive()

    def stop(self) -> None:
        """Ends it as SIGTERM does, and after a while for good."""
        if self.is_over():
            return
        self._process.terminate()
        self._process.join(timeout=_PATIENCE_S)
        if not self.is_over():
            self._process.kill()
            self._process.join()


def begin(modules: Sequence[str]) -> None:
    """Starts the process that workers are born from, which imports while this one goes on.

    Args:
        modules: that the jobs import.
    """
    get_context("forkserver").set_forkserver_preload([_NEST, _WARM, *modules])
    os.environ[NEST_OF] = str(os.getpid())
    forkserver.ensure_running()


def _born(task: Task, threads: int, environment: dict[str, str], log: str, parent: int) -> None:
    """Works, in a session of its own: Ctrl-C drains a sweep, so it must not come here."""
    gc.freeze()  # what was imported is no garbage, and stays in memory that workers share
    gc.enable()
    os.setsid()
    os.environ |= environment | dict.fromkeys(_THREADS, str(threads))
    with open(log, "ab") as file, open(os.devnull, "rb") as nothing:  # noqa: PTH123
        for number, other in enumerate((nothing, file, file)):
            os.dup2(other.fileno(), number)
    import torch

    torch.set_num_threads(threads)
    from xinzhi.config.entry import ending_on_signals

    with ending_on_signals():
        task.work(task.sweep, task.train, parent)

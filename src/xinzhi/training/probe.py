"""A fit cut short after a few timed steps, and what the whole one will take."""

import itertools
import json
import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import EarlyStopping

# batches differ in size, so that a few of them in no time would tell little; the end of an epoch is
# waited for where it is near
_ENOUGH_S, _EPOCH_S = 3.0, 10.0
_ENOUGH = 10  # steps of a later epoch tell its pace
_WARMING = 1  # the first step allocates and compiles


@dataclass(frozen=True)
class Measured:
    """What a fit that was cut short took.

    Attributes:
        before_s: from the start of the process to the start of the fit.
        fit_s: of the whole cut fit.
        first_s: from the start of the fit to the end of the first step.
        step_s: of a batch after that, in the mean.
        epoch_s: of the end of an epoch: validation and checkpoints.
        steps: batches that were timed.
        batches: of an epoch.
        epochs: of the whole fit; less than one where it is so short.
        patience: epochs after which early stopping may end it; None where nothing does.
        device_mb: memory that was used on the device beside the processor; 0 where there is none.
    """

    before_s: float
    fit_s: float
    first_s: float
    step_s: float
    epoch_s: float
    steps: int
    batches: float
    epochs: float
    patience: int | None
    device_mb: float

    def whole_s(self, epochs: float | None = None) -> float:
        """Gives the seconds of a whole fit.

        Args:
            epochs: that it lasts; all of them by default.
        """
        lasting = self.epochs if epochs is None else min(epochs, self.epochs)
        steps = max(lasting * self.batches - _WARMING, 0.0)
        return self.first_s + steps * self.step_s + math.ceil(lasting) * self.epoch_s


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What a training will take.

    Attributes:
        model: the words that its jobs have in common.
        jobs: that are like it and still to run.
        start_s: until the fit begins: imports, rows, model.
        fit_s: of the fit, validation included, if nothing ends it early.
        rest_s: of test, figures, model and tracking.
        seconds: of all, if nothing ends the fit early.
        least_s: of all, where early stopping ends it as soon as it may; else as `seconds`.
        memory_mb: of the process, at its peak.
        device_mb: on the device, at its peak.
        disk_mb: that a run keeps.
        steps: that were timed.
    """

    model: str
    jobs: int
    start_s: float
    fit_s: float
    rest_s: float
    seconds: float
    least_s: float
    memory_mb: float
    device_mb: float
    disk_mb: float
    steps: int

    def told(self) -> str:
        """Says it in two lines."""
        early = f", {_time(self.least_s)} if it stops early" if self.least_s < self.seconds else ""
        device = f", {self.device_mb:.0f} MB on the device" if self.device_mb else ""
        all_s = self.start_s + self.jobs * (self.seconds - self.start_s)
        several = f"; {self.jobs} jobs by one warm worker: {_time(all_s)}"
        return (
            f"to expect of {self.model or 'it'}, from {self.steps} timed steps: "
            f"{_time(self.seconds)}{early}{several if self.jobs > 1 else ''}\n"
            f"  start {_time(self.start_s)}, fit {_time(self.fit_s)}, rest {_time(self.rest_s)}; "
            f"memory {self.memory_mb:.0f} MB{device}; disk {self.disk_mb:.0f} MB a run"
        )


def forecast(
    measured: Measured, *, model: str, jobs: int, wall_s: float, memory_mb: float, disk_mb: float
) -> Forecast:
    """Tells what a training will take from one that was cut short.

    Args:
        measured: of the fit.
        model: the words that its jobs have in common.
        jobs: that are like it.
        wall_s: of the whole process.
        memory_mb: its peak.
        disk_mb: that the run kept.
    """
    outside = wall_s - measured.fit_s
    patience = measured.epochs if measured.patience is None else measured.patience + 1
    return Forecast(
        model=model,
        jobs=jobs,
        start_s=measured.before_s,
        fit_s=measured.whole_s(),
        rest_s=outside - measured.before_s,
        seconds=outside + measured.whole_s(),
        least_s=outside + measured.whole_s(patience),
        memory_mb=memory_mb,
        device_mb=measured.device_mb,
        disk_mb=disk_mb,
        steps=measured.steps,
    )


class Probe(L.Callback):
    """Ends a fit after a few steps and its first validation, and writes down what they took.

    Args:
        steps: that are timed, at least; more where they are over in no time.
        file: gets what was measured, as JSON.
        started: seconds since 1970 when the process began.
    """

    def __init__(self, *, steps: int, file: Path, started: float) -> None:
        self._least, self._file, self._process = steps, file, started
        self._before = time.time() - started
        self._began = 0.0
        self._ends: list[tuple[int, float]] = []  # epoch and time of each step's end
        self._whole: dict[str, Any] = {}

    def on_fit_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:  # noqa: ARG002
        """Starts the clock."""
        self._before = time.time() - self._process
        self._began = time.perf_counter()

    def on_train_batch_end(self, trainer: L.Trainer, pl_module: L.LightningModule, *_: Any) -> None:  # noqa: ANN401
        """Times a step, and stops after enough of them."""
        _wait_for(pl_module)
        now = time.perf_counter()
        self._whole = self._whole or _extent(trainer)
        self._ends.append((trainer.current_epoch, now))
        spent = now - self._ends[0][1]
        enough = spent >= (_ENOUGH_S if trainer.current_epoch else _EPOCH_S)
        if len(self._ends) > self._least and enough:
            trainer.should_stop = True

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Writes down what was measured."""
        ended = time.perf_counter()
        step_s, epoch_s = _paces(self._ends, ended)
        measured = Measured(
            before_s=self._before,
            fit_s=ended - self._began,
            first_s=self._ends[0][1] - self._began if self._ends else 0.0,
            step_s=step_s,
            epoch_s=epoch_s,
            steps=max(len(self._ends) - _WARMING, 0),
            device_mb=_device_mb(pl_module),
            patience=_patience(trainer),
            **self._whole,
        )
        self._file.write_text(json.dumps(asdict(measured)), encoding="utf-8")


def _paces(ends: Sequence[tuple[int, float]], ended: float) -> tuple[float, float]:
    """Gives the seconds of a step, and those between two epochs beyond a step.

    >>> _paces([(0, 1.0), (0, 2.0), (0, 3.0), (1, 6.0)], 8.0)
    (1.0, 2.0)
    """
    pairs = list(itertools.pairwise(ends))
    inside = [(epoch, later - now) for (epoch, now), (then, later) in pairs if epoch == then]
    # the first epoch is slower: the process has just begun, the optimiser has its state to make
    later_ones = [seconds for epoch, seconds in inside if epoch]
    within = later_ones if len(later_ones) >= _ENOUGH else [seconds for _, seconds in inside]
    between = [later - now for (epoch, now), (next_one, later) in pairs if epoch != next_one]
    # other work on the machine makes single steps long; the longest tenth is left out
    kept = sorted(within)[: max(len(within) - len(within) // 10, 1)]
    step_s = statistics.fmean(kept) if kept else 0.0
    closings = [max(gap - step_s, 0.0) for gap in between] or [ended - ends[-1][1]] if ends else []
    return step_s, statistics.median(closings) if closings else 0.0


def read(file: Path) -> Measured:
    """Reads what a probe wrote down.

    Args:
        file: that it wrote.
    """
    return Measured(**json.loads(file.read_text(encoding="utf-8")))


def _extent(trainer: L.Trainer) -> dict[str, Any]:
    batches = float(trainer.num_training_batches)
    epochs = float(trainer.max_epochs if trainer.max_epochs is not None else 1000)
    steps = trainer.max_steps * trainer.accumulate_grad_batches
    if steps > 0 and math.isfinite(batches):
        epochs = min(epochs, steps / batches) if epochs >= 0 else steps / batches
    return {"batches": batches, "epochs": epochs}


def _patience(trainer: L.Trainer) -> int | None:
    callbacks: list[L.Callback] = getattr(trainer, "callbacks", [])
    found = [one.patience for one in callbacks if isinstance(one, EarlyStopping)]
    return min(found) if found else None


def _wait_for(module: L.LightningModule) -> None:
    import torch

    if module.device.type == "cuda":
        torch.cuda.synchronize()
    elif module.device.type == "mps":
        torch.mps.synchronize()


def _device_mb(module: L.LightningModule) -> float:
    import torch

    if module.device.type == "cuda":
        return torch.cuda.max_memory_reserved() / 2**20
    return 0.0


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"

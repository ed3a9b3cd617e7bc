"""Learning curves of any LightningModule, logged without a wait per step."""

import time
from collections.abc import Mapping
from typing import Any

import lightning as L
import torch
from torch import Tensor


class Curves(L.Callback):
    """Logs loss, learning rate and throughput every few optimiser steps.

    The losses stay on the device until they are logged: no step waits for one.

    Args:
        every_n_steps: optimiser steps between two points.
    """

    def __init__(self, *, every_n_steps: int = 10) -> None:
        self.every_n_steps = every_n_steps
        self.history: dict[str, list[tuple[int, float]]] = {}
        self._clear()

    def _clear(self) -> None:
        self._losses: list[Tensor] = []
        self._examples = 0
        self._since = time.perf_counter()
        self._logged_step = -1

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:  # noqa: ARG002
        """Starts the clock anew: validation is no training time."""
        step = self._logged_step
        self._clear()
        self._logged_step = step

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,  # noqa: ARG002
        outputs: Any,  # noqa: ANN401
        batch: Any,  # noqa: ANN401
        batch_idx: int,  # noqa: ARG002
    ) -> None:
        """Keeps the loss, and logs when it is time."""
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if isinstance(loss, Tensor):
            self._losses.append(loss.detach())
        self._examples += _examples(batch)
        step = trainer.global_step
        if step % self.every_n_steps == 0 and step != self._logged_step and self._losses:
            self._log(trainer, step)

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:  # noqa: ARG002
        """Logs what is left of the epoch."""
        if self._losses:
            self._log(trainer, trainer.global_step)

    def _log(self, trainer: L.Trainer, step: int) -> None:
        # with accumulation a batch's loss is its share of the step's, so steps are sums
        parts = trainer.accumulate_grad_batches
        loss = float(torch.stack(self._losses).mean()) * parts
        seconds = time.perf_counter() - self._since
        values = {"train/loss": loss, "train/examples_per_second": self._examples / seconds}
        values["epoch"] = trainer.current_epoch + (1 if trainer.is_last_batch else 0)
        for optimizer in trainer.optimizers[:1]:
            values["train/lr"] = max(group["lr"] for group in optimizer.param_groups)
        self._remember(values, step)
        if trainer.logger is not None:
            trainer.logger.log_metrics(values, step=step)
        self._clear()
        self._logged_step = step

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:  # noqa: ARG002
        """Remembers what validation found, for the figure of the curves."""
        if trainer.training or trainer.state.fn == "fit":
            found = {k: float(v) for k, v in trainer.callback_metrics.items() if k[:4] == "val/"}
            self._remember(found, trainer.global_step)

    def _remember(self, values: Mapping[str, float], step: int) -> None:
        for name, value in values.items():
            self.history.setdefault(name, []).append((step, value))


def _examples(batch: Any) -> int:  # noqa: ANN401
    """Gives the first dimension of the first tensor in a batch."""
    if isinstance(batch, Tensor):
        return int(batch.shape[0])
    if isinstance(batch, Mapping):
        batch = list(batch.values())
    if isinstance(batch, list | tuple) and batch:
        return _examples(batch[0])
    return 1

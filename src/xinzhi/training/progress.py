"""Progress of a fit with the time that is left, on standard error."""

import sys
import time
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import ProgressBar

_BAR_SECONDS = 0.2
_LINE_SECONDS = 15.0
_EPOCH_SECONDS = 2.0  # of short epochs, not each leaves a line


class Progress(ProgressBar):
    """One line that moves on a terminal; elsewhere a line every quarter of a minute.

    The metric of an epoch is kept on a line of its own, or of several where epochs are short.

    Args:
        metric: shown after each epoch, such as val/f1_macro.
    """

    def __init__(self, *, metric: str | None = None) -> None:
        super().__init__()
        self.metric = metric
        self._enabled, self._best = True, ""
        self._started = self._shown = self._kept = time.monotonic()
        self._first_step = 0

    def disable(self) -> None:
        """Shows nothing, on ranks other than the first."""
        self._enabled = False

    def enable(self) -> None:
        """Shows again."""
        self._enabled = True

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:  # noqa: ARG002
        """Starts the clock."""
        self._started = self._shown = self._kept = time.monotonic()
        self._first_step = trainer.global_step

    def on_train_batch_end(self, trainer: L.Trainer, *_: Any) -> None:  # noqa: ANN401
        """Shows where the fit stands, where it is time."""
        if not self._enabled:
            return
        now = time.monotonic()
        if now - self._shown >= (_BAR_SECONDS if sys.stderr.isatty() else _LINE_SECONDS):
            self._shown = now
            self._show(trainer, now)

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:  # noqa: ARG002
        """Shows the metric of the epoch."""
        value = trainer.callback_metrics.get(self.metric or "")
        if self._enabled and value is not None and trainer.state.fn == "fit":
            self._best, now = f"  {self.metric} {float(value):.4f}", time.monotonic()
            if now - self._kept >= _EPOCH_SECONDS:
                self._kept = self._shown = now
                self._show(trainer, now, end="\n")

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:  # noqa: ARG002
        """Leaves the last line behind."""
        if self._enabled:  # the epoch that ended has been counted
            self._show(trainer, time.monotonic(), epoch=trainer.current_epoch, end="\n")

    def _show(
        self, trainer: L.Trainer, now: float, *, epoch: int | None = None, end: str = ""
    ) -> None:
        total, step = trainer.estimated_stepping_batches, trainer.global_step
        done, elapsed = step - self._first_step, now - self._started
        left = elapsed / done * (total - step) if done and total != float("inf") else float("nan")
        shown = trainer.current_epoch + 1 if epoch is None else max(epoch, 1)
        line = f"  epoch {shown}  step {step}/{total:.0f}"
        line += f"  {elapsed:.0f} s, {left:.0f} s left{self._best}"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{line:<78}{end}")
        else:
            sys.stderr.write(line + "\n")
        sys.stderr.flush()

"""Lightning's view of a run: metrics go to the run's buffer, checkpoints to its folder."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities import rank_zero_only

from xinzhi.metrics.scalars import shortened
from xinzhi.tracking.run import TrackedRun
from xinzhi.tracking.silent import SilentRun


class XinzhiLogger(Logger):
    """Writes what Lightning logs to a run; ending the run is left to its context.

    A fit and the test after it belong to one run, so that `finalize` only flushes.

    Args:
        run: an open run.
    """

    def __init__(self, run: TrackedRun | SilentRun) -> None:
        super().__init__()
        self._run = run
        self._epoch: float | None = None
        self._checkpoints: dict[int, ModelCheckpoint] = {}

    @property
    def experiment(self) -> TrackedRun | SilentRun:
        """The run itself."""
        return self._run

    @property
    def name(self) -> str:
        """Folder of the run inside `save_dir`."""
        return self._run.run_id

    @property
    def version(self) -> str:
        """None apart from the run itself; Lightning puts checkpoints at save_dir/name/version."""
        return ""

    @property
    def save_dir(self) -> str:
        """Where working files of runs go, never the current folder."""
        return str(self._run.work.parent)

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Buffer metrics; the epoch is written once each time it changes.

        Args:
            metrics: by name.
            step: of training.
        """
        epoch = metrics.get("epoch")
        if epoch is not None and epoch == self._epoch:
            metrics = {name: value for name, value in metrics.items() if name != "epoch"}
        elif epoch is not None:
            self._epoch = epoch
        if metrics:
            self._run.metrics(shortened(metrics), step=step or 0)

    @rank_zero_only
    def log_hyperparams(
        self,
        params: dict[str, Any] | Namespace,
        *args: object,
        **kwargs: object,
    ) -> None:
        """Nothing is left to do: the composed config was written when the run began.

        Args:
            params: of the module, part of that config.
            args: unused.
            kwargs: unused.
        """

    def after_save_checkpoint(self, checkpoint_callback: ModelCheckpoint) -> None:
        """Remember the callback, whose best and last file are kept at the end.

        Args:
            checkpoint_callback: has just saved.
        """
        self._checkpoints[id(checkpoint_callback)] = checkpoint_callback

    @rank_zero_only
    def finalize(self, status: str) -> None:  # noqa: ARG002 - Lightning's own form
        """Write what is buffered, and keep checkpoints that lie outside the run's folder.

        Args:
            status: of the loop that ended; the run may go on.
        """
        self._run.flush()
        for callback in self._checkpoints.values():
            for named in {callback.best_model_path, callback.last_model_path} - {""}:
                path = Path(named)
                if path.exists() and not path.resolve().is_relative_to(self._run.work.resolve()):
                    self._run.artifact(path, "checkpoints")
        self._checkpoints.clear()

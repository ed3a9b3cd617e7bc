"""What a fit that goes on from a checkpoint needs to end as if it had never been cut short."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import ModelCheckpoint

from xinzhi.config.files import is_path
from xinzhi.config.identity import command_line
from xinzhi.errors import ConfigError
from xinzhi.tracking.outcome import status_of
from xinzhi.tracking.run import TrackedRun
from xinzhi.tracking.silent import SilentRun
from xinzhi.tracking.store import Store
from xinzhi.tracking.unfinished import has_checkpoint, last_checkpoint


def checkpoint_to_continue(named: str | None, store: Store) -> str | None:
    """Gives the checkpoint's full path, if a fit can go on from it; None for a fit from scratch.

    Args:
        named: as typed: a path, or a run that was cut short.
        store: where that run is looked for.

    Raises:
        ConfigError: it is no checkpoint, or one without the optimiser's state.
    """
    if named is None:
        return None
    file = Path(named).expanduser().absolute()
    if not file.is_file() and not is_path(named):
        file = last_checkpoint(store, named)
    if not file.is_file():
        msg = f"ckpt_path must name a checkpoint, there is no file {file}"
        raise ConfigError(msg)
    try:
        kept = torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:
        msg = f"ckpt_path must name a checkpoint, {file} is damaged or is none"
        raise ConfigError(msg) from error
    if not isinstance(kept, dict) or not kept.get("optimizer_states"):
        msg = (
            f"ckpt_path must hold the optimiser's state beside the weights, {file} has weights only"
        )
        mend = "name a run that was cut short, ckpt_path=last: a finished one keeps weights alone"
        raise ConfigError(msg, mend=mend)
    return str(file)


@contextmanager
def continuable(run: TrackedRun | SilentRun, overrides: Sequence[str]) -> Iterator[None]:
    """Lets an interruption say how to go on from the last checkpoint, once the run has ended.

    Args:
        run: ends inside of this context.
        overrides: as typed.

    Yields:
        Nothing.

    Raises:
        KeyboardInterrupt: Ctrl-C.
        SystemExit: SIGTERM.
    """
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as ending:
        if status_of(ending) == "KILLED" and isinstance(run, TrackedRun):
            with suppress(Exception):  # a store that is away is no reason to hide the ending
                if has_checkpoint(run.store, run.run_id):
                    ending.add_note(f"continue: {_continuing(run, overrides)}")
        raise


def _continuing(run: TrackedRun, overrides: Sequence[str]) -> str:
    same = [word for word in overrides if not word.lstrip("+").startswith("ckpt_path=")]
    return command_line("train", [*same, f"ckpt_path={run.run_id[:8]}"])


class Best(ModelCheckpoint):
    """Lightning's ModelCheckpoint that knows the best weights of the run it continues.

    Lightning forgets them as soon as checkpoints go into another folder, and every run has its
    own; what the earlier run left beside the checkpoint counts here as if this run had kept it.

    Attributes:
        continued: the checkpoint that the fit goes on from.
    """

    continued: Path | None = None

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over the best weights, where they stand beside the checkpoint."""
        score = state_dict["best_model_score"]
        if score is None or self.continued is None or self.dirpath is None:
            return
        before = self.continued.with_name(Path(state_dict["best_model_path"]).name)
        if not before.is_file():
            return
        own = Path(self.dirpath) / before.name
        own.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(before, own)
        path = str(own)
        self.best_model_path = self.kth_best_model_path = path
        self.best_model_score = self.kth_value = score
        self.best_k_models = {path: score}


class RandomState(L.Callback):
    """Keeps torch's random state in checkpoints, so that dropout goes on where it was."""

    def __init__(self) -> None:
        self._state: dict[str, Any] = {}

    def state_dict(self) -> dict[str, Any]:
        """Gives the state of the CPU's generator and of each GPU's."""
        gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
        return {"cpu": torch.get_rng_state(), "gpus": gpus}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Remembers what the checkpoint held."""
        self._state = dict(state_dict)

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:  # noqa: ARG002
        """Sets the state, once everything is built."""
        if not self._state:
            return
        torch.set_rng_state(self._state["cpu"].cpu())
        if len(self._state["gpus"]) == torch.cuda.device_count() > 0:
            torch.cuda.set_rng_state_all([state.cpu() for state in self._state["gpus"]])
        self._state = {}


def batches_done(trainer: L.Trainer) -> int:
    """Gives the batches that the epoch at hand has had, those before a checkpoint included."""
    return int(trainer.fit_loop.epoch_loop.batch_progress.current.completed)

"""How anything is fitted: a Trainer, its endings told truly, and the best weights at the end."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import lightning as L
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import ModelCheckpoint

from xinzhi.errors import ConfigError
from xinzhi.metrics.scalars import shortened
from xinzhi.training.curves import Curves
from xinzhi.training.resuming import Best

TERMINATED = 143  # 128 + SIGTERM, as shells count
_Judge = tuple[Callable[..., Any], str]  # what judges, and the loader that it needs


class Fitted(NamedTuple):
    """What a fit gave.

    Attributes:
        metrics: of the best weights on validation and test.
        steps: of the optimiser.
        seconds: of fitting, validation within it included.
        history: (step, value) pairs of each metric.
    """

    metrics: dict[str, float]
    steps: int
    seconds: float
    history: dict[str, list[tuple[int, float]]]


def fit(
    trainer: L.Trainer,
    module: L.LightningModule,
    datamodule: L.LightningDataModule,
    *,
    ckpt_path: str | None = None,
    test: bool = True,
) -> Fitted:
    """Fits a module, then judges its best weights on the validation and test data.

    Args:
        trainer: with callbacks that keep checkpoints, or none.
        module: what is fitted; holds the best weights afterwards.
        datamodule: gives the loaders; validation and test are judged where it has them.
        ckpt_path: a checkpoint to continue from.
        test: whether the test data are judged too.

    Raises:
        KeyboardInterrupt: Ctrl-C; Lightning would exit with 1.
        SystemExit: 143 after SIGTERM; Lightning would exit with 0.
    """
    for callback in trainer.checkpoint_callbacks if ckpt_path else ():
        if isinstance(callback, Best):
            callback.continued = Path(ckpt_path or "")
    started = time.perf_counter()
    with _true_endings(trainer):
        trainer.fit(module, datamodule=datamodule, ckpt_path=ckpt_path, weights_only=True)
        seconds, steps = time.perf_counter() - started, trainer.global_step
        metrics = _load_best(trainer, module)
        judges = _judges(trainer, validated=bool(metrics), test=test)
        metrics |= _judged(trainer, judges, module, datamodule)
    return Fitted(shortened(metrics), steps, seconds, _history(trainer))


def judge(
    trainer: L.Trainer,
    module: L.LightningModule,
    datamodule: L.LightningDataModule,
    *,
    weights: Path,
) -> Fitted:
    """Judges weights that an earlier fit kept, on the validation and test data.

    Args:
        trainer: as for the fit.
        module: of the same make; holds the weights afterwards.
        datamodule: gives the loaders.
        weights: a checkpoint.
    """
    kept = torch.load(weights, map_location="cpu", weights_only=True)
    module.on_load_checkpoint(kept)
    module.load_state_dict(kept["state_dict"])
    with _true_endings(trainer):
        judges = _judges(trainer, validated=False, test=True)
        metrics = _judged(trainer, judges, module, datamodule)
    return Fitted(shortened(metrics), int(kept["global_step"]), 0.0, {})


def seed_everything(seed: int) -> None:
    """Seeds Python, NumPy and torch, workers included."""
    L.seed_everything(seed, workers=True, verbose=False)


def _judges(trainer: L.Trainer, *, validated: bool, test: bool) -> list[_Judge]:
    judges: list[_Judge] = [] if validated else [(trainer.validate, "val_dataloader")]
    return [*judges, (trainer.test, "test_dataloader")] if test else judges


def _judged(
    trainer: L.Trainer,
    judges: Sequence[_Judge],
    module: L.LightningModule,
    datamodule: L.LightningDataModule,
) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for asked, loader in judges:
        if getattr(type(datamodule), loader) is not getattr(L.LightningDataModule, loader):
            asked(module, datamodule=datamodule, verbose=False)
            metrics |= {name: float(value) for name, value in trainer.callback_metrics.items()}
    return metrics


def _history(trainer: L.Trainer) -> dict[str, list[tuple[int, float]]]:
    callbacks: list[L.Callback] = getattr(trainer, "callbacks", [])
    return next((one.history for one in callbacks if isinstance(one, Curves)), {})


@contextmanager
def _true_endings(trainer: L.Trainer) -> Iterator[None]:
    try:
        yield
    except SystemExit as ending:  # Lightning's answer to Ctrl-C (1) and SIGTERM (None, so 0)
        if trainer.received_sigterm:
            raise SystemExit(TERMINATED) from ending
        if trainer.interrupted:
            raise KeyboardInterrupt from ending
        raise
    except MisconfigurationException as error:  # such as an objective that is never logged
        raise ConfigError(str(error).partition(" HINT")[0]) from error


def _load_best(trainer: L.Trainer, module: L.LightningModule) -> dict[str, float]:
    """Loads the weights that validation liked best, if a callback kept them.

    Returns:
        What validation measured, where the last one of the fit judged these very weights.
    """
    for callback in trainer.checkpoint_callbacks:
        if isinstance(callback, ModelCheckpoint) and callback.monitor and callback.best_model_path:
            kept = torch.load(callback.best_model_path, map_location="cpu", weights_only=True)
            measured = trainer.callback_metrics
            if kept["global_step"] == trainer.global_step and callback.monitor in measured:
                return {n: float(v) for n, v in measured.items() if n.startswith("val/")}
            module.load_state_dict(kept["state_dict"])
            break
    return {}

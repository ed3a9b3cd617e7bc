"""What Lightning does to the logger of a rank that does not speak for the run."""

import inspect
from argparse import Namespace
from pathlib import Path

import lightning
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.demos.boring_classes import BoringModel
from lightning.pytorch.utilities import rank_zero_only

from xinzhi.tracking.logger import XinzhiLogger
from xinzhi.tracking.silent import SilentRun
from xinzhi.tracking.tracked import TrackedRun


class Logs(BoringModel):
    def training_step(self, batch, number):
        self.log("train/loss", torch.tensor(1.0 / (number + 1)), on_step=True, on_epoch=True)
        return super().training_step(batch, number)


@pytest.fixture
def current(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("rank", [0, 1])  # 0: even if Lightning took this process for the first
def test_a_whole_fit_leaves_nothing(current, monkeypatch, rank):
    with SilentRun() as run:
        logger = XinzhiLogger(run)
        trainer = lightning.Trainer(
            max_epochs=2, limit_train_batches=3, limit_val_batches=1, log_every_n_steps=1,
            accelerator="cpu", logger=logger, callbacks=[ModelCheckpoint(save_last=True)],
            enable_progress_bar=False, enable_model_summary=False,
        )  # fmt: skip
        monkeypatch.setattr(rank_zero_only, "rank", rank)
        trainer.fit(Logs())
        saved = Path(trainer.checkpoint_callback.last_model_path)
        assert saved.is_relative_to(run.work)  # and no place that outlives the process
        assert Path(logger.save_dir, logger.name, logger.version) == run.work
        assert trainer.callback_metrics["train/loss"] > 0  # decided upon, though not written
    assert not saved.exists()
    assert not run.work.exists()
    assert list(current.iterdir()) == []


def test_each_call_of_lightning_is_taken(current):
    with SilentRun() as run:
        logger = XinzhiLogger(run)
        assert logger.experiment is run
        logger.log_hyperparams({"lr": 0.1})
        logger.log_hyperparams(Namespace(lr=0.1))
        logger.log_metrics({"loss": 0.5, "epoch": 0}, step=1)
        logger.log_metrics({"epoch": 0})
        outside = current / "last.ckpt"
        outside.write_bytes(b"0")
        callback = ModelCheckpoint()
        callback.last_model_path = str(outside)
        logger.after_save_checkpoint(callback)
        logger.save()
        logger.finalize("success")
        logger.finalize("failed")
    assert list(current.iterdir()) == [outside]


def test_what_fails_on_a_silent_rank_is_raised():
    with pytest.raises(ZeroDivisionError), SilentRun() as run:
        _ = 1 / 0
    assert not run.work.exists()


@pytest.mark.parametrize("name", ["metrics", "flush", "artifact"])
def test_a_silent_run_takes_what_the_logger_gives_a_run(name):
    silent = inspect.signature(getattr(SilentRun, name)).parameters
    tracked = inspect.signature(getattr(TrackedRun, name)).parameters
    assert [(n, p.kind) for n, p in silent.items()] == [
        (n, p.kind) for n, p in tracked.items() if n in silent
    ]
    missing = [p for n, p in tracked.items() if n not in silent]
    assert all(p.default is not p.empty for p in missing)  # nothing that must be given

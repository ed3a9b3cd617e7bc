"""The same command gives the same numbers, and a fit that was cut short goes on where it was."""

from pathlib import Path

import pytest
import torch

from xinzhi.tracking.store import open_store


def checkpoints(run_id):
    return Path(open_store().client.get_run(run_id).info.artifact_uri) / "checkpoints"


def runs(status):
    client = open_store().client
    found = client.search_runs(["1"], f"attributes.status = '{status}'")
    return [run.info.run_id for run in found]


def weights(run_id):
    return torch.load(checkpoints(run_id) / "last.ckpt", weights_only=True)["state_dict"]


def assert_equal(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


def test_same_seed_same_bits_other_seed_other_bits(train):
    first, again, other = train(), train(), train("seed=2")
    assert first.code == again.code == other.code == 0, other.err
    assert first.metrics == again.metrics
    assert_equal(weights(first.run_id), weights(again.run_id))
    assert first.metrics["val/loss"] != other.metrics["val/loss"]
    assert first.data_digest == other.data_digest  # the split has a seed of its own


STOP = """
import lightning

class At(lightning.Callback):
    def __init__(self, epoch: int, batch: int) -> None:
        self.place = (epoch, batch)

    def on_train_epoch_start(self, trainer, pl_module):
        if (trainer.current_epoch, -1) == self.place:
            raise KeyboardInterrupt

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        if (trainer.current_epoch, batch_idx) == self.place:
            raise KeyboardInterrupt
"""


@pytest.mark.parametrize("place", [(1, -1), (0, 4), (2, 7)], ids=["between", "first", "third"])
def test_a_fit_that_was_interrupted_ends_as_an_undisturbed_one(train, tmp_path, place):
    """Batches, dropout, rates and the choice of the best weights go on bit for bit."""
    (tmp_path / "xinzhi.yaml").write_text("allow: [stop]")
    (tmp_path / "stop.py").write_text(STOP)
    settings = ("trainer.max_epochs=3", "model.dropout=0.5", "optimizer.lr=0.01")
    whole = train(*settings)
    stop = "+callbacks.stop={_target_: stop.At, epoch: %d, batch: %d}" % place  # noqa: UP031
    assert train(*settings, stop).code == 130
    (stopped,) = runs("KILLED")
    named = {1: checkpoints(stopped) / "last.ckpt", 0: "last", 2: stopped[:8]}[place[0]]
    resumed = train(*settings, f"ckpt_path={named}")
    assert resumed.code == 0, resumed.err
    assert_equal(weights(resumed.run_id), weights(whole.run_id))
    assert resumed.metrics == whole.metrics


def test_a_checkpoint_that_nothing_can_go_on_from_is_said_before_a_run_starts(train, tmp_path):
    finished = checkpoints(train().run_id) / "last.ckpt"
    cut = tmp_path / "cut.ckpt"
    cut.write_bytes(finished.read_bytes()[:1000])
    for path, said in (
        (finished, "weights only"),
        (cut, "damaged"),
        (tmp_path / "no", "there is no no"),
    ):
        failed = train(f"ckpt_path={path}")
        assert failed.code in {1, 2}, failed.err
        assert said in failed.err
    assert len(runs("FINISHED")) == 1
    assert not runs("FAILED")

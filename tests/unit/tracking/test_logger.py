from pathlib import Path

import lightning
import numpy as np
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint

from xinzhi.tracking.logger import XinzhiLogger
from xinzhi.tracking.run import start_run


class Line(lightning.LightningModule):
    """Fits y = w x to y = 2 x by least squares."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def training_step(self, batch, _):
        loss = ((self.weight * batch - 2 * batch) ** 2).mean()
        self.log("train/loss", loss, on_step=True)
        self.log("epoch/loss", loss, on_step=False, on_epoch=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.1)


@pytest.fixture
def fitted(store):
    run = start_run(store, experiment="line", run_name="line", config_yaml="", params={}, tags={},
                    system_metrics=False)  # fmt: skip
    with run:
        trainer = lightning.Trainer(
            max_epochs=3,
            logger=XinzhiLogger(run),
            log_every_n_steps=1,
            accelerator="cpu",
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[ModelCheckpoint(monitor="epoch/loss", save_last=True)],
        )
        data = torch.utils.data.DataLoader(torch.arange(1.0, 9.0), batch_size=2)
        trainer.fit(Line(), data)
    return run


def test_learning_curves_have_every_step_and_the_epoch(store, fitted):
    losses = store.client.get_metric_history(fitted.run_id, "train/loss")
    assert [point.step for point in losses] == list(range(12))
    assert losses[8].value < losses[0].value  # the same four batches, two epochs later
    epochs = store.client.get_metric_history(fitted.run_id, "epoch")
    assert [point.value for point in epochs] == [0, 1, 2]  # once each time it changes


def test_values_of_single_precision_are_written_without_noise(store, fitted):
    losses = store.client.get_metric_history(fitted.run_id, "train/loss")
    values = [point.value for point in losses if not point.value.is_integer()]
    assert values
    assert all(value == float(str(np.float32(value))) for value in values)


def test_best_and_last_checkpoint_become_artifacts_without_the_optimiser(store, fitted, tmp_path):
    kept = store.client.get_run(fitted.run_id)
    files = sorted((Path(kept.info.artifact_uri) / "checkpoints").iterdir())
    assert "last.ckpt" in {path.name for path in files}
    assert len(files) == 2
    for path in files:
        checkpoint = torch.load(path, weights_only=True)
        assert checkpoint["optimizer_states"] == []
        assert checkpoint["state_dict"]["weight"].item() > 0
    assert {path.name for path in tmp_path.iterdir()} == {"mlruns"}  # nothing in the current folder


def test_an_interrupted_run_keeps_all_that_continuing_needs(store):
    run = start_run(store, experiment="line", run_name="line", config_yaml="", params={}, tags={},
                    system_metrics=False)  # fmt: skip
    path = run.work / "checkpoints" / "last.ckpt"
    path.parent.mkdir(parents=True)

    def fit():
        torch.save({"optimizer_states": [{"step": 1}], "state_dict": {}}, path)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), run:
        fit()
    kept = Path(store.client.get_run(run.run_id).info.artifact_uri) / "checkpoints" / "last.ckpt"
    assert torch.load(kept, weights_only=True)["optimizer_states"] == [{"step": 1}]

import json

import lightning as L
import pytest
import torch

from xinzhi.training import probe


class Line(L.LightningModule):
    """A line through points."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def training_step(self, batch, _):
        return self.layer(batch).square().mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


def test_a_fit_is_cut_short_and_its_extent_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(probe, "_ENOUGH_S", 0.0)
    monkeypatch.setattr(probe, "_EPOCH_S", 0.0)
    file = tmp_path / "measured.json"
    callback = probe.Probe(steps=3, file=file, started=0.0)
    trainer = L.Trainer(
        max_epochs=7, callbacks=[callback], logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, accelerator="cpu",
    )  # fmt: skip
    trainer.fit(Line(), torch.utils.data.DataLoader(torch.ones(50, 1), batch_size=1))
    assert trainer.global_step == 4
    measured = probe.read(file)
    assert (measured.batches, measured.epochs, measured.steps) == (50, 7, 3)
    assert measured.patience is None
    assert json.loads(file.read_text())["fit_s"] > 0


MEASURED = probe.Measured(
    before_s=5.0, fit_s=4.0, first_s=1.0, step_s=0.1, epoch_s=2.0, steps=3, batches=100,
    epochs=10, patience=3, device_mb=0.0,
)  # fmt: skip


def test_the_whole_is_its_steps_and_its_epochs():
    assert MEASURED.whole_s() == 1.0 + 999 * 0.1 + 10 * 2.0
    assert MEASURED.whole_s(4) == 1.0 + 399 * 0.1 + 4 * 2.0


def test_a_forecast_adds_what_is_outside_of_the_fit():
    told = probe.forecast(MEASURED, model="seed=1", jobs=2, wall_s=12.0, memory_mb=700, disk_mb=3)
    assert told.seconds == 8.0 + MEASURED.whole_s()
    assert told.least_s == 8.0 + MEASURED.whole_s(4)
    assert (told.start_s, told.rest_s) == (5.0, 3.0)
    both = 5.0 + 2 * (3.0 + MEASURED.whole_s())  # imports are paid once: 253 s
    assert f"2 jobs by one warm worker: {both / 60:.0f} min" in told.told()


def test_the_pace_is_that_of_later_epochs_where_they_tell_it():
    first = [(0, 0.02 * n) for n in range(20)]
    later = [(1, 1.0 + 0.01 * n) for n in range(12)]
    assert probe._paces([*first, *later], 2.0)[0] == pytest.approx(0.01)
    assert probe._paces([*first, *later[:3]], 2.0)[0] == pytest.approx(0.02, rel=0.1)

"""Lines of a fit: the epoch that runs, and at the end the last one."""

import lightning as L
import pytest
import torch
from torch import nn

from xinzhi.training.progress import Progress


class Line(L.LightningModule):
    """One weight, four batches."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def train_dataloader(self):
        return torch.utils.data.DataLoader(torch.ones(4, 1))

    def training_step(self, batch, _):
        return ((batch - self.weight) ** 2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


@pytest.mark.parametrize(
    ("epochs", "steps", "last"),
    [(3, -1, "epoch 3  step 12/12"), (3, 6, "epoch 2  step 6/6"), (3, 2, "epoch 1  step 2/2")],
)
def test_the_last_line_names_the_last_epoch(tmp_path, capsys, epochs, steps, last):
    trainer = L.Trainer(
        accelerator="cpu", max_epochs=epochs, max_steps=steps, callbacks=[Progress()], logger=False,
        enable_checkpointing=False, enable_model_summary=False, default_root_dir=tmp_path,
    )  # fmt: skip
    trainer.fit(Line())
    assert last in capsys.readouterr().err.splitlines()[-1]

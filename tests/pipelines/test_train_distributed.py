"""Two ranks, two accumulated batches and one big batch take the same steps."""

import json
from pathlib import Path

import pytest
import torch
from conftest import on_two_ranks

from xinzhi.tracking.store import open_store

# every optimiser step covers all 140 training texts, in one batch or in two unequal ones
WHOLE = ("optimizer=sgd", "model.dropout=0.0", "trainer.max_epochs=3", "trainer.max_steps=-1",
         "datamodule.token_budget=100000")  # fmt: skip
HALVES = "datamodule.max_examples=80"
SEEN = """
import json
from pathlib import Path

import lightning

class Seen(lightning.Callback):
    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        line = [trainer.current_epoch, batch["rows"].tolist()]
        with Path(f"seen-{trainer.global_rank}.jsonl").open("a") as file:
            file.write(json.dumps(line) + chr(10))
"""


def weights(run_id):
    folder = Path(open_store().client.get_run(run_id).info.artifact_uri) / "checkpoints"
    return torch.load(folder / "last.ckpt", weights_only=True)["state_dict"]


def assert_same_fit(one, other):
    for name, value in weights(one["run_id"]).items():
        torch.testing.assert_close(value, weights(other["run_id"])[name], rtol=1e-4, atol=1e-6)
    for name, value in one["metrics"].items():
        assert value == pytest.approx(other["metrics"][name], abs=1e-5), name


@pytest.fixture
def big(train):
    return train(*WHOLE, "datamodule.max_examples=200").told


def test_accumulating_unequal_batches_is_one_big_batch(train, big):
    halves = train(*WHOLE, HALVES, "trainer.accumulate_grad_batches=2").told
    assert_same_fit(halves, big)


def test_two_ranks_are_one_run_and_one_fit(store_folder, big, tiny, tmp_path):
    (tmp_path / "xinzhi.yaml").write_text("allow: [acme]")
    (tmp_path / "acme.py").write_text(SEEN)
    told = on_two_ranks(*tiny, *WHOLE, HALVES, "+callbacks.seen._target_=acme.Seen")
    assert_same_fit(told, big)
    client = open_store(folder=store_folder).client
    runs = client.search_runs([client.get_experiment_by_name("tiny").experiment_id])
    assert {run.info.run_id for run in runs} == {told["run_id"], big["run_id"]}
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert len(client.search_model_versions("name='tiny'")) == 2
    assert told["model_version"] == 2
    assert_every_row_once(tmp_path, epochs=3)


def assert_every_row_once(folder, *, epochs):
    lines = [
        json.loads(line)
        for rank in (0, 1)
        for line in (folder / f"seen-{rank}.jsonl").read_text().splitlines()
    ]
    for epoch in range(epochs):
        rows = [row for number, rows in lines if number == epoch for row in rows]
        assert sorted(rows) == list(range(140))

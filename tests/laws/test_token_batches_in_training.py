"""Laws of batches through a real Trainer: each example once, other batches, the rate's end."""

from functools import partial
from pathlib import Path

import lightning as L
import numpy as np
import pytest
import torch

from xinzhi.data.declaration import Declaration
from xinzhi.data.tokenizers import characters
from xinzhi.data.tokens import cached_tokens
from xinzhi.tasks.text_classification.datamodule import TextClassificationData
from xinzhi.tasks.text_classification.ngrams import NgramBag
from xinzhi.tasks.text_classification.task import TextClassification
from xinzhi.training.noise import quiet
from xinzhi.training.schedules import warmup_cosine, warmup_linear

REVIEWS = Path(__file__).parents[1] / "fixtures" / "text_classification" / "reviews.csv"
EPOCHS = 3


@pytest.fixture(scope="module")
def snapshot(warm_cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XINZHI_CACHE", str(warm_cache))
        declared = Declaration(train=str(REVIEWS), text="text", label="label", ignore=["tags"])
        return declared.prepare()


class Recorder(L.Callback):
    def __init__(self) -> None:
        self.epochs, self.rates = [], []

    def on_train_epoch_start(self, trainer, pl_module):  # noqa: ARG002
        self.epochs.append([])

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):  # noqa: ARG002
        self.epochs[-1].append(tuple(batch["rows"].tolist()))
        self.rates.append(trainer.optimizers[0].param_groups[0]["lr"])


def fitted(snapshot, folder, *, schedule, accumulate):
    quiet()
    data = TextClassificationData(
        snapshot=snapshot,
        tokenizer=characters,
        token_budget=400,
        max_examples=12,
        cache_folder=folder,
    )
    module = TextClassification(
        model=NgramBag(
            embedding=4, buckets=20, tokenizer=data.tokenizer, num_classes=len(data.classes)
        ),
        datamodule=data,
        optimizer=partial(torch.optim.AdamW, lr=1.0),
        scheduler=partial(schedule, warmup=0.2),
    )
    recorder = Recorder()
    trainer = L.Trainer(
        max_epochs=EPOCHS,
        accumulate_grad_batches=accumulate,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        callbacks=[recorder],
    )
    trainer.fit(module, datamodule=data)
    return trainer, recorder


@pytest.mark.parametrize("accumulate", [1, 3])
@pytest.mark.parametrize("schedule", [warmup_linear, warmup_cosine])
def test_each_example_once_other_batches_and_the_end_of_the_rate(
    snapshot, tmp_path, schedule, accumulate
):
    trainer, seen = fitted(snapshot, tmp_path, schedule=schedule, accumulate=accumulate)
    assert len(seen.epochs) == EPOCHS
    for batches in seen.epochs:
        assert sorted(row for batch in batches for row in batch) == list(range(140))
    counts = {len(batches) for batches in seen.epochs}
    assert len(counts) == 1
    sets = [{frozenset(batch) for batch in batches} for batches in seen.epochs]
    assert len(sets[0] & sets[1]) < len(sets[0]) / 2
    assert len(sets[1] & sets[2]) < len(sets[1]) / 2
    steps = EPOCHS * counts.pop() // accumulate
    assert trainer.global_step == trainer.estimated_stepping_batches == steps
    assert max(seen.rates) == pytest.approx(1.0, abs=0.1)
    assert seen.rates[-1] == pytest.approx(0.0, abs=1e-9)  # after the last step


def test_a_second_open_of_the_token_cache_gives_the_same_and_cuts_nothing(snapshot, tmp_path):
    tokenizer = characters(snapshot.table("train")["text"].to_pylist())
    first = cached_tokens(snapshot, "train", tokenizer, max_length=32, folder=tmp_path)
    (file,) = tmp_path.glob("*.arrow")
    written = file.stat().st_mtime_ns
    again = cached_tokens(snapshot, "train", tokenizer, max_length=32, folder=tmp_path)
    np.testing.assert_array_equal(first.ids, again.ids)
    np.testing.assert_array_equal(first.offsets, again.offsets)
    assert file.stat().st_mtime_ns == written
    assert not again.ids.flags.owndata  # a view of the mapped file
    direct = tokenizer.encode(snapshot.table("train")["text"].to_pylist(), max_length=32)
    np.testing.assert_array_equal(first.ids, direct.ids)


@pytest.mark.parametrize("change", [{"max_length": 16}, {"tokenizer": 1}, {"split": "val"}])
def test_another_length_tokenizer_or_split_has_a_cache_of_its_own(snapshot, tmp_path, change):
    texts = snapshot.table("train")["text"].to_pylist()
    settings = {"split": "train", "tokenizer": characters(texts), "max_length": 32}
    if "tokenizer" in change:
        change = {"tokenizer": characters(texts, min_frequency=5)}
    for chosen in (settings, {**settings, **change}):
        cached_tokens(snapshot, folder=tmp_path, **chosen)
    assert len(list(tmp_path.glob("*.arrow"))) == 2

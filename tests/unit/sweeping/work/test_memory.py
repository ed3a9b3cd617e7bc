"""What is done about a job that ran out of memory."""

import pytest
import torch
from omegaconf import OmegaConf

from xinzhi.config.entry import prepare
from xinzhi.sweeping.work.memory import ran_out, smaller


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
    ],
)
def test_it_is_recognised(error):
    assert ran_out(error)


def test_other_errors_are_not():
    assert not ran_out(RuntimeError("shapes cannot be multiplied"))
    assert not ran_out(ValueError("out of memory"))


def test_half_the_batch_twice_as_often():
    config = prepare("train", ["experiment=tumour_screening", "datamodule.batch_size=64"])
    assert smaller(config) == ["datamodule.batch_size=32", "trainer.accumulate_grad_batches=2"]
    again = prepare("train", ["experiment=tumour_screening", *smaller(config)])
    assert smaller(again) == ["datamodule.batch_size=16", "trainer.accumulate_grad_batches=4"]


def test_tokens_are_halved_before_examples_and_one_row_cannot_be():
    whole = {"datamodule": {"token_budget": 4096, "max_examples": 64}, "trainer": {}}
    assert smaller(OmegaConf.create(whole))[0] == "datamodule.token_budget=2048"
    assert smaller(OmegaConf.create({"datamodule": {"batch_size": 1}, "trainer": {}})) == []

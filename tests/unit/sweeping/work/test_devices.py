"""Which GPUs there are, and which trainings take several."""

import pytest
from omegaconf import OmegaConf

from xinzhi.sweeping.work import devices


@pytest.mark.parametrize(
    ("visible", "there"),
    [
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("0, 1", ["0", "1"]),
        ("0,-1,1", ["0"]),
        ("GPU-3f,MIG-7a", ["GPU-3f", "MIG-7a"]),
    ],
)
def test_hidden_gpus_are_not_there(monkeypatch, visible, there):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert devices.gpus() == there


@pytest.mark.parametrize(
    ("trainer", "gpus", "several"),
    [
        ({"devices": 1, "strategy": "auto", "num_nodes": 1}, "0,1", False),
        ({"devices": "auto", "strategy": "auto"}, "0", False),
        ({"devices": "auto", "strategy": "auto"}, "-1", False),
        ({"devices": "auto", "strategy": "auto"}, "0,1", True),
        ({"devices": -1, "accelerator": "gpu"}, "0,1", True),
        ({"devices": "auto", "accelerator": "cpu"}, "0,1", False),
        ({"devices": [0], "strategy": "auto"}, "0,1", False),
        ({}, "0,1", False),
        ({"devices": 2, "strategy": "auto"}, "", True),
        ({"devices": "2"}, "", True),
        ({"devices": [0, 1], "strategy": "auto"}, "", True),
        ({"devices": "auto", "strategy": "ddp"}, "", True),
        ({"devices": 1, "strategy": "auto", "num_nodes": 2}, "", True),
        ({"devices": 1, "strategy": "ddp_find_unused_parameters_true"}, "", True),
    ],
)
def test_what_lightning_would_start_anew_takes_several(monkeypatch, trainer, gpus, several):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", gpus)
    assert devices.on_several(OmegaConf.create({"trainer": trainer})) == several

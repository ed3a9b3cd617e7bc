"""How the processors of a machine are shared out among workers."""

from types import SimpleNamespace

import pytest
from omegaconf import OmegaConf

from xinzhi.errors import ConfigError
from xinzhi.sweeping.settings import check_devices
from xinzhi.sweeping.work import local
from xinzhi.sweeping.work.local import Local
from xinzhi.sweeping.work.workers import Ray, Slurm


@pytest.fixture
def seen(monkeypatch, tmp_path):
    """The GPUs of each place among workers of a machine with four."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,6,7")
    born = []

    def forked(_task, *, environment, **_):
        born.append(environment["CUDA_VISIBLE_DEVICES"])
        return SimpleNamespace()

    monkeypatch.setattr(local, "Forked", forked)

    def seen(who, count):
        born.clear()
        for place in range(count):
            who.start(None, place=place, of=count, log=tmp_path / "log")
        return born

    return seen


@pytest.mark.parametrize(
    ("asked", "jobs", "gpus"),
    [
        ({}, 10, ["4", "5", "6", "7"]),
        ({}, 2, ["4", "5"]),
        ({"per_gpu": 2}, 10, ["4", "4", "5", "5", "6", "6", "7", "7"]),
        ({"gpus": 2}, 10, ["4,5", "6,7"]),
        ({"gpus": 4}, 10, ["4,5,6,7"]),
        ({"count": 1}, 10, ["4"]),
    ],
)
def test_gpus_are_shared_out(seen, asked, jobs, gpus):
    who = Local(**asked)
    assert who.size(jobs) == len(gpus)
    assert seen(who, len(gpus)) == gpus


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        (Local, {"gpus": 2, "per_gpu": 2}, "gpus=2 and per_gpu=2"),
        (Local, {"gpus": 0}, "gpus must be at least 1"),
        (Slurm, {"minutes": 0}, "minutes must be at least 1"),
        (Ray, {"count": 0}, "count must be at least 1"),
    ],
)
def test_what_cannot_be_shared_out_is_told(kind, fields, said):
    with pytest.raises(ConfigError, match=said):
        kind(**fields)


def test_more_gpus_than_there_are_are_told(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    with pytest.raises(ConfigError, match="at most the 2"):
        Local(gpus=4).size(10)
    assert Local(gpus=2).size(10) == 1


@pytest.mark.parametrize(
    ("who", "trainer", "said"),
    [
        (Local(), {"devices": 2}, "sweep.workers.gpus=2"),
        (Local(gpus=2), {"devices": [0, 1, 2]}, "sweep.workers.gpus=3"),
        (Slurm(gpus=1), {"devices": "0,1"}, "sweep.workers.gpus=2"),
        (Local(gpus=2), {"devices": 2}, None),
        (Local(), {"devices": "auto"}, None),
        (Local(), {"devices": 2, "accelerator": "cpu"}, None),
    ],
)
def test_a_job_on_several_gpus_needs_workers_with_as_many(monkeypatch, who, trainer, said):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2,3")
    config = OmegaConf.create({"trainer": trainer})
    if said is None:
        check_devices(who, config)
        return
    with pytest.raises(ConfigError, match=said):
        check_devices(who, config)

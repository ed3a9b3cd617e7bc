"""Workers of other machines: SLURM's commands on a cluster of one machine, and a real local Ray."""

import importlib.util
import json
import os
import sys
import time
from pathlib import Path

import pytest
from slurm import slurm  # noqa: F401 - a fixture

from xinzhi.errors import ConfigError
from xinzhi.sweeping.work import ray_cluster
from xinzhi.sweeping.work.nursery import Task
from xinzhi.sweeping.work.workers import Ray, Slurm

# says what it was told; ends in order when it is told to end
TELLING = """
import json, os, signal, sys, time
from pathlib import Path
def end(*_):
    Path("ended").touch()
    sys.exit(143)
signal.signal(signal.SIGTERM, end)
Path("told.json").write_text(json.dumps(dict(os.environ)))
print("output of the worker", flush=True)
time.sleep(float(sys.argv[1]))
"""
needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not there: pip install 'xinzhi[ray]'"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XINZHI_LEDGER", "postgresql://ana:s3cret@db/x")
    return tmp_path


def task(seconds):
    command = [sys.executable, "-c", TELLING, str(seconds)]
    return Task("wide", command, None, None)


def start(who, folder, seconds=60.0, place=0):
    log = folder / "logs" / f"worker-{place}.log"
    return who.start(task(seconds), place=place, of=2, log=log)


def wait(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.1)
    assert condition()


def has_told():
    return Path("told.json").exists() and Path("told.json").read_text().endswith("}")


def told():
    wait(has_told)
    return json.loads(Path("told.json").read_text())


def test_slurm_runs_a_worker_as_the_only_program_of_its_job(slurm, folder):  # noqa: F811
    who = Slurm(count=2, partition="gpu", gpus=1, minutes=7, options={"account": "nlp"})
    handle = start(who, folder, seconds=0)
    environment = told()
    wait(handle.is_over)
    assert environment["XINZHI_LEDGER"] == "postgresql://ana:s3cret@db/x"
    assert environment["SLURM_JOB_ID"] == "1001"
    assert "SLURM_NTASKS" not in environment  # Lightning would wait for as many processes
    asked = (slurm / "1001.sh").read_text()
    for option in ("partition=gpu", "gpus-per-node=1", "time=7", "account=nlp", "mem=16GB"):
        assert f"#SBATCH --{option}\n" in asked
    written = list((folder / "logs" / "slurm").iterdir())
    assert not any(b"s3cret" in file.read_bytes() for file in written)
    assert any("output of the worker" in file.read_text("latin1") for file in written)


@pytest.mark.usefixtures("slurm")
def test_a_worker_of_slurm_is_cancelled_running_or_pending(folder):
    running = start(Slurm(), folder)
    told()
    pending = start(Slurm(), folder, place=1)
    assert not running.is_over()
    assert not pending.is_over()
    pending.stop()
    running.stop()
    assert Path("ended").exists()
    assert pending.is_over()
    assert running.is_over()


@pytest.mark.usefixtures("slurm")
def test_what_slurm_preempts_tidies_up_and_runs_again(folder):
    handle = start(Slurm(), folder)
    told()
    Path("told.json").unlink()
    assert os.system("scancel 1001 --signal USR2") == 0  # noqa: S605, S607
    wait(Path("ended").exists)
    told()  # requeued, it has begun anew
    assert not handle.is_over()
    handle.stop()


@pytest.mark.usefixtures("slurm")
def test_slurm_s_own_words_are_told(folder):
    with pytest.raises(ConfigError, match="invalid partition specified: nowhere"):
        start(Slurm(partition="nowhere"), folder)


def test_without_slurm_the_way_out_is_told(folder, monkeypatch):
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(ConfigError, match="login node"):
        start(Slurm(), folder)


@pytest.mark.parametrize(("who", "module"), [(Slurm(), "submitit"), (Ray(), "ray")])
def test_without_the_package_the_extra_is_told(folder, monkeypatch, who, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match=r"pip install 'xinzhi\[(slurm|ray)\]'"):
        start(who, folder)


@pytest.fixture(scope="module")
def ray():
    yield
    import ray

    ray.shutdown()


@needs_ray
@pytest.mark.usefixtures("ray")
def test_ray_runs_a_worker_where_the_sweep_was_begun(folder):
    handle = start(Ray(address="local"), folder, seconds=0)
    environment = told()
    wait(handle.is_over)
    assert environment["XINZHI_LEDGER"] == "postgresql://ana:s3cret@db/x"
    assert (folder / "logs" / "worker-0.log").read_text() == "output of the worker\n"


@needs_ray
@pytest.mark.usefixtures("ray")
def test_a_worker_of_ray_is_cancelled_and_tidies_up(folder):
    handle = start(Ray(address="local"), folder)
    told()
    assert not handle.is_over()
    handle.stop()
    assert handle.is_over()
    assert Path("ended").exists()


@needs_ray
def test_no_cluster_of_ray_at_an_address_is_told(folder):
    import ray

    ray.shutdown()
    with pytest.raises(ConfigError, match=r"sweep\.workers\.address=local"):
        ray_cluster.remote(
            ["true"], address="auto", cores=1, gpus=0, log=folder / "log", name="worker"
        )

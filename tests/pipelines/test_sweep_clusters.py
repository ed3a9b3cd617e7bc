"""Sweeps whose workers are jobs of SLURM or tasks of Ray, as people type them."""

import importlib.util
import json
import subprocess
import sys

import pytest
from slurm import slurm  # noqa: F401 - a fixture


@pytest.fixture
def sweep(store_folder, warm_cache, tiny, monkeypatch):
    """Runs `xinzhi train -m` on the tiny reviews in a process of its own."""
    monkeypatch.setenv("XINZHI_CACHE", str(warm_cache))

    def sweep(*overrides):
        words = [*tiny, "optimizer.lr=1e-3,2e-3", *overrides, "report=json"]
        ended = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "xinzhi", "train", "-m", *words],
            cwd=store_folder.parent,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return sweep


def test_jobs_of_slurm_work(
    slurm,  # noqa: F811
    sweep,
    store_folder,
):
    done = sweep("sweep/workers=slurm", "sweep.workers.partition=gpu", "sweep.workers.count=8")
    assert done["counts"]["finished"] == 2
    assert "test/f1_macro" in done["metrics"]
    assert "--partition=gpu" in (slurm / "1001.sh").read_text()
    logs = {log.name for log in (store_folder / "sweeps" / done["sweep"]).glob("*.log")}
    assert logs == {"00000.log", "00001.log", "final.log"}


@pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not there: pip install 'xinzhi[ray]'"
)
def test_tasks_of_ray_work(sweep):
    done = sweep("sweep/workers=ray", "sweep.workers.address=local", "sweep.workers.count=1")
    assert done["counts"]["finished"] == 2
    assert "test/f1_macro" in done["metrics"]

"""SLURM's commands for tests: those of `fixtures/slurm/cluster.py`, found as a shell finds them."""

import os
import sys
from pathlib import Path

import pytest

_CLUSTER = Path(__file__).parent / "fixtures" / "slurm" / "cluster.py"
_COMMANDS = ("sbatch", "srun", "squeue", "scancel", "scontrol")


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """The folder of a cluster of one machine, its commands on the path; one job at a time."""
    commands, cluster = tmp_path / "slurm" / "bin", tmp_path / "slurm" / "cluster"
    commands.mkdir(parents=True)
    cluster.mkdir()
    for name in _COMMANDS:
        program = commands / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {_CLUSTER} {name} "$@"\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CLUSTER", str(cluster))
    monkeypatch.setenv("CLUSTER_NODES", "1")
    return cluster

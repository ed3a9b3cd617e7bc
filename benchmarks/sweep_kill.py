"""A sweep whose controller and workers are shot: nothing lost, nothing done twice, the same best.

python benchmarks/sweep_kill.py [--jobs 40] [--kills 30] [--method random]
Two sweeps of the same jobs: one left in peace, one under fire, whose command is typed again
whenever its controller has died. Prints what was shot and what came of it; ends with 1 where
something was lost.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from xinzhi.config.project import cache_folder
from xinzhi.errors import XinzhiError
from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.records import ENDED, Job
from xinzhi.sweeping.search.final import searched
from xinzhi.tracking.store import open_store


def _command(jobs: int, method: str) -> list[str]:
    words = ["experiment=tumour_screening", "trainer=cpu", "trainer.max_epochs=20",
             "trainer.precision=32-true", "tracking.system_metrics=false", "sweep.name=storm",
             f"sweep.method={method}", "sweep.workers.count=2", "sweep.workers.threads=1",
             "model.hidden=16,32", "report=json"]  # fmt: skip
    if method == "grid":
        rates = ",".join(f"{0.001 * (1 + n):.4f}" for n in range(jobs // 2))
        words.append(f"optimizer.lr={rates}")
    else:
        words += [f"sweep.trials={jobs}", "optimizer.lr=tag(log, interval(1e-4, 1e-2))"]
    return [sys.executable, "-m", "xinzhi", "train", "-m", *words]


def _start(folder: Path, command: list[str]) -> subprocess.Popen[str]:
    environment = {**os.environ, "XINZHI_CACHE": str(cache_folder().resolve())}
    return subprocess.Popen(
        command, cwd=folder, env=environment, text=True,
        stdout=(folder / "out.json").open("w"), stderr=(folder / "err.txt").open("a"),
    )  # fmt: skip


def _peace(folder: Path, command: list[str]) -> dict[str, Any]:
    started = time.monotonic()
    _start(folder, command).wait()
    print(f"in peace: {time.monotonic() - started:.0f} s")
    return dict(json.loads((folder / "out.json").read_text()))


def _storm(folder: Path, command: list[str], kills: int, chance: random.Random) -> dict[str, Any]:
    shot: Counter[str] = Counter()
    started, controller = time.monotonic(), _start(folder, command)
    while sum(shot.values()) < kills:
        _until_somebody_works(folder, controller)
        time.sleep(chance.uniform(0, 3))
        if controller.poll() is not None:
            if controller.returncode == 0:
                break
            controller = _start(folder, command)
            continue
        workers = _workers(folder)
        aim = chance.choice([controller.pid, *workers])
        shot["controller" if aim == controller.pid else "worker"] += 1
        os.kill(aim, signal.SIGKILL)
        if aim == controller.pid:
            controller.wait()
            controller = _start(folder, command)
    while controller.wait() != 0 and time.monotonic() - started < 3600:
        controller = _start(folder, command)
    seconds = time.monotonic() - started
    print(f"under fire: {seconds:.0f} s; shot {dict(shot)}")
    return dict(json.loads((folder / "out.json").read_text()))


def _until_somebody_works(folder: Path, controller: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while not _workers(folder) and controller.poll() is None and time.monotonic() < until:
        time.sleep(0.1)


def _workers(folder: Path) -> list[int]:
    """Processes that hold jobs of this sweep, those of dead controllers included."""
    with suppress(XinzhiError):  # the ledger is not there yet
        ledger = Ledger.open(folder / "mlruns" / "sweeps.db", create=False)
        jobs = ledger.jobs("storm", state="running")
        ledger.close()
        held = {int(job.worker.rsplit(":", 2)[1]) for job in jobs if job.worker}
        return [pid for pid in held if psutil.pid_exists(pid)]
    return []


def _judged(folder: Path, calm: dict[str, Any], storm: dict[str, Any], jobs: int) -> list[str]:
    ledger = Ledger.open(folder / "mlruns" / "sweeps.db")
    own = searched(ledger.jobs("storm"))
    store = open_store(f"sqlite:///{folder}/mlruns/mlflow.db", folder / "mlruns")
    runs = store.client.search_runs(
        [e.experiment_id for e in store.client.search_experiments()], max_results=5000
    )
    whole = Counter(
        run.data.tags["identity"]
        for run in runs
        if run.info.status == "FINISHED" and "identity" in run.data.tags
    )
    wrong = []
    if len(own) != jobs or any(job.state != "finished" for job in own):
        wrong.append(f"jobs: {Counter(job.state for job in own)}")
    if twice := [name for name, number in whole.items() if number > 1]:
        wrong.append(f"{len(twice)} trainings ran to their end more than once")
    if running := [run.info.run_name for run in runs if run.info.status == "RUNNING"]:
        wrong.append(f"still RUNNING: {running}")
    if storm["best"] != calm["best"] or storm["values"] != calm["values"]:
        wrong.append(f"the best was {calm['best']} {calm['values']}, is {storm['best']}")
    print(f"attempts at {len(own)} jobs: {sum(job.attempts for job in own)}; "
          f"runs {dict(Counter(run.info.status for run in runs))}")  # fmt: skip
    return wrong + _unfinished(own)


def _unfinished(jobs: list[Job]) -> list[str]:
    return [f"{job.name} is {job.state}" for job in jobs if job.state not in ENDED]


def main() -> int:
    """Runs both sweeps and compares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=40)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--method", default="random", choices=["random", "quasi_random", "grid"])
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    command = _command(asked.jobs, asked.method)
    with tempfile.TemporaryDirectory() as scratch:
        calm, storm = Path(scratch, "calm").resolve(), Path(scratch, "storm").resolve()
        for folder in (calm, storm):
            folder.mkdir()
            (folder / "xinzhi.yaml").touch()
        quiet = _peace(calm, command)
        loud = _storm(storm, command, asked.kills, random.Random(asked.seed))  # noqa: S311 - a draw
        wrong = _judged(storm, quiet, loud, asked.jobs)
    print("nothing lost, nothing twice, the same best" if not wrong else "\n".join(wrong))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

"""TPE with pruning against random search without, on review_sentiment_zh, in the same wall time.

python benchmarks/tpe_against_random.py [--minutes 5] [--seeds 5] [--epochs 6]
Both searches run at the same time, with one worker of one thread each: a busy machine slows them
alike. They are stopped together. What counts is the best validation accuracy of a job that ended
by itself; a search that ended nothing has none.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from xinzhi.config.project import cache_folder
from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.search.final import searched

SPACE = [
    "optimizer.lr=tag(log, interval(0.003, 1))",
    "optimizer.weight_decay=tag(log, interval(1e-6, 1e-2))",
    "model.scale=tag(log, interval(1, 30))",
    "task.label_smoothing=interval(0, 0.3)",
]
METHODS = {
    "tpe": ["sweep.method=tpe", "sweep.pruning=median", "sweep.startup_trials=5",
            "sweep.pruner={n_startup_trials: 4, n_warmup_steps: 1}"],
    "random": ["sweep.method=random"],
}  # fmt: skip


def _words(method: str, *, seed: int, epochs: int) -> list[str]:
    return ["train", "-m", "experiment=review_sentiment_zh", f"trainer.max_epochs={epochs}",
            "trainer=cpu", "tracking.system_metrics=false", *SPACE, *METHODS[method],
            "sweep.trials=60", f"sweep.seed={seed}", f"sweep.name={method}",
            "sweep.workers.count=1", "sweep.workers.threads=1"]  # fmt: skip


def _started(folder: Path, words: list[str]) -> "subprocess.Popen[bytes]":
    folder.mkdir(parents=True)
    (folder / "xinzhi.yaml").touch()
    environment = {**os.environ, "XINZHI_CACHE": str(cache_folder().resolve())}
    command = [sys.executable, "-m", "xinzhi", *words]
    with (folder / "log.txt").open("wb") as log:
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


def _ended(folder: Path, method: str) -> tuple[float, int, int]:
    """The best value, jobs that ended by themselves, and pruned ones."""
    jobs = searched(Ledger.open(folder / "mlruns" / "sweeps.db").jobs(method))
    values = [job.values[0] for job in jobs if job.state == "finished"]
    pruned = sum(job.state == "pruned" for job in jobs)
    return max(values, default=float("nan")), len(values), pruned


def pair(scratch: Path, *, seed: int, minutes: float, epochs: int) -> dict[str, float]:
    """Runs both searches for so many minutes."""
    folders = {method: scratch / f"{method}-{seed}" for method in METHODS}
    running = {
        method: _started(folder, _words(method, seed=seed, epochs=epochs))
        for method, folder in folders.items()
    }
    time.sleep(60 * minutes)
    for method, folder in folders.items():
        stop = [sys.executable, "-m", "xinzhi", "sweep", "stop", method]
        subprocess.run(stop, cwd=folder, check=True, capture_output=True)
    best = {}
    for method, process in running.items():
        process.wait(timeout=120)
        best[method], finished, pruned = _ended(folders[method], method)
        print(f"seed {seed}  {method:<7} best {best[method]:.4f}  of {finished} jobs, "
              f"{pruned} pruned", flush=True)  # fmt: skip
    return best


def main() -> None:
    """Compares the two over several seeds of the sweep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = [
            pair(Path(scratch), seed=seed, minutes=asked.minutes, epochs=asked.epochs)
            for seed in range(asked.seeds)
        ]
    more = [100 * (one["tpe"] - one["random"]) for one in found]
    spread = statistics.stdev(more) if len(more) > 1 else float("nan")
    print(f"TPE with pruning {statistics.mean(more):+.2f} ± {spread:.2f} points above random; "
          f"better in {sum(one > 0 for one in more)} of {len(more)}")  # fmt: skip


if __name__ == "__main__":
    main()

"""Twenty small jobs as a sweep, and by Hydra's launchers and single processes: who is faster.

python benchmarks/sweep_speed.py [--jobs 20] [--epochs 8] [--only overhead workers peers]
The peers run the very same training, called in a warm process where their launcher keeps one; the
sweep tests and registers its best besides, and draws its page, which the peers do not.
"""

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from xinzhi.config.project import cache_folder
from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.search.final import searched

APP = """
import hydra
import xinzhi

@hydra.main(version_base=None, config_path=None, config_name="job")
def main(job):
    own = [f"model.hidden={job.hidden}", f"seed={job.seed}"]
    xinzhi.train([*WORDS, *own, "test=false", "register=false"])

if __name__ == "__main__":
    from hydra.core.config_store import ConfigStore
    ConfigStore.instance().store("job", {"hidden": 16, "seed": 0})
    main()
"""
WARM = """
import time
import xinzhi
for seed in SEEDS:
    started = time.perf_counter()
    xinzhi.train([*WORDS, "model.hidden=32", f"seed={seed}", "test=false", "register=false"])
    print("took", time.perf_counter() - started, flush=True)
"""
WIDTHS = (16, 32, 64, 128)


def _words(epochs: int) -> list[str]:
    return ["experiment=tumour_screening", "trainer=cpu", "trainer.precision=32-true",
            f"trainer.max_epochs={epochs}", "tracking.system_metrics=false"]  # fmt: skip


def _run(folder: Path, command: Sequence[str], *, threads: int | None = None) -> tuple[float, str]:
    environment = {**os.environ, "XINZHI_CACHE": str(cache_folder().resolve())}
    if threads:
        environment["OMP_NUM_THREADS"] = str(threads)
    started = time.perf_counter()
    done = subprocess.run(
        list(command), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    return time.perf_counter() - started, done.stdout


def _sweep(folder: Path, words: list[str], seeds: int, name: str, workers: int) -> float:
    space = [
        f"model.hidden={','.join(map(str, WIDTHS))}",
        f"seed={','.join(map(str, range(seeds)))}",
    ]
    own = [f"sweep.name={name}", f"sweep.workers.count={workers}", "sweep.workers.threads=1"]
    return _run(folder, [sys.executable, "-m", "xinzhi", "train", "-m", *words, *space, *own])[0]


def _app(folder: Path, words: list[str]) -> Path:
    path = folder / "app.py"
    path.write_text(APP.replace("WORDS", repr(words)))
    return path


def _grid(seeds: int) -> list[str]:
    return [f"hidden={','.join(map(str, WIDTHS))}", f"seed={','.join(map(str, range(seeds)))}"]


def _basic(folder: Path, words: list[str], seeds: int) -> float:
    return _run(folder, [sys.executable, str(_app(folder, words)), "-m", *_grid(seeds)])[0]


def _joblib(folder: Path, words: list[str], seeds: int) -> float:
    chosen = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    command = [sys.executable, str(_app(folder, words)), "-m", *chosen, *_grid(seeds)]
    return _run(folder, command, threads=1)[0]


def _single(folder: Path, words: list[str], seeds: int) -> float:
    seconds = 0.0
    for width in WIDTHS:
        for seed in range(seeds):
            own = [f"model.hidden={width}", f"seed={seed}", "test=false"]
            command = [sys.executable, "-m", "xinzhi", "train", *words, *own, "register=false"]
            seconds += _run(folder, command)[0]
    return seconds


def _fresh(scratch: Path, name: str, words: list[str]) -> Path:
    """A project with a store, which is made before the clock starts, and rows that are prepared."""
    folder = scratch / name
    folder.mkdir()
    (folder / "xinzhi.yaml").touch()
    once = [word for word in words if not word.startswith("trainer.max_epochs=")]
    _run(folder, [sys.executable, "-m", "xinzhi", "train", *once, "trainer.max_epochs=1"])
    return folder


def peers(scratch: Path, jobs: int, epochs: int) -> None:
    """The same jobs by the sweep and by its peers."""
    seeds, words = jobs // len(WIDTHS), _words(epochs)
    ours = _sweep(_fresh(scratch, "ours", words), words, seeds, "speed", 2)
    print(f"{jobs} jobs, sweep with 2 workers         {ours:7.1f} s")
    others: dict[str, tuple[Callable[..., float], float]] = {
        "Hydra's basic launcher": (_basic, 1.7),
        "Hydra's joblib launcher, 2": (_joblib, 1.2),
        f"{jobs} separate processes": (_single, 3.0),
    }
    for number, (name, (peer, asked)) in enumerate(others.items()):
        seconds = peer(_fresh(scratch, f"peer{number}", words), words, seeds)
        print(f"{name:<36} {seconds:7.1f} s   {seconds / ours:5.2f} × ours (asked {asked} ×)")


def workers(scratch: Path, epochs: int) -> None:
    """Jobs of uneven length by one worker and by two."""
    words = [*_words(epochs), "trainer.max_epochs=60,8,30,15", "model.layers=1,2"]
    words = [word for word in words if word != f"trainer.max_epochs={epochs}"]
    rates = []
    for count in (1, 2):
        folder = _fresh(scratch, f"workers{count}", _words(epochs))
        _sweep(folder, words, 1, "uneven", count)  # of four widths each
        own = searched(Ledger.open(folder / "mlruns" / "sweeps.db").jobs("uneven"))
        ends = sorted(job.ended or 0.0 for job in own)
        first = min(job.started or 0.0 for job in own)
        rates.append(60 * len(own) / (ends[-1] - first))
        print(f"{count} workers: {rates[-1]:.1f} jobs a minute")
    print(f"2 workers run {rates[1] / rates[0]:.2f} × the jobs of 1 (asked 1.8 ×)")


def overhead(scratch: Path, epochs: int) -> None:
    """What a job costs in a sweep beyond the same training called in one warm process."""
    words, folder = _words(epochs), _fresh(scratch, "overhead", _words(epochs))
    script = folder / "warm.py"
    script.write_text(WARM.replace("WORDS", repr(words)).replace("SEEDS", "range(12)"))
    told = _run(folder, [sys.executable, str(script)], threads=1)[1].split()
    alone = [float(b) for a, b in itertools.pairwise(told) if a == "took"][1:]
    given = [*words, "model.hidden=32", "seed=range(0,12)", "sweep.name=overhead",
             "sweep.workers.count=1", "sweep.workers.threads=1"]  # fmt: skip
    _run(folder, [sys.executable, "-m", "xinzhi", "train", "-m", *given])
    own = searched(Ledger.open(folder / "mlruns" / "sweeps.db").jobs("overhead"))
    starts = sorted(job.started or 0.0 for job in own)
    each = [after - before for before, after in itertools.pairwise(starts[1:])]
    more = statistics.median(each) - statistics.median(alone)
    print(f"a job: {statistics.median(each):.2f} s in a sweep, {statistics.median(alone):.2f} s "
          f"called in one warm process: {more:+.2f} s (asked ≤ 0.5 s)")  # fmt: skip


def main() -> None:
    """Measures what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--only", nargs="*", default=["overhead", "workers", "peers"])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch).resolve()
        if "overhead" in asked.only:
            overhead(place, asked.epochs)
        if "workers" in asked.only:
            workers(place, asked.epochs)
        if "peers" in asked.only:
            peers(place, asked.jobs, asked.epochs)


if __name__ == "__main__":
    main()

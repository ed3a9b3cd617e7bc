"""Seconds to read what `xinzhi sweep status` shows of a sweep of 5,000 jobs with their reports.

    python benchmarks/ledger_status.py [--jobs 5000] [--reports 20] [--server postgresql://…]

Measured in a process that has the ledger open: the sweep, its jobs with all reports, and their
number by state, each read anew; the median of the repeats counts. Then the same in a fresh process
that imports and opens the ledger, and a claim and a beat while all those jobs are there. `of CPU`
is what the status would take were nothing else running.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.records import Axis, Job, State, Sweep

TARGET_S = 0.3
NAME, REPEATS = "status", 9
FRESH = """
import sys, time
since = time.perf_counter()
from xinzhi.sweeping.ledger.ledger import Ledger
ledger = Ledger.open(sys.argv[1], create=False)
imported = time.perf_counter()
ledger.sweep(sys.argv[2]), ledger.jobs(sys.argv[2]), ledger.counts(sys.argv[2])
print(imported - since, time.perf_counter() - imported)
"""


def job(number: int, reports: int, dice: random.Random) -> Job:
    """One job as a sweep leaves it: nine in ten have ended, each after its own number of epochs."""
    states: list[State] = ["finished", "pruned", "failed", "waiting"]
    state = dice.choices(states, [75, 12, 3, 10])[0]
    params = {"optimizer.lr": 10 ** dice.uniform(-5, -1), "model.width": dice.randrange(8, 64)}
    done = {} if state == "waiting" else {n: dice.random() for n in range(1, reports + 1)}
    names = ("val/f1_macro", "val/accuracy", "val/loss", "val/f1_micro", "epoch", "seconds")
    return Job(
        sweep=NAME,
        number=number,
        trial=number // 3,
        identity=f"{dice.getrandbits(256):064x}",
        seed=number % 3,
        params=params,
        overrides=(*(f"{key}={value}" for key, value in params.items()), f"seed={number % 3}"),
        state=state,
        worker=None if state == "waiting" else "host:b2ddd24-d82c/pid:[4026531836]:6534:179.1",
        attempts=int(state != "waiting"),
        run_id=f"{dice.getrandbits(128):032x}",
        values=(dice.random(),) if state == "finished" else (),
        metrics={name: dice.random() for name in names} if state == "finished" else {},
        reports=done,
        attrs={"completed_rung_0": dice.random()} if state == "pruned" else {},
        error="DataError: a row" * 20 if state == "failed" else None,
        log=f"/home/ana/mlruns/sweeps/{NAME}/{number:05d}.log",
        started=1.8e9 + number,
        ended=1.8e9 + number + 60,
    )


def filled(place: str, jobs: int, reports: int) -> Ledger:
    """A ledger with one sweep."""
    dice = random.Random(0)  # noqa: S311
    axes = (Axis(key="optimizer.lr", low=1e-5, high=0.1, log=True), Axis(key="model.width", low=8))
    sweep = Sweep(
        name=NAME, experiment="reviews", fixed=("model=textcnn",), axes=axes, seeds=(0, 1)
    )
    ledger = Ledger.open(place)
    ledger.create(sweep, [job(number, reports, dice) for number in range(jobs)])
    return ledger


def seconds(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Median over some repeats; the first one, which warms up, counts with the others."""
    taken = []
    for _ in range(REPEATS):
        since = clock()
        work()
        taken.append(clock() - since)
    return median(taken)


def race(place: str, jobs: int, reports: int) -> float:
    """Measures one ledger, prints a line and gives the seconds of its status."""
    since = time.perf_counter()
    ledger = filled(place, jobs, reports)
    made = time.perf_counter() - since

    def status() -> None:
        ledger.sweep(NAME), ledger.jobs(NAME), ledger.counts(NAME)

    wall, own = seconds(status), seconds(status, time.process_time)
    claim = seconds(lambda: ledger.claim(NAME, "bench", lease_s=3600))
    held = ledger.jobs(NAME, state="running")[0]
    beat = seconds(lambda: ledger.beat(held, "bench", lease_s=3600, progress=0.5))
    fresh = subprocess.run(
        [sys.executable, "-c", FRESH, place, NAME], check=True, capture_output=True, text=True
    )
    opened, read = map(float, fresh.stdout.split())
    print(
        f"{'PostgreSQL' if '://' in place else 'SQLite':<12}"
        f"{made:>9.2f}s{wall:>10.3f}s{own:>10.3f}s"
        f"{opened:>10.3f}s{read:>10.3f}s{1000 * claim:>10.1f}ms{1000 * beat:>8.1f}ms",
        flush=True,
    )
    return wall


def main() -> None:
    """Measures an SQLite file and, where one is named, a server."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--reports", type=int, default=20)
    parser.add_argument("--server", help="an empty database: postgresql://…")
    asked = parser.parse_args()
    print(f"{asked.jobs} jobs, {asked.reports} reports each that began")
    heads = ("entered", "status", "of CPU", "opened", "first", "claim", "beat")
    widths = (10, 11, 11, 11, 11, 12, 10)
    print(" " * 12 + "".join(f"{h:>{w}}" for h, w in zip(heads, widths, strict=True)))
    with tempfile.TemporaryDirectory() as folder:
        places = [str(Path(folder) / "sweeps.db"), *([asked.server] if asked.server else [])]
        slowest = max(race(place, asked.jobs, asked.reports) for place in places)
    reached = "reached" if slowest <= TARGET_S else "not reached"
    print(f"status of {asked.jobs} jobs: {slowest:.3f} s (target {TARGET_S} s: {reached})")


if __name__ == "__main__":
    main()

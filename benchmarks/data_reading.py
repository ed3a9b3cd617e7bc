"""Seconds to open ten million rows for training, and the memory that workers of a loader take.

A snapshot of generated rows is prepared once and kept. Then each way of reading opens all its
splits in a process of its own, and a DataLoader reads a part of the rows in random order, with 0, 2
and 4 worker processes. Memory is proportional (PSS): a page that several processes share is counted
once; `own` is what is mapped from no file, so that the kernel cannot take it back. Linux only.

    python benchmarks/data_reading.py                 # ten million rows after duplicates are merged
    python benchmarks/data_reading.py --rows 200000   # a quick trial
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from generated_rows import generated
from processes import Measured, measured, proportional

WORKERS = (0, 2, 4)
BATCH, READ_SHARE = 256, 0.2  # a fifth of the rows at random touch nearly every page
TARGET_S = 2.0
SPLITS = ("train", "val", "test")


def snapshot_of(files: list[str]) -> Any:
    """Gives the snapshot of the files, prepared where it is not there yet."""
    from xinzhi.data.declaration import Declaration

    declared = Declaration(train=files, text="text", label="label", key="key", split="hash")
    return declared.prepare()


def mapped(files: list[str]) -> list[Any]:
    """Opens a snapshot as training does."""
    snapshot = snapshot_of(files)
    return [snapshot.table(split) for split in SPLITS]


def parquet(files: list[str]) -> list[Any]:
    """Reads the same Parquet files into memory."""
    import pyarrow.parquet as pq

    folder = snapshot_of(files).folder
    return [pq.read_table(folder / f"{split}.parquet") for split in SPLITS]


WAYS: dict[str, Callable[[list[str]], list[Any]]] = {"xinzhi": mapped, "read_table": parquet}


class Texts:
    """A data set over Arrow columns; an index is the places of a whole batch."""

    def __init__(self, tables: list[Any]) -> None:
        import pyarrow as pa

        self.texts = pa.chunked_array([c for table in tables for c in table["text"].chunks])

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, places: list[int]) -> int:
        return sum(len(self.texts[place].as_py()) for place in places)


def read(way: str, workers: int, files: list[str]) -> dict[str, float]:
    """Opens and reads in this process and its workers."""
    import numpy as np
    import psutil
    import pyarrow.parquet  # noqa: F401 - before memory is first measured
    from torch.utils.data import DataLoader

    snapshot_of(files)  # imported and looked up
    before = proportional(psutil.Process())
    since = time.perf_counter()
    tables = WAYS[way](files)
    opened = time.perf_counter() - since
    texts = Texts(tables)
    order = np.random.default_rng(0).permutation(len(texts))[: int(READ_SHARE * len(texts))]
    places = np.array_split(order, max(1, len(order) // BATCH))
    loader = DataLoader(
        texts,  # type: ignore[arg-type]
        sampler=places,
        batch_size=None,
        num_workers=workers,
        persistent_workers=workers > 0,  # so that they are there when memory is measured
    )
    since = time.perf_counter()
    letters = sum(int(found) for found in loader)
    seconds = time.perf_counter() - since
    after = proportional(psutil.Process())
    return {
        "rows": len(texts),
        "open_s": opened,
        "rows_per_s": len(order) / seconds,
        "letters": letters,
        "all_mib": after.all_mib,
        "own_mib": after.own_mib,
        "before_mib": before.all_mib,
    }


def row(way: str, workers: int, found: Measured) -> str:
    """Writes a line of the table."""
    start = f"{way:<12}{workers:>8}"
    if found.result is None:
        return f"{start}   {found.failure}"
    r = found.result
    return (
        f"{start}{r['open_s']:>11.3f}s{r['all_mib']:>12,.0f}{r['own_mib']:>12,.0f}"
        f"{r['all_mib'] - r['before_mib']:>12,.0f}{r['rows_per_s']:>12,.0f}"
    )


def head() -> str:
    """Writes the head of the table."""
    names = ("PSS MiB", "own MiB", "more MiB", "rows/s")
    return f"{'':<12}{'workers':>8}{'open':>12}" + "".join(f"{name:>12}" for name in names)


def race(files: list[str], *, limit_mib: float) -> None:
    """Measures every way with every number of workers, and says whether the targets are met."""
    print(head())
    ours = []
    for way in WAYS:
        for workers in WORKERS:
            command = [sys.executable, __file__, "--only", way, "--workers", str(workers), *files]
            env = dict(os.environ, OMP_NUM_THREADS="1")
            found = measured(command, limit_mib=limit_mib, env=env)
            print(row(way, workers, found), flush=True)
            if way == "xinzhi" and found.result:
                ours.append(found.result)
    slowest, held = max(one["open_s"] for one in ours), [one["all_mib"] for one in ours]
    print(
        f"slowest opening {slowest:.2f} s (target {TARGET_S:.0f} s), "
        f"most memory {max(held) / held[0]:.2f} × that without workers"
    )


def main() -> None:
    """Measures one way with so many workers, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--only", choices=WAYS)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--rows", type=int, default=11_200_000)
    parser.add_argument("--limit-mib", type=float, default=16_384, help="of each process tree")
    chosen = parser.parse_args()
    if chosen.only:
        print(json.dumps(read(chosen.only, chosen.workers, chosen.files)))
        return
    from xinzhi.config.project import cache_folder

    folder = cache_folder() / "generated"
    files = [str(file) for file in generated(chosen.rows, folder).files]
    os.environ["XINZHI_CACHE"] = str(folder / "cache")  # not among a person's own snapshots
    since = time.perf_counter()
    snapshot = snapshot_of(files)
    print(
        f"{sum(snapshot.counts.values()):,} rows, prepared in {time.perf_counter() - since:.1f} s"
    )
    since = time.perf_counter()
    mapped(files)
    print(f"opened for the first time in {time.perf_counter() - since:.1f} s")
    race(files, limit_mib=chosen.limit_mib)


if __name__ == "__main__":
    main()

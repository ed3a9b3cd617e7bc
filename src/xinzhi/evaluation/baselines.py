"""A baseline's metrics, computed once for the same rows and settings."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from xinzhi.data.replacing import replacing


def cached(folder: Path, key: str, compute: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Gives what a baseline reached, with the `seconds` that it took.

    Args:
        folder: where results are kept.
        key: names rows, settings and the version of the computation; part of a file's name.
        compute: gives metrics by name.
    """
    path = folder / f"{key}.json"
    if path.is_file():
        kept: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    started = time.perf_counter()
    values = compute()
    values["seconds"] = time.perf_counter() - started
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(path) as fresh:
        fresh.write_text(json.dumps(values), encoding="utf-8")
    return values

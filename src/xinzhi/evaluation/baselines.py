"""A baseline's metrics, computed once for the same rows and settings."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from xinzhi.data.hashing import content_hash
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


def settings_key(digest: str, kind: str, settings: Mapping[str, Any], *, version: int) -> str:
    """Gives a key of rows and settings, of any length and with any characters in them.

    Args:
        digest: of the rows.
        kind: of the baseline, part of a file's name.
        settings: name → value, each told by its `repr`.
        version: of what is computed.
    """
    told = repr((version, sorted(settings.items(), key=str)))
    return f"{digest}-{kind}-{content_hash([told]).hex()}"

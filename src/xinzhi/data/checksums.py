"""Checksums of files, kept so that large ones are not read again at every start."""

import hashlib
import json
import time
from contextlib import suppress
from pathlib import Path

from xinzhi.config.project import cache_folder
from xinzhi.data.download import sha256_of
from xinzhi.data.replacing import replacing

_KEPT_FROM_BYTES = 1 << 23  # below that it is read as fast as looked up
_SETTLED_S = 2.0  # what was written just now may be written again within one tick of the clock


def checksum(path: Path) -> str:
    """Give the SHA-256 of a file, computed anew only where its size or time has changed.

    Args:
        path: an existing file.
    """
    state = path.stat()
    if state.st_size < _KEPT_FROM_BYTES:
        return sha256_of(path)
    mark = [state.st_size, state.st_mtime_ns, state.st_ino]
    name = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()
    kept = cache_folder() / "checksums" / f"{name[:32]}.json"
    try:
        known = json.loads(kept.read_text(encoding="utf-8"))
        if known["mark"] == mark:
            return str(known["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    computed = sha256_of(path)
    if time.time() - state.st_mtime > _SETTLED_S and path.stat().st_mtime_ns == state.st_mtime_ns:
        _keep(kept, json.dumps({"mark": mark, "sha256": computed}))
    return computed


def _keep(path: Path, content: str) -> None:
    with suppress(OSError):  # a cache: without it the file is read again
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as fresh:
            fresh.write_text(content, encoding="utf-8")

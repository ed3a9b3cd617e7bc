"""CIFAR-10 in its published binary form: records of a class and 32 × 32 pixels of three colours."""

import re
from pathlib import Path

from xinzhi.data.pixels import Pixels, PixelSource
from xinzhi.errors import DataError

_BATCH = re.compile(r"(data|test)_batch(_\d+)?(\.bin)?\Z")
_FOLDER = "cifar-10-batches-bin"
_NAMES = "batches.meta.txt"
_SIDE, _COLOURS = 32, 3
_RECORD_BYTES = 1 + _COLOURS * _SIDE * _SIDE


def find_cifar(spec: str, split: str) -> PixelSource | None:
    """Find the files of one part.

    Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.

    Args:
        spec: the folder `cifar-10-batches-bin` or what holds it, or one of its files.
        split: train or test; of a folder it chooses the files.

    Returns:
        None where there are none.
    """
    place = Path(spec).expanduser()
    if place.is_dir():
        kind = {"train": "data", "test": "test"}.get(split)
        paths = [path for path in holds_cifar(place) if path.name.startswith(f"{kind}_")]
    else:
        paths = [place] if place.is_file() and _BATCH.match(place.name) else []
    if not paths:
        return None
    names = paths[0].with_name(_NAMES)
    return PixelSource(tuple(paths), (names,) if names.is_file() else (), _load, "CIFAR-10", spec)


def holds_cifar(folder: Path) -> list[Path]:
    """Give the files of records in a folder, or in the published folder below it.

    Args:
        folder: an existing one.

    Raises:
        DataError: they are the pickled ones, which may run code.
    """
    inner = folder / _FOLDER
    place = inner if inner.is_dir() else folder
    found = sorted(path for path in place.iterdir() if _BATCH.match(path.name))
    if found and not any(path.suffix for path in found):
        raise DataError(
            f"{place} holds CIFAR-10 as pickles for Python, which may run code",
            mend="fetch the binary version, cifar-10-binary.tar.gz, from "
            "https://www.cs.toronto.edu/~kriz/cifar.html",
        )
    return [path for path in found if path.suffix]


def _load(path: Path) -> Pixels:
    """Read the records of a file.

    Raises:
        DataError: the file is cut, or names a class that there is not.
    """
    import numpy as np

    held = path.read_bytes()
    if not held or len(held) % _RECORD_BYTES:
        raise DataError(
            f"{path} must hold records of {_RECORD_BYTES:,} bytes, it has {len(held):,} bytes"
        )
    records = np.frombuffer(held, np.uint8).reshape(-1, _RECORD_BYTES)
    codes = records[:, 0].tolist()
    names = _names(path.with_name(_NAMES)) or [str(code) for code in range(10)]
    if max(codes) >= len(names):
        raise DataError(
            f"{path}: a class must be below {len(names)}, the number of names, one is {max(codes)}"
        )
    planes = records[:, 1:].reshape(-1, _COLOURS, _SIDE, _SIDE)
    return Pixels(planes.transpose(0, 2, 3, 1), [names[code] for code in codes])


def _names(path: Path) -> list[str]:
    if not path.is_file():
        return []
    return path.read_text(encoding="utf-8").split()

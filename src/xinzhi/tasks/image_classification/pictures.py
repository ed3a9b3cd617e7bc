"""The images of a snapshot, decoded once into a memory-mapped array per split and form."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xinzhi.data.progress import progress
from xinzhi.data.records import require_columns
from xinzhi.data.replacing import once, replacing
from xinzhi.data.snapshot import Snapshot
from xinzhi.errors import DataError
from xinzhi.tasks.image_classification.decoding import Form, Sight, Source, decoded, sight

_FORM = 1  # raised when the files have another form than before
_BLOCK = 256  # images between two words on progress
_LOOKED_AT = 256
_MOST_BROKEN = 0.1  # beyond this share of a split it is no ordinary dirt


class Pictures(NamedTuple):
    """Images of a split.

    Attributes:
        pixels: shape (images, H, W, C), uint8, mapped from the disk.
        rows: of the split's table that they are from, shape (images,), int64: all but the broken.
        broken: what was wrong with the others, a sentence each.
    """

    pixels: np.ndarray
    rows: np.ndarray
    broken: tuple[str, ...]


def cached_pictures(snapshot: Snapshot, split: str, form: Form, *, folder: Path) -> Pictures:
    """Opens the images of a split, decoding them first where no cache holds them.

    Args:
        snapshot: where the images are.
        split: train, val or test.
        form: what they are brought to.
        folder: where caches are kept.

    Raises:
        DataError: more than a tenth of them cannot be read.
    """
    if not snapshot.counts[split]:
        nothing = np.zeros((0, form.size, form.size, form.colours), np.uint8)
        return Pictures(nothing, np.zeros(0, np.int64), ())
    identity = json.dumps([_FORM, snapshot.order(split), split, *form])
    path = folder / f"{hashlib.sha256(identity.encode()).hexdigest()[:24]}.npy"
    told = path.with_suffix(".json")
    # the words come last, so that their existence means that the images are complete
    once(told, lambda fresh: _write(path, fresh, sources_of(snapshot, split), form, split))
    broken: dict[str, str] = json.loads(told.read_text(encoding="utf-8"))
    rows = np.delete(np.arange(snapshot.counts[split]), [int(row) for row in broken])
    pixels = np.load(path, mmap_mode="r")
    if broken:
        pixels = pixels[rows]  # a copy, but only where something is broken
    return Pictures(pixels, rows, tuple(broken.values()))


def survey(snapshot: Snapshot) -> tuple[Sight, ...]:
    """Looks at up to 256 training images, evenly spread; those that are broken are passed over.

    Raises:
        DataError: none of them can be read.
    """
    sources = sources_of(snapshot, "train")
    chosen = np.unique(np.linspace(0, len(sources) - 1, _LOOKED_AT).astype(int))

    def look(place: int) -> Sight | DataError:
        source, name = sources[place]
        try:
            return sight(source, name=name)
        except DataError as error:
            return error

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(look, chosen))
    seen = tuple(one for one in found if isinstance(one, Sight))
    if not seen:
        first = next(one.message for one in found if isinstance(one, DataError))
        raise DataError(f"no training image could be read: {first}")
    return seen


def sources_of(snapshot: Snapshot, split: str) -> "_Sources":
    """Gives the images of a split by row: where they are, and what they are called."""
    table = snapshot.table(split)
    columns = set(table.column_names)
    files = snapshot.folder / "files"
    if {"array", "place"} <= columns:
        return _Sources(files, table["array"].to_pylist(), places=table["place"].to_numpy())
    require_columns(table.column_names, ["sha256"], f"snapshot {snapshot.folder.name}")
    names = table["path"].to_pylist() if "path" in columns else None
    return _Sources(files, table["sha256"].to_pylist(), names=names)


class _Sources(Sequence[tuple[Source, str]]):
    """Images by row: rows of arrays, or files."""

    def __init__(
        self,
        folder: Path,
        files: Sequence[str],
        *,
        names: Sequence[str] | None = None,
        places: np.ndarray | None = None,
    ) -> None:
        self._folder, self._files, self._names, self._places = folder, files, names, places
        arrays = sorted(set(files)) if places is not None else []
        self._arrays = {name: np.load(folder / name, mmap_mode="r") for name in arrays}

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, row: int) -> tuple[Source, str]:  # type: ignore[override]
        file = self._files[row]
        if self._places is not None:
            place = int(self._places[row])
            return np.ascontiguousarray(self._arrays[file][place]), f"{file}, image {place}"
        return self._folder / file, file if self._names is None else self._names[row]


def _write(path: Path, told: Path, sources: "_Sources", form: Form, split: str) -> None:
    shape = (len(sources), form.size, form.size, form.colours)
    broken: dict[int, str] = {}

    def place(row: int) -> None:
        source, name = sources[row]
        try:
            pixels[row] = decoded(source, form, name=name)
        except DataError as error:
            broken[row] = error.message

    with replacing(path) as fresh:
        pixels = np.lib.format.open_memmap(fresh, "w+", np.uint8, shape)
        _each(place, len(sources), f"decoding the images of {split}")
        if len(broken) > _MOST_BROKEN * len(sources):
            first = "; ".join(broken[row] for row in sorted(broken)[:3])
            msg = f"at most {_MOST_BROKEN:.0%} of the {split} images may be broken, "
            raise DataError(f"{msg}{len(broken):,} of {len(sources):,} are: {first}")
        pixels.flush()
    told.write_text(json.dumps(dict(sorted(broken.items()))), encoding="utf-8")


def _each(work: Callable[[int], None], count: int, what: str) -> None:
    """Does the work for each number on all cores: Pillow decodes outside of Python's lock."""
    with ThreadPoolExecutor(os.cpu_count()) as pool, progress(what) as advance:
        for start in range(0, count, _BLOCK):
            list(pool.map(work, range(start, min(start + _BLOCK, count))))
            advance(min(start + _BLOCK, count) / count)

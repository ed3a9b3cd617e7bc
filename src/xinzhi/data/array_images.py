"""Images and their classes as two arrays of a NumPy archive: `images` and `labels`, `x` and `y`."""

import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.data.files import FileSource, find_files
from xinzhi.data.pixels import Pixels, PixelSource
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    from xinzhi.data.engine import Engine
    from xinzhi.data.opened import Opened, Want

_IMAGES = ("images", "image", "x", "pixels", "data")
_LABELS = ("labels", "label", "y", "targets", "target", "classes")
_PARTS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}
_MEND = (
    "np.savez('images.npz', images=IMAGES, labels=LABELS); x and y, data and target are known too, "
    "and x_train, y_train, x_test, y_test"
)


@dataclass(frozen=True)
class ArraySource:
    """A NumPy archive: images where images are wanted, else columns.

    Attributes:
        path: of the archive.
        split: train, val or test.
        plain: the same file as columns.
    """

    path: Path
    split: str
    plain: FileSource

    @property
    def name(self) -> str:
        """What was written in the declaration."""
        return self.plain.name

    @property
    def short_name(self) -> str:
        """What a folder may be called after it."""
        return self.plain.short_name

    def fingerprint(self) -> object:
        """Give the file's path and checksum."""
        return self.plain.fingerprint()

    def open(self, engine: "Engine", want: "Want") -> "Opened":
        """Read images, or columns.

        Args:
            engine: what they are read onto.
            want: images where their column sha256 is among it.
        """
        if "sha256" not in (want.columns or ()):
            return self.plain.open(engine, want)
        load = partial(_load, split=self.split)
        return PixelSource((self.path,), (), load, "NumPy", self.name).open(engine, want)


def find_arrays(spec: str, split: str, *, own: bool = False) -> ArraySource | None:
    """Find a NumPy archive.

    Args:
        spec: a file.
        split: train, val or test.
        own: whether the archive must have arrays for this very part.

    Returns:
        None where it is none.
    """
    path = Path(spec).expanduser()
    if path.suffix.lower() != ".npz" or not path.is_file():
        return None
    if own and not any(_part(name) == split for name in _names(path)):
        return None
    return ArraySource(path, split, find_files(spec))


def _names(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            inside = archive.namelist()
    except zipfile.BadZipFile as error:
        raise DataError(f"{path} must be a complete NumPy file: {error}") from error
    return [name.removesuffix(".npy") for name in inside if name.endswith(".npy")]


def _part(name: str) -> str | None:
    """Tell of which part an array is, where its name says so.

    >>> _part("x_train"), _part("test_images"), _part("images")
    ('train', 'test', None)
    """
    words = name.lower().split("_")
    return next((part for part, known in _PARTS.items() if set(words) & set(known)), None)


def _kind(name: str) -> str:
    """Give an array's name without its part.

    >>> _kind("X_train"), _kind("test_images")
    ('x', 'images')
    """
    parts = {word for known in _PARTS.values() for word in known}
    return "_".join(word for word in name.lower().split("_") if word not in parts)


def _load(path: Path, split: str) -> Pixels:
    """Read images and their classes.

    Raises:
        DataError: there are none, or they are of no known form.
    """
    import numpy as np

    names = _names(path)
    of_part = [n for n in names if _part(n) == split] or [n for n in names if _part(n) is None]
    chosen = [_first(of_part, known) for known in (_IMAGES, _LABELS)]
    if None in chosen:
        raise DataError(
            f"{path} must hold an array `images` and an array `labels`"
            f"{f' for {split}' * any(map(_part, names))}, it holds {', '.join(names) or 'none'}",
            mend=_MEND,
        )
    try:
        with np.load(path, allow_pickle=False) as archive:
            images, labels = (archive[name] for name in chosen)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError) as error:
        raise DataError(f"{path} must be a NumPy file of plain arrays: {error}") from error
    told = _classes(labels, f"{path}: {chosen[1]}")
    found = _bytes(images, f"{path}: {chosen[0]}")
    if len(found) != len(told):
        raise DataError(
            f"{path} must hold a class for each image, {len(found):,}, it holds {len(told):,}"
        )
    return Pixels(found, told)


def _first(names: "Iterable[str]", known: tuple[str, ...]) -> str | None:
    there = {_kind(name): name for name in names}
    return next((there[kind] for kind in known if kind in there), None)


def _classes(labels: "np.ndarray[Any, Any]", where: str) -> list[str]:
    """Write classes as strings.

    Raises:
        DataError: there are several for an image.
    """
    import numpy as np

    if labels.ndim != 1 and labels.size != len(labels):
        raise DataError(f"{where} must have one class for each image, has shape {labels.shape}")
    flat = labels.reshape(-1)
    if flat.dtype.kind == "S":
        flat = np.char.decode(flat, "utf-8")
    if flat.dtype.kind == "f" and (flat == np.round(flat)).all():
        flat = flat.astype(np.int64)
    return [str(one) for one in flat.tolist()]


def _bytes(images: "np.ndarray[Any, Any]", where: str) -> "np.ndarray[Any, Any]":
    """Bring images into bytes, colours last: shape (n, height, width) or (n, height, width, 3).

    Raises:
        DataError: they are no images, or their values are no brightness.
    """
    import numpy as np

    if images.ndim == 4 and images.shape[-1] not in (1, 3) and images.shape[1] in (1, 3):
        images = np.moveaxis(images, 1, -1)
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[-1] != 3):
        raise DataError(
            f"{where} must have the shape (n, height, width) or (n, height, width, 3), "
            f"has {images.shape}"
        )
    if images.dtype == np.uint8 or not images.size:
        return images.astype(np.uint8)
    if images.dtype.kind not in "bif":
        raise DataError(f"{where} must be numbers, is {images.dtype}")
    low, high = float(images.min()), float(images.max())
    if not (low >= 0 and high <= 255):  # NaN is neither
        raise DataError(f"{where} must lie between 0 and 255 (or 0 and 1), has {low:g} to {high:g}")
    bright = images.astype(np.float32) * 255 if high <= 1 else images
    return np.round(bright).astype(np.uint8)

"""A folder in a declaration: images of a class each, or files of pixels, in parts or as a whole."""

from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.data.array_images import find_arrays
from xinzhi.data.cifar import find_cifar, holds_cifar
from xinzhi.data.files import tables_inside
from xinzhi.data.hub import ALIASES
from xinzhi.data.idx import find_idx, holds_idx, how_to_get
from xinzhi.data.images import find_images
from xinzhi.data.pixels import require
from xinzhi.data.tables import form
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from xinzhi.data.opened import Source

_TEXT = ".txt"  # beside images a readme, a licence


def find_pictures(spec: str, split: str) -> "Source | None":
    """Find the images of a part.

    Args:
        spec: a folder, or a file of pixels.
        split: train, val or test.

    Returns:
        None where the folder holds something else.

    Raises:
        DataError: there is no such folder, but it is known how to get it.
    """
    place = Path(spec).expanduser()
    if not place.is_dir():
        if not place.exists() and (how := how_to_get(spec)):
            raise DataError(f"there is no folder {spec}", mend=how)
        pixels = find_idx(spec, split) or find_cifar(spec, split)
        return pixels or find_arrays(spec, split)
    if holds_idx(place):
        return require(find_idx(spec, split), place, split)
    if holds_cifar(place):
        return require(find_cifar(spec, split), place, split)
    if _holds_tables(place):
        return None
    return find_images(spec, _part(place, split) or place)


def find_other_part(spec: str, split: str) -> "Source | None":
    """Find the part for val or test in the folder that is named for train.

    Args:
        spec: of train.
        split: val or test.

    Returns:
        None where the folder has no such part.
    """
    place = Path(spec).expanduser()
    if not place.is_dir():
        return find_arrays(spec, split, own=True)
    if pixels := find_idx(spec, split) or find_cifar(spec, split):
        return pixels
    part = None if _holds_tables(place) else _part(place, split)
    return None if part is None else find_images(f"{spec.rstrip('/')}/{part.name}", part)


def _holds_tables(folder: Path) -> bool:
    return any(form(file) != _TEXT for file in tables_inside(folder))


def _part(folder: Path, split: str) -> Path | None:
    """Give the folder of a part, in a folder that has one for training."""
    there = {path.name.lower(): path for path in folder.iterdir() if path.is_dir()}
    if not any(name in there for name in ALIASES["train"]):
        return None
    return next((there[name] for name in ALIASES[split] if name in there), None)

"""IDX files: images and their classes in two files side by side, as MNIST is published."""

import hashlib
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.data.encoding import open_bytes
from xinzhi.data.pixels import Pixels, PixelSource
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import numpy as np

_IMAGES = re.compile(r"images?[-.]idx[34]-ubyte(\.gz)?\Z")
_PARTS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("t10k", "test", "testing"),
}
_UBYTE = 8  # the code of unsigned bytes
_FASHION = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
_KNOWN = {  # SHA-256 of classes → what they are called: Xiao, Rasul and Vollgraf, 2017
    "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7": _FASHION,
    "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9": _FASHION,
}
_PLACES = {
    "/usr/share/datasets/fashion-mnist": "apt-get install dataset-fashion-mnist (Debian, Ubuntu), "
    "or fetch its four files from https://github.com/zalandoresearch/fashion-mnist, then "
    "data.train=DIR"
}


def find_idx(spec: str, split: str) -> PixelSource | None:
    """Find the IDX files of one part.

    Args:
        spec: a folder, or a file of images.
        split: train, val or test; of a folder it chooses the files.

    Returns:
        None where there are none.
    """
    place = Path(spec).expanduser()
    if place.is_dir():
        paths = [path for path in holds_idx(place) if _part(path) == split]
    else:
        paths = [place] if place.is_file() and _IMAGES.search(place.name) else []
    if not paths:
        return None
    classes = tuple(_classes_beside(path) for path in paths)
    return PixelSource(tuple(paths), classes, _load, "IDX", spec)


def holds_idx(folder: Path) -> list[Path]:
    """Give the files of images in a folder.

    Args:
        folder: an existing one.
    """
    return sorted(path for path in folder.iterdir() if _IMAGES.search(path.name))


def how_to_get(spec: str) -> str | None:
    """Say how files are had that a declaration of ours names.

    Args:
        spec: what does not exist.
    """
    return next((how for place, how in _PLACES.items() if Path(spec) == Path(place)), None)


def _part(path: Path) -> str:
    """Tell a file's part from its name.

    >>> _part(Path("t10k-images-idx3-ubyte.gz")), _part(Path("images-idx3-ubyte"))
    ('test', 'train')
    """
    words = re.split(r"[^a-z0-9]+", path.name.lower())
    return next((part for part, names in _PARTS.items() if set(words) & set(names)), "train")


def _classes_beside(path: Path) -> Path:
    """Find the file of classes that belongs to a file of images.

    Raises:
        DataError: there is none.
    """
    wanted = re.sub(r"idx[34]", "idx1", path.name.removesuffix(".gz").replace("image", "label"))
    for name in (wanted, f"{wanted}.gz"):
        if (there := path.with_name(name)).is_file():
            return there
    raise DataError(f"beside {path} must lie its classes, {wanted} or {wanted}.gz; there is none")


def _load(path: Path) -> Pixels:
    """Read images and their classes.

    Raises:
        DataError: there are more of the ones than of the others.
    """
    beside = _classes_beside(path)
    images, classes = _read(path, (3, 4)), _read(beside, (1,))
    if len(images) != len(classes):
        raise DataError(
            f"{beside} must hold a class for each image of {path.name}, "
            f"{len(images):,}, it holds {len(classes):,}"
        )
    names = _KNOWN.get(hashlib.sha256(classes.tobytes()).hexdigest())
    return Pixels(images, [names[code] if names else str(code) for code in classes.tolist()])


def _read(path: Path, dimensions: tuple[int, ...]) -> "np.ndarray[Any, Any]":
    """Read an array of bytes.

    Raises:
        DataError: it is not such an array, or not all of it is there.
    """
    import numpy as np

    with open_bytes(path) as stream:
        head = stream.read(4)
        n = head[3] if len(head) == 4 else 0
        if head[:3] != bytes((0, 0, _UBYTE)) or n not in dimensions:
            said = " or ".join(map(str, dimensions))
            raise DataError(f"{path} must be an IDX file of bytes in {said} dimensions, is not")
        sizes = stream.read(4 * n)
        if len(sizes) < 4 * n:
            raise DataError(f"{path} must be a complete IDX file, it ends in its first bytes")
        shape = struct.unpack(f">{n}I", sizes)
        held = stream.read()
    needed = int(np.prod(shape, dtype=np.int64))
    if len(held) != needed:
        raise DataError(
            f"{path} must be a complete IDX file: {needed:,} bytes for {shape}, has {len(held):,}"
        )
    return np.frombuffer(held, np.uint8).reshape(shape)

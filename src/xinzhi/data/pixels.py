"""Images as arrays of pixels: one .npy file of many beside the rows, and a row for each image."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data.arrays import npy
from xinzhi.data.attachments import keep_bytes
from xinzhi.data.checksums import checksum
from xinzhi.data.opened import Opened, Want
from xinzhi.data.staging import Stage
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pyarrow as pa

    from xinzhi.data.engine import Engine

COLUMNS = ("sha256", "label", "path", "array", "place")
EXTRAS = ("path", "sha256", "array", "place")


class Pixels(NamedTuple):
    """Images of one file.

    Attributes:
        images: shape (n, height, width) or (n, height, width, 3), uint8.
        labels: the class of each.
    """

    images: "np.ndarray[Any, Any]"
    labels: Sequence[str]


class Listed(NamedTuple):
    """Rows of images, and the file that holds their pixels.

    Attributes:
        rows: with the columns sha256 (of the pixels), label, path, array (the file), place (in it).
        content: of the .npy file that `array` names.
    """

    rows: "pa.Table"
    content: bytes


def listed(pixels: Pixels, name: str) -> Listed:
    """Make a row for each image.

    Args:
        pixels: of one file.
        name: of that file, which begins each row's path.
    """
    import numpy as np
    import pyarrow as pa

    images = np.ascontiguousarray(pixels.images)
    content = npy(images)
    array = hashlib.sha256(content).hexdigest()
    n = len(images)
    rows = {
        "sha256": pa.array([hashlib.sha256(image).hexdigest() for image in images], pa.string()),
        "label": pa.array(pixels.labels, pa.string()),
        "path": pa.array([f"{name}#{place}" for place in range(n)], pa.string()),
        "array": pa.array([array] * n, pa.string()),
        "place": pa.array(range(n), pa.int64()),
    }
    return Listed(pa.table(rows), content)


@dataclass(frozen=True)
class PixelSource:
    """Files of a published form that hold pixels and classes.

    Attributes:
        paths: of the files with pixels.
        beside: files that are read with them: classes, and what they are called.
        load: reads one file.
        form: what it is called, for a person.
        name: what was written in the declaration.
    """

    paths: tuple[Path, ...]
    beside: tuple[Path, ...]
    load: Callable[[Path], Pixels]
    form: str
    name: str

    @property
    def short_name(self) -> str:
        """What a folder may be called after it."""
        named = self.paths[0].resolve().parent.name
        return re.sub(r"\W+", "_", named).strip("_")[:60] or "images"

    def fingerprint(self) -> object:
        """Give every file's name and checksum."""
        return [[path.name, checksum(path)] for path in (*self.paths, *self.beside)]

    def open(self, engine: "Engine", want: Want) -> Opened:
        """List the images, and keep their pixels in the engine's folder `files`.

        Args:
            engine: what the list is read onto.
            want: of the columns sha256, label, path, array and place.
        """
        columns = tuple(dict.fromkeys([*(want.columns or COLUMNS), *EXTRAS]))
        stage = Stage(engine.scratch, want._replace(columns=columns), self.name)
        stage.add(self._batches(engine))
        note = f"{self.name}: {stage.rows:,} images, {self.form}"
        return Opened(stage.table(engine), notes=(note,), extras=EXTRAS)

    def _batches(self, engine: "Engine") -> "Iterator[pa.Table]":
        for path in self.paths:
            rows, content = listed(self.load(path), path.name)
            keep_bytes(content, engine.scratch)
            yield rows


def require(found: PixelSource | None, where: Path, split: str) -> PixelSource:
    """Refuse files of pixels among which those of a part are missing.

    Args:
        found: those of the part.
        where: the folder.
        split: train, val or test.

    Raises:
        DataError: there are none.
    """
    if found is None:
        raise DataError(
            f"{where} holds files of pixels, but none for {split}",
            mend="data.val=null splits validation off from train" if split == "val" else None,
        )
    return found

"""A folder of images, one folder per class: path, checksum and label; the bytes stay files."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.data.attachments import keep_file
from xinzhi.data.checksums import checksum
from xinzhi.data.opened import Opened, Want
from xinzhi.data.records import Step
from xinzhi.data.staging import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from xinzhi.data.engine import Engine

SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff")
_COLUMNS = ("path", "sha256", "label")
_BATCH_ROWS = 1_000
_NAMED = 3  # unreadable files that are named


@dataclass(frozen=True)
class ImageSource:
    """Images under a folder.

    Attributes:
        folder: whose folders are the classes.
        paths: of the images, sorted.
        name: what was written in the declaration.
    """

    folder: Path
    paths: tuple[Path, ...]
    name: str

    @property
    def short_name(self) -> str:
        """What a folder may be called after it."""
        return re.sub(r"\W+", "_", self.folder.resolve().name).strip("_")[:60] or "images"

    def fingerprint(self) -> object:
        """Give every image's path below the folder and its checksum."""
        return [[self._below(path), checksum(path)] for path in self.paths]

    def open(self, engine: "Engine", want: Want) -> Opened:
        """List the images, and keep their bytes in the engine's folder `files`.

        Args:
            engine: what the list is read onto.
            want: of the columns path, sha256 and label.
        """
        columns = tuple(dict.fromkeys([*(want.columns or _COLUMNS), "path", "sha256"]))
        stage = Stage(engine.scratch, want._replace(columns=columns), self.name)
        broken: list[str] = []
        stage.add(self._batches(engine, broken))
        steps = (self._unreadable(broken),) if broken else ()
        note = f"{self.name}: {stage.rows:,} images"
        return Opened(stage.table(engine), steps, (note,), ("path", "sha256"))

    def _batches(self, engine: "Engine", broken: list[str]) -> "Iterator[pa.Table]":
        """Give the images that can be read; the others are added to `broken`.

        Yields:
            Rows.
        """
        import pyarrow as pa

        schema = pa.schema([(name, pa.string()) for name in _COLUMNS])
        yield schema.empty_table()
        with ThreadPoolExecutor() as decoding:
            for start in range(0, len(self.paths), _BATCH_ROWS):
                paths = self.paths[start : start + _BATCH_ROWS]
                rows = []
                for path, whole in zip(paths, decoding.map(is_readable, paths), strict=True):
                    below = self._below(path)
                    if not whole:
                        broken.append(below)
                        continue
                    digest = keep_file(path, engine.scratch)
                    rows.append({"path": below, "sha256": digest, "label": self._label(path)})
                yield pa.Table.from_pylist(rows, schema=schema)

    def _unreadable(self, broken: list[str]) -> Step:
        more = f" and {len(broken) - _NAMED:,} more" if len(broken) > _NAMED else ""
        why = f"empty, cut or not an image: {', '.join(broken[:_NAMED])}{more}"
        return Step("unreadable", len(self.paths), len(self.paths) - len(broken), why)

    def _label(self, path: Path) -> str | None:
        below = path.relative_to(self.folder).parts
        return below[0] if len(below) > 1 else None

    def _below(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def find_images(name: str, folder: Path) -> ImageSource | None:
    """Find the images of a folder.

    Args:
        name: what the declaration says.
        folder: its folders are the classes; they may have folders of their own.

    Returns:
        None where it holds none.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    seen = [p for p in found if not any(n.startswith(".") for n in p.relative_to(folder).parts)]
    return ImageSource(folder, tuple(seen), name) if seen else None


def is_readable(path: Path) -> bool:
    """Tell whether an image can be decoded to its end.

    Args:
        path: of the file.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            image.load()
    except Exception:  # noqa: BLE001 - what a broken file raises depends on its format
        return False
    return True

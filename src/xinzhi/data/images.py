"""A folder of images, one folder per class: path, checksum and label; the bytes stay files."""

import re
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
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")


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
        stage.add(self._batches(engine))
        step = Step("unreadable", len(self.paths), stage.rows, "empty, or not an image")
        steps = (step,) if step.rows_in != step.rows_out else ()
        note = f"{self.name}: {stage.rows:,} images"
        return Opened(stage.table(engine), steps, (note,), ("path", "sha256"))

    def _batches(self, engine: "Engine") -> "Iterator[pa.Table]":
        import pyarrow as pa

        schema = pa.schema([(name, pa.string()) for name in _COLUMNS])
        yield schema.empty_table()
        for start in range(0, len(self.paths), _BATCH_ROWS):
            rows = []
            for path in filter(_is_image, self.paths[start : start + _BATCH_ROWS]):
                label = path.parent.name if path.parent != self.folder else None
                digest = keep_file(path, engine.scratch)
                rows.append({"path": self._below(path), "sha256": digest, "label": label})
            yield pa.Table.from_pylist(rows, schema=schema)

    def _below(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def find_images(spec: str) -> ImageSource | None:
    """Find the images of a folder.

    Args:
        spec: the folder.

    Returns:
        None where it holds none.
    """
    folder = Path(spec).expanduser()
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    seen = [p for p in found if not any(n.startswith(".") for n in p.relative_to(folder).parts)]
    return ImageSource(folder, tuple(seen), spec) if seen else None


def _is_image(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(8).startswith(_BEGINNINGS)

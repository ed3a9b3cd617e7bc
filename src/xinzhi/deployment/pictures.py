"""Image files as the rows of a source: one column, their paths."""

from collections.abc import Iterator
from pathlib import Path

from xinzhi.data.images import SUFFIXES
from xinzhi.deployment.chunks import Chunk, Source
from xinzhi.errors import DataError


def shows_images(path: Path) -> bool:
    """Whether it is an image by its name, or a folder.

    Args:
        path: what was asked about.
    """
    return path.is_dir() or path.suffix.lower() in SUFFIXES


def open_images(path: Path, *, chunk_rows: int) -> Source:
    """Give the paths of an image, or of all images in a folder and below it, sorted.

    Args:
        path: of either.
        chunk_rows: images of a chunk, at most.

    Raises:
        DataError: there is none.
    """
    import pyarrow as pa

    found = [path] if path.is_file() else []
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
    if not found:
        raise DataError(f"input must be an image or a folder of images, {path} holds none")
    schema = pa.schema([("path", pa.string())])

    def chunks() -> Iterator[Chunk]:
        seen = 0
        for some in _batched(found, chunk_rows):
            seen += len(some)
            yield Chunk(pa.table({"path": list(map(str, some))}, schema=schema), seen / len(found))

    return Source(schema, chunks)


def _batched(paths: list[Path], size: int) -> Iterator[list[Path]]:
    for start in range(0, len(paths), size):
        yield paths[start : start + size]

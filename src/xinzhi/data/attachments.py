"""Files that belong to rows: images and arrays, kept under their SHA-256 beside the tables."""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from xinzhi.data.checksums import checksum

FILES = "files"  # of the engine's folder, and of a snapshot's


def keep_file(path: Path, scratch: Path) -> str:
    """Keep a file beside the rows.

    Args:
        path: the file.
        scratch: the engine's folder.

    Returns:
        Its SHA-256, which is what it is called there.
    """
    digest = checksum(path)
    kept = _place(digest, scratch)
    if not kept.exists():
        shutil.copyfile(path, kept)
    return digest


def keep_bytes(content: bytes, scratch: Path) -> str:
    """Keep bytes beside the rows.

    Args:
        content: of the file.
        scratch: the engine's folder.

    Returns:
        Their SHA-256, which is what the file is called there.
    """
    digest = hashlib.sha256(content).hexdigest()
    kept = _place(digest, scratch)
    if not kept.exists():
        kept.write_bytes(content)
    return digest


def needed(scratch: Path, tables: Iterable[Path]) -> Path | None:
    """Give the folder of the files that rows still name, without those of rows that were dropped.

    Args:
        scratch: the engine's folder.
        tables: Parquet files with all rows that stay.

    Returns:
        None where no source kept a file.
    """
    folder = scratch / FILES
    if not folder.is_dir():
        return None
    kept = {file.name for file in folder.iterdir()}
    named: set[str] = set()
    for table in tables:
        named |= kept & _words(table)
    for name in kept - named:
        (folder / name).unlink()
    return folder


def _words(table: Path) -> set[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.read_schema(table)
    words: set[str] = set()
    for field in schema:
        if field.type == pa.string():
            words.update(pq.read_table(table, columns=[field.name])[0].unique().to_pylist())
    return words


def _place(digest: str, scratch: Path) -> Path:
    folder = scratch / FILES
    folder.mkdir(exist_ok=True)
    return folder / digest

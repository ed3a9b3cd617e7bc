"""Frozen rows: Parquet per split and a manifest, written at once or not at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from xinzhi.config.project import cache_folder
from xinzhi.data.records import require_columns
from xinzhi.data.replacing import replacing, sync
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

SPLITS = ("train", "val", "test")
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Snapshot:
    """Rows of a data set as they are trained on.

    Attributes:
        folder: holds `train.parquet`, `val.parquet`, `test.parquet` and `manifest.json`.
        name: of the data set.
        digest: 32 hexadecimal digits over the content, whatever the order of the rows.
        manifest: how this came to be: declaration, sources, steps, counts, classes.
    """

    folder: Path
    name: str
    digest: str
    manifest: dict[str, Any]

    def table(self, split: str, columns: Sequence[str] | None = None) -> "pa.Table":
        """Open a split: the text or features, `label`, `row` (a stable key) and the extra columns.

        The rows stay on the disk: what is read comes into memory, and processes share it.

        Args:
            split: train, val or test.
            columns: the ones that are wanted; all by default.

        Raises:
            DataError: there is no such split or column.
        """
        from xinzhi.data.mapped import opened

        if split not in SPLITS:
            raise DataError(f"a split is one of {', '.join(SPLITS)}, was {split!r}")
        table = opened(self.folder, split)
        if columns is None:
            return table
        require_columns(table.column_names, columns, f"snapshot {self.folder.name}")
        return table.select(list(columns))

    def order(self, split: str) -> str:
        """Name the rows of a split in their order, for what is kept of them row by row.

        The digest is of the rows in any order.

        Args:
            split: train, val or test.
        """
        hashed = hashlib.sha256()
        for chunk in self.table(split, ["row"])["row"].chunks:
            hashed.update(chunk.to_numpy())
        return hashed.hexdigest()[:32]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows each split has."""
        return dict(self.manifest["counts"])

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels of the training rows, sorted."""
        return tuple(self.manifest["classes"])

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The columns of the source that make up the text, in the order of joining."""
        declared = self.manifest.get("declaration", {}).get("text", "text")
        return (declared,) if isinstance(declared, str) else tuple(declared or ())

    @property
    def multilabel(self) -> bool:
        """Whether a row may carry several labels."""
        return str(self.manifest["columns"].get("label")).startswith("list")

    @property
    def source(self) -> str:
        """Where the rows come from, in one line."""
        return "; ".join(f"{part['split']}: {part['name']}" for part in self.manifest["sources"])

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know before trusting a number on these rows."""
        return tuple(self.manifest["warnings"])

    def report(self) -> str:
        """Draw the table of cleaning steps, the counts, and the warnings."""
        from xinzhi.data.report import render

        return render(self.name, self.digest, self.manifest)


def snapshots_folder() -> Path:
    """Give the folder that holds all snapshots."""
    return cache_folder() / "snapshots"


def find(inputs: str) -> Snapshot | None:
    """Find the snapshot that was made from the same inputs.

    Args:
        inputs: a digest of declaration and sources.
    """
    record = snapshots_folder() / "inputs" / f"{inputs}.json"
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        folder = snapshots_folder() / content["folder"]
        if not (folder / _MANIFEST).exists():
            return None
    except (OSError, ValueError, KeyError):
        return None
    manifest = content["manifest"]
    return Snapshot(folder, manifest["name"], manifest["digest"], manifest)


def stored() -> list[Snapshot]:
    """List the snapshots there are, the newest first."""
    found = []
    for path in snapshots_folder().glob(f"*/{_MANIFEST}"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        found.append((path.stat().st_mtime, path.parent, manifest))
    found.sort(key=lambda entry: entry[0], reverse=True)
    return [Snapshot(folder, m["name"], m["digest"], m) for _, folder, m in found]


def write(
    parts: Mapping[str, "pa.Table | Path"], manifest: dict[str, Any], *, inputs: str
) -> Snapshot:
    """Freeze rows; a process that is killed at any moment leaves no half snapshot.

    Args:
        parts: one per split, and perhaps `quarantine`: a table, or a Parquet file that is moved;
            or `files`: a folder that is moved.
        manifest: with name and digest.
        inputs: the digest by which `find` finds it again.

    Raises:
        DataError: the cache folder cannot be written.
    """
    from filelock import FileLock

    root = snapshots_folder()
    folder = root / f"{manifest['name']}-{manifest['digest'][:12]}"
    try:
        (root / "inputs").mkdir(parents=True, exist_ok=True)
        with FileLock(root / ".lock"):
            for stale in root.glob(".new-*"):  # whoever wrote it is dead: we hold the lock
                shutil.rmtree(stale, ignore_errors=True)
            if not (folder / _MANIFEST).exists():
                _write_folder(folder, parts, manifest)
            made = Snapshot(folder, manifest["name"], manifest["digest"], manifest)
            remember(made, inputs)
    except OSError as error:
        raise DataError(
            f"the snapshot must be written under {root}, which failed: {error}",
            mend="free some room, or XINZHI_CACHE=/another/folder",
        ) from error
    return made


def _write_folder(
    folder: Path, parts: Mapping[str, "pa.Table | Path"], manifest: dict[str, Any]
) -> None:
    import pyarrow.parquet as pq

    fresh = folder.parent / f".new-{uuid4().hex[:12]}"
    fresh.mkdir()
    try:
        for name, part in parts.items():
            if isinstance(part, Path) and part.is_dir():
                shutil.move(part, fresh / name)
                os.sync()
                continue
            path = fresh / f"{name}.parquet"
            if isinstance(part, Path):
                shutil.move(part, path)
            else:
                pq.write_table(part, path, compression="zstd")
            sync(path)
        # written last, so its existence means the snapshot is complete
        _write_text(fresh / _MANIFEST, manifest, indent=1)
        sync(fresh)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
        sync(folder.parent)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def remember(made: Snapshot, inputs: str) -> None:
    """Let `find` find a snapshot.

    Args:
        made: it is complete.
        inputs: the digest of what it was made from.
    """
    record = {"folder": made.folder.name, "manifest": made.manifest}
    _write_text(made.folder.parent / "inputs" / f"{inputs}.json", record)


def _write_text(path: Path, content: Mapping[str, Any], indent: int | None = None) -> None:
    with replacing(path, durable=True) as fresh:
        fresh.write_text(json.dumps(content, ensure_ascii=False, indent=indent), encoding="utf-8")

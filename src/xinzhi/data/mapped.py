"""Parquet files once more as Arrow files, which are read where they lie and decoded never."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.data.replacing import once

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 65_536  # of a batch


def opened(folder: Path, split: str) -> "pa.Table":
    """Open a split of a snapshot, mapped into memory.

    The Arrow file is made when it is first asked for. It may be removed at any time.

    Args:
        folder: of the snapshot.
        split: train, val or test.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / f"{split}.arrow"
    if not path.exists():
        try:
            source = folder / f"{split}.parquet"
            once(path, partial(_write, source), lock=folder / ".arrow.lock")
        except OSError:  # a folder that cannot be written, or a disk that is full
            return pq.read_table(folder / f"{split}.parquet", memory_map=True)
    with pa.memory_map(str(path)) as mapped:
        return pa.ipc.open_file(mapped).read_all()


def _write(source: Path, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with (
        pq.ParquetFile(source) as read,
        pa.OSFile(str(path), "wb") as sink,
        pa.ipc.new_file(sink, read.schema_arrow) as writer,
    ):
        for batch in read.iter_batches(batch_size=_ROWS):
            writer.write_batch(batch)

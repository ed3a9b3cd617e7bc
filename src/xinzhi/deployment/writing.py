"""Writes tables chunk by chunk into a file that appears when it is complete."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from xinzhi.errors import DataError, XinzhiError

if TYPE_CHECKING:
    import pyarrow as pa

VECTORS = "embedding"  # the column that holds one vector per row


class Sink(Protocol):
    """What rows are written to."""

    def write(self, table: "pa.Table") -> None:
        """Write these rows after those before."""

    def close(self) -> None:
        """Write what ends the file."""


@contextmanager
def open_sink(path: Path, schema: "pa.Schema", *, codec: str = "utf-8") -> Iterator[Sink]:
    """A sink for the form that the path ends with; the file is there once the block has ended well.

    Args:
        path: the file to make or replace.
        schema: its columns.
        codec: for delimited files.

    Yields:
        The sink.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with _explaining(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = unfinished.open("w+b")
        with stream:
            sink = SINKS[path.suffix.lower()](stream, schema, codec)
            yield _Explained(sink, path)
            with _explaining(path):
                sink.close()
                stream.flush()
                os.fsync(stream.fileno())
        with _explaining(path):
            unfinished.replace(path)
    finally:
        with suppress(OSError):  # its folder may never have been made
            unfinished.unlink(missing_ok=True)


class OutputError(XinzhiError, OSError):
    """A file that could not be written."""


@contextmanager
def _explaining(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"output must be a file that can be written, {path} could not be: "
            f"{error.strerror or error}; what was there is as it was",
            mend="free some room, or choose another place: output=…",
        ) from error


class _Explained:
    """A sink whose file system may be full."""

    def __init__(self, sink: Sink, path: Path) -> None:
        self.sink, self.path = sink, path

    def write(self, table: "pa.Table") -> None:
        with _explaining(self.path):
            self.sink.write(table)

    def close(self) -> None:
        with _explaining(self.path):
            self.sink.close()


def check_form(path: Path, *, vectors: bool) -> None:
    """Refuse a file whose form cannot hold what is to be written.

    Args:
        path: the file to write.
        vectors: whether rows carry a vector.

    Raises:
        DataError: it cannot.
    """
    forms = (".parquet", ".npy", ".jsonl") if vectors else tuple(f for f in SINKS if f != ".npy")
    if path.suffix.lower() not in forms:
        what = "output of vectors" if vectors else "output"
        raise DataError(f"{what} must end with one of {', '.join(forms)}, was {path.name}")


class _Delimited:
    def __init__(self, stream: IO[bytes], schema: "pa.Schema", codec: str, delimiter: str) -> None:
        import io

        self.text = io.TextIOWrapper(stream, encoding=codec, newline="", write_through=True)
        self.writer = csv.writer(self.text, delimiter=delimiter, lineterminator="\n")
        self.writer.writerow(schema.names)

    def write(self, table: "pa.Table") -> None:
        columns = (map(_cell, column.to_pylist()) for column in table.columns)
        self.writer.writerows(zip(*columns, strict=True))

    def close(self) -> None:
        self.text.flush()
        self.text.detach()  # the binary stream is closed by who opened it


class _Lines:
    def __init__(self, stream: IO[bytes], _schema: "pa.Schema", _codec: str) -> None:
        self.stream = stream

    def write(self, table: "pa.Table") -> None:
        for row in table.to_pylist():
            self.stream.write(json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n")

    def close(self) -> None:
        """Nothing ends such a file."""


class _Parquet:
    def __init__(self, stream: IO[bytes], schema: "pa.Schema", _codec: str) -> None:
        import pyarrow.parquet as pq

        self.writer = pq.ParquetWriter(stream, schema, compression="zstd")

    def write(self, table: "pa.Table") -> None:
        self.writer.write_table(table)

    def close(self) -> None:
        self.writer.close()


class _Array:
    """The vectors alone as a NumPy array; its header names the length, which the end tells."""

    def __init__(self, stream: IO[bytes], schema: "pa.Schema", _codec: str) -> None:
        self.stream = stream
        self.width, self.rows = schema.field(VECTORS).type.list_size, 0
        self._header()

    def write(self, table: "pa.Table") -> None:
        import numpy as np

        flat = table[VECTORS].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        self.stream.write(np.ascontiguousarray(flat, dtype="<f4").tobytes())
        self.rows += len(table)

    def close(self) -> None:
        self.stream.seek(0)
        self._header()
        self.stream.seek(0, os.SEEK_END)

    def _header(self) -> None:
        from numpy.lib import format as npy

        # NumPy pads the header so that the first dimension may grow in place
        shape = {"descr": "<f4", "fortran_order": False, "shape": (self.rows, self.width)}
        npy.write_array_header_1_0(self.stream, shape)


def _cell(value: Any) -> Any:  # noqa: ANN401 - any value of a table
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


def _csv(stream: IO[bytes], schema: "pa.Schema", codec: str) -> Sink:
    return _Delimited(stream, schema, codec, ",")


def _tsv(stream: IO[bytes], schema: "pa.Schema", codec: str) -> Sink:
    return _Delimited(stream, schema, codec, "\t")


SINKS: dict[str, Callable[[IO[bytes], "pa.Schema", str], Sink]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _Lines,
    ".parquet": _Parquet,
    ".npy": _Array,
}

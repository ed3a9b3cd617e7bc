"""Reads NumPy archives row by row, without pickle; what is larger than a vector stays a file."""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from xinzhi.data.attachments import keep_bytes
from xinzhi.data.records import require_columns
from xinzhi.data.staging import Reading
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

ARRAYS = (".npz", ".npy")
_BATCH_BYTES = 1 << 24
_ONLY = "values"  # the column of a .npy without fields


class _Member(NamedTuple):
    """An array whose rows are about to be read."""

    name: str
    stream: IO[bytes]
    rows: int
    row_shape: tuple[int, ...]
    dtype: "np.dtype[Any]"


def read_arrays(path: Path, wanted: Sequence[str] | None, scratch: Path) -> Reading:
    """Read the arrays of a .npz or .npy as columns; all have as many rows as the first axis.

    Numbers and texts become cells, vectors lists, and each row of a larger array a .npy file that
    is named by its SHA-256, which is the cell.

    Args:
        path: the file.
        wanted: the columns to read; None means all.
        scratch: the engine's folder, which takes the rows of larger arrays.
    """
    return Reading("NumPy", lambda: _complete(path, _batches(path, wanted, scratch)))


def _complete(path: Path, batches: "Iterator[pa.Table]") -> "Iterator[pa.Table]":
    """Give what is read.

    Yields:
        Rows.

    Raises:
        DataError: the file is cut.
    """
    try:
        yield from batches
    except DataError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError) as error:
        raise DataError(f"{path} must be a complete NumPy file: {error}") from error


def _batches(path: Path, wanted: Sequence[str] | None, scratch: Path) -> "Iterator[pa.Table]":
    """Give the rows of all arrays side by side.

    Yields:
        Rows.

    Raises:
        DataError: its arrays have unequal lengths.
    """
    import pyarrow as pa

    with ExitStack() as stack:
        members = _members(path, stack)
        names = [name for member in members for name in member.dtype.names or (member.name,)]
        require_columns(names, wanted or (), str(path))
        chosen = names if wanted is None else list(dict.fromkeys(wanted))
        members = [m for m in members if {m.name, *(m.dtype.names or ())} & set(chosen)]
        if len({member.rows for member in members}) != 1:
            said = ", ".join(f"{member.name} {member.rows:,}" for member in members)
            raise DataError(f"{path}: all arrays must have equally many rows, have {said}")
        row_bytes = max(sum(map(_row_bytes, members)), 1)
        total, step = members[0].rows, max(_BATCH_BYTES // row_bytes, 1)
        for start in [*range(0, total, step)] or [0]:
            count = min(step, total - start)
            columns: dict[str, pa.Array] = {}
            for member in members:
                columns |= _columns(member, _read(member, count, path), scratch)
            yield pa.table(columns).select(chosen)


def _members(path: Path, stack: ExitStack) -> list[_Member]:
    """The arrays, their headers read.

    Raises:
        DataError: there is none.
    """
    if path.suffix.lower() == ".npy":
        return [_header(path, _ONLY, stack.enter_context(path.open("rb")))]
    archive = stack.enter_context(zipfile.ZipFile(path))
    inside = [name for name in archive.namelist() if name.endswith(".npy")]
    if not inside:
        raise DataError(f"{path} must hold arrays, it holds none")
    found = []
    for name in inside:
        stream = stack.enter_context(archive.open(name))
        found.append(_header(path, name.removesuffix(".npy"), stream))
    return found


def _header(path: Path, name: str, stream: IO[bytes]) -> _Member:
    """Read what comes before the values.

    Raises:
        DataError: the array holds Python objects, or has no rows.
    """
    import numpy as np

    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else (
        np.lib.format.read_array_header_2_0)  # fmt: skip
    shape, fortran, dtype = read(stream)
    if dtype.hasobject:
        raise DataError(
            f"{path}: the array {name!r} holds Python objects, which only pickle reads, and "
            "pickle may run code",
            mend="save plain arrays: numbers, texts of a fixed width, one array per column",
        )
    if not shape:
        raise DataError(f"{path}: the array {name!r} must have rows, it is a single value")
    if fortran and len(shape) > 1:  # written column by column: to be turned in memory
        whole = np.frombuffer(stream.read(), dtype, int(np.prod(shape))).reshape(shape, order="F")
        stream = io.BytesIO(np.ascontiguousarray(whole).tobytes())
    return _Member(name, stream, shape[0], shape[1:], dtype)


def _row_bytes(member: _Member) -> int:
    import numpy as np

    return int(np.prod(member.row_shape, dtype=np.int64)) * member.dtype.itemsize


def _read(member: _Member, rows: int, path: Path) -> "np.ndarray[Any, Any]":
    """Read the next rows of an array.

    Raises:
        DataError: the file ends before.
    """
    import numpy as np

    size = rows * _row_bytes(member)
    raw = member.stream.read(size)
    if len(raw) < size:
        raise DataError(f"{path} must be a complete NumPy file: {member.name!r} ends too early")
    return np.frombuffer(raw, member.dtype).reshape((rows, *member.row_shape))


def _columns(member: _Member, rows: "np.ndarray[Any, Any]", scratch: Path) -> "dict[str, pa.Array]":
    if rows.dtype.names:
        return {name: _column(rows[name], scratch) for name in rows.dtype.names}
    return {member.name: _column(rows, scratch)}


def _column(rows: "np.ndarray[Any, Any]", scratch: Path) -> "pa.Array":
    import numpy as np
    import pyarrow as pa

    native = rows.astype(rows.dtype.newbyteorder("="))
    if native.dtype.kind == "S":
        native = np.char.decode(native, "utf-8")
    if native.ndim == 1:
        return pa.array(native.tolist() if native.dtype.kind == "U" else native)
    if native.ndim == 2:
        return pa.array(native.tolist() if native.dtype.kind == "U" else list(native))
    little = rows.astype(rows.dtype.newbyteorder("<"))
    return pa.array([keep_array(row, scratch) for row in little], pa.string())


def keep_array(row: "np.ndarray[Any, Any]", scratch: Path) -> str:
    """Keep one array as a .npy file that is named by its SHA-256.

    Args:
        row: the array.
        scratch: the engine's folder.
    """
    return keep_bytes(npy(row), scratch)


def npy(values: "np.ndarray[Any, Any]") -> bytes:
    """Give the content of a .npy file, the same on every machine.

    Args:
        values: an array without Python objects.
    """
    import numpy as np

    held = io.BytesIO()
    np.lib.format.write_array(held, np.ascontiguousarray(values), (1, 0), allow_pickle=False)
    return held.getvalue()

"""What a reader finds in the files of a package."""

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from xinzhi.data.records import Step

if TYPE_CHECKING:
    import pyarrow as pa


class Held(NamedTuple):
    """What an archive's files hold.

    Attributes:
        rows: one column per column of the source.
        steps: what the reader left out.
        extras: columns that go on into the snapshot beside those that were wanted.
        files: contents that the rows name by their SHA-256.
        notes: what a person should know about the reading.
    """

    rows: "pa.Table"
    steps: tuple[Step, ...] = ()
    extras: tuple[str, ...] = ()
    files: tuple[bytes, ...] = ()
    notes: tuple[str, ...] = ()


def values_of(held: Held) -> str:
    """Give the SHA-256 of the values, whatever file they came from.

    Args:
        held: columns of numbers and of texts.
    """
    digest = hashlib.sha256()
    for name, column in zip(held.rows.column_names, held.rows.columns, strict=True):
        values = column.to_numpy()
        is_number = values.dtype.kind in "iuf"
        told = values.astype("<f8").tobytes() if is_number else "\n".join(values).encode()
        digest.update(name.encode() + b"\0" + told + b"\0")
    for content in held.files:
        digest.update(content)
    return digest.hexdigest()

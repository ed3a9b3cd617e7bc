"""Frames of strings → Arrow tables in an order of their own, and a digest of their content."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from xinzhi.data.hashing import content_hash

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import pyarrow as pa


def table(frame: "pd.DataFrame") -> "pa.Table":
    """Give every row its stable key and sort by it.

    Args:
        frame: columns `text`, `label` and others.

    Returns:
        `text`, `label` (a string or a list), `row`, then the others; the same rows in any order
        give the same table.
    """
    import pyarrow as pa

    labels = frame["label"].tolist()
    many = any(isinstance(label, tuple) for label in labels)
    keys = [_row_key(*row) for row in zip(frame["text"].tolist(), labels, strict=True)]
    columns = {
        "text": pa.array(frame["text"].tolist(), pa.string()),
        "label": pa.array(labels, pa.list_(pa.string()) if many else pa.string()),
        "row": pa.array(keys, pa.int64()),
    }
    for name in frame.columns:
        if name not in columns:
            columns[name] = _array(frame[name])
    made = pa.table({name: _plain(column) for name, column in columns.items()})
    return made.sort_by("row")


def _array(column: "pd.Series[Any]") -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc

    if getattr(column.dtype, "tz", None) is None:
        return pa.array(column, from_pandas=True)
    moments = pa.array(column.dt.tz_convert(None), from_pandas=True)
    return pc.assume_timezone(moments, "UTC")


def _plain(column: "pa.Array") -> "pa.Array":
    import pyarrow as pa

    return column.cast(pa.string()) if pa.types.is_large_string(column.type) else column


def _row_key(text: str, label: str | tuple[str, ...]) -> int:
    labels = (label,) if isinstance(label, str) else label
    return int.from_bytes(content_hash([text, *labels]), "little") >> 1  # fits a signed integer


def digest(tables: "Mapping[str, pa.Table]") -> str:
    """Hash the content of the splits; the order of rows makes no difference.

    Args:
        tables: one per split.

    Returns:
        32 hexadecimal digits.
    """
    whole = hashlib.sha256()
    for split, rows in sorted(tables.items()):
        columns = sorted(rows.column_names)
        whole.update(content_hash([split, *columns], size_bytes=16))
        values = (rows.column(name).to_pylist() for name in columns)
        hashes = [
            content_hash(map(_canonical, row), size_bytes=16) for row in zip(*values, strict=True)
        ]
        whole.update(b"".join(sorted(hashes)))
    return whole.hexdigest()[:32]


def _canonical(value: object) -> str:
    """Write a value so that equal ones of a type are written alike.

    >>> _canonical(None), _canonical("a"), _canonical(["b", "a"]), _canonical(-0.0)
    ('null', 's:a', 'l:2:s:b|s:a', 'f:0.0')
    """
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"s:{value}"
    if isinstance(value, list):
        return f"l:{len(value)}:" + "|".join(map(_canonical, value))
    if isinstance(value, float):
        return f"f:{value + 0.0!r}"
    if isinstance(value, datetime):
        return f"t:{value.isoformat()}"
    return f"{type(value).__name__}:{value}"

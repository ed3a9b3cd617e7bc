"""Rows as they are written: their columns, a key and a place for each, and a digest of them all."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

from xinzhi.data import portable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import ibis

    from xinzhi.data.rows import Rows

_WHOLE = ("whole_first", "whole_second")


def full(rows: "Rows") -> "ibis.Table":
    """Join what steps worked on with the columns that they left alone.

    Args:
        rows: of one part.

    Returns:
        `id`, the record, `label`, `time`, `group`, `key` where there are such, the extras.
    """
    narrow = rows.narrow
    changed = [name for name in ("id", "first", "second", "label") if name in narrow.columns]
    names = [*rows.record, *rows.roles, *rows.extras]
    return narrow.select(*changed).inner_join(rows.wide.select("id", *names), "id")


def frozen(rows: "Rows") -> "ibis.Table":
    """Give every row its key, and the hash that its place goes by.

    The key is of record and label. The hash is of all columns, in the order of their names.

    Args:
        rows: of one part.

    Returns:
        The record, `label`, `row`, then the others, then the hash.
    """
    table, engine = full(rows), rows.engine
    told = [table.first, table.second, *([table.label] if rows.labelled else [])]
    keys = portable.lanes(portable.together(told, engine), engine)
    table = table.mutate(row=keys.first, rest=keys.second)
    others = [*rows.roles, *rows.extras]
    whole = portable.Lanes(table.row, table.rest)
    if others:
        named = [table[name] for name in sorted(others)]
        whole = portable.lanes(portable.together([table.row, table.rest, *named], engine), engine)
    label = ["label"] if rows.labelled else []
    return table.select(
        *rows.record, *label, "row", *others, **dict(zip(_WHOLE, whole, strict=True))
    )


def write(rows: "Rows", path: "Path") -> None:
    """Write a part in an order that its content gives.

    Args:
        rows: of the part.
        path: of the Parquet file.
    """
    table = frozen(rows)
    rows.engine.write(table.order_by(["row", *_WHOLE]).drop(*_WHOLE), path)


def digest(parts: "Mapping[str, Rows]") -> str:
    """Hash the content of the parts; neither the order of rows nor the engine makes a difference.

    Each row's hash is of typed canonical values. Hashes are added up, so no order is needed.

    Args:
        parts: split → rows.

    Returns:
        32 hexadecimal digits.
    """
    told: dict[str, Any] = {}
    for split, rows in parts.items():
        table = frozen(rows)
        hashed = portable.Lanes(*(table[name] for name in _WHOLE))
        (found,) = rows.engine.rows(table.aggregate(n=table.count(), **portable.sums(hashed)))
        columns = sorted(name for name in table.columns if name not in _WHOLE)
        told[split] = [columns, *(int(found[name] or 0) for name in sorted(found))]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]

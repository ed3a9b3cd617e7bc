"""Rows as they are written: their columns, a key and a place for each, and a digest of them all."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

from xinzhi.data import portable
from xinzhi.data.canonical import together

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import ibis

    from xinzhi.data.engine import Engine
    from xinzhi.data.rows import Rows

_WHOLE = ("whole_first", "whole_second")


def full(rows: "Rows") -> "ibis.Table":
    """Join what steps worked on with the columns that they left alone.

    Args:
        rows: of one part.

    Returns:
        `id`, the record, `label`, `time`, `group`, `key` where there are such, the extras.
    """
    narrow, ours = rows.narrow, ("id", "first", "second", "beside", "label", "row", *_WHOLE)
    changed = [name for name in ours if name in narrow.columns]
    names = [*rows.record, *rows.roles, *rows.extras]
    return narrow.select(*changed).inner_join(rows.wide.select("id", *names), "id")


def keyed(rows: "Rows") -> "Rows":
    """Compute the keys and hashes of rows once; writing them and their digest both need them.

    The key is of record and label, and of features beside a text; where equal rows stay, of all
    columns and a number among equal ones. The hash is of all columns, in the order of their names.

    Args:
        rows: of one part.
    """
    table, engine = full(rows), rows.engine
    told = [table[name] for name in rows.identity]
    keys = portable.lanes(together(told, engine), engine)
    table = table.mutate(row=keys.first, rest=keys.second)
    whole = portable.Lanes(table.row, table.rest)
    if others := sorted([*rows.roles, *rows.extras]):
        named = [table.row, table.rest, *(table[name] for name in others)]
        whole = portable.lanes(together(named, engine), engine)
    if rows.twice:
        table, whole = _numbered(table, whole, engine)
    label = ["label"] if rows.labelled else []
    hashed = dict(zip(_WHOLE, whole, strict=True))
    return rows.only(table.select("id", "first", "second", *label, "row", **hashed))


def _numbered(
    table: "ibis.Table", whole: portable.Lanes, engine: "Engine"
) -> "tuple[ibis.Table, portable.Lanes]":
    """Give rows that are equal in all columns keys of their own."""
    import ibis

    table = table.mutate(**dict(zip(_WHOLE, whole, strict=True)))
    table = table.mutate(nth=ibis.row_number().over(group_by=_WHOLE, order_by="id"))
    told = together([*(table[name] for name in _WHOLE), table.nth], engine)
    keys = portable.lanes(told, engine)
    return table.mutate(row=keys.first), keys


def write(rows: "Rows", path: "Path") -> None:
    """Write a part in an order that its content gives.

    Args:
        rows: of the part, keyed.
        path: of the Parquet file, of the record, `label`, `row`, then the others.
    """
    ordered = full(rows).order_by(["row", *_WHOLE])
    rows.engine.write(ordered.select(*_columns(rows)), path)


def digest(parts: "Mapping[str, Rows]") -> str:
    """Hash the content of the parts; neither the order of rows nor the engine makes a difference.

    Each row's hash is of typed canonical values. Hashes are added up, so no order is needed.

    Args:
        parts: split → rows, keyed.

    Returns:
        32 hexadecimal digits.
    """
    told: dict[str, Any] = {}
    for split, rows in parts.items():
        table = rows.narrow
        hashed = portable.Lanes(*(table[name] for name in _WHOLE))
        (found,) = rows.engine.rows(table.aggregate(n=table.count(), **portable.sums(hashed)))
        told[split] = [sorted(_columns(rows)), *(int(found[name] or 0) for name in sorted(found))]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def _columns(rows: "Rows") -> list[str]:
    return [*rows.record, *(["label"] if rows.labelled else []), "row", *rows.roles, *rows.extras]

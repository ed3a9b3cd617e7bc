"""Rows of a snapshot as a model is asked: their columns called as in the source."""

from typing import TYPE_CHECKING

from xinzhi.data.naming import OURS

if TYPE_CHECKING:
    import pyarrow as pa

    from xinzhi.data.snapshot import Snapshot


def sourced(snapshot: "Snapshot", split: str) -> "pa.Table":
    """Gives what rows were made of, without what they are judged by and found by.

    Args:
        snapshot: of any form.
        split: train, val or test.

    Returns:
        The columns of the record, each under its name in the source; a text that was joined of
        several columns stays `text`.
    """
    table = snapshot.table(split)
    names = [name for name in table.column_names if name == "text" or name not in OURS]
    were = snapshot.manifest.get("renamed") or {}
    return table.select(names).rename_columns([were.get(name, name) for name in names])

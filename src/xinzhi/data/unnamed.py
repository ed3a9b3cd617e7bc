"""Columns without a name: the index of a data frame that was saved along, or a mishap."""

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    import ibis

    from xinzhi.data.engine import Engine

_UNNAMED = re.compile(r"(?:Unnamed: \d+\w*|)\Z")  # as pandas calls them
_INDEX = re.compile(r"__index_level_\d+__\Z")  # as pandas calls an index in Parquet


class Named(NamedTuple):
    """A table of which every column that is an index is gone.

    Attributes:
        table: the rows.
        notes: what was left out.
        warnings: which columns have no name and stay.
    """

    table: "ibis.Table"
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def called(header: "Collection[str]") -> list[str]:
    """Call columns whose header is empty as pandas does.

    >>> called(["", "age", ""])
    ['Unnamed: 0', 'age', 'Unnamed: 2']

    Args:
        header: names as a file has them.
    """
    return [name or f"Unnamed: {place}" for place, name in enumerate(header)]


def without_index(
    table: "ibis.Table", *, keep: "Collection[str]", engine: "Engine", where: str
) -> Named:
    """Leave out unnamed columns that number the rows, and what pandas itself calls an index.

    A column numbers the rows whose values are all whole, none twice and none missing.

    Args:
        table: the rows of a source.
        keep: columns that are declared, and stay.
        engine: where.
        where: the source, for what is told.
    """
    index = [name for name in table.columns if _INDEX.match(name) and name not in keep]
    strange = [n for n in table.columns if n in index or (_UNNAMED.match(n) and n not in keep)]
    if not strange or len(strange) == len(table.columns):
        return Named(table, (), ())
    whole = [name for name in strange if table[name].type().is_integer()]
    different = {f"n{place}": table[name].nunique() for place, name in enumerate(whole)}
    (found,) = engine.rows(table.aggregate(n=table.count(), **different))
    index += [name for place, name in enumerate(whole) if found[f"n{place}"] == found["n"]]
    index = list(dict.fromkeys(index))
    notes = tuple(
        f"{where}: the column {name!r} is the index of a data frame that was saved: left out"
        for name in index
    )
    warnings = tuple(
        f"{where}: the column {name!r} has no name and is learned from; "
        f"'data.ignore=[\"{name}\"]' leaves it out"
        for name in strange
        if name not in index
    )
    return Named(table.drop(*index) if index else table, notes, warnings)

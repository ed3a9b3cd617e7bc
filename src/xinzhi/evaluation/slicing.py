"""Parts of a split that somebody declared: a column's values, a range, a condition, a length.

Shapes: N rows.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xinzhi.config.near import near
from xinzhi.data.records import require_columns
from xinzhi.errors import DataError
from xinzhi.evaluation.masks import (
    Mask,
    between,
    by_edges,
    by_value,
    holds,
    lengths,
    of_values,
    within,
)

if TYPE_CHECKING:
    import pyarrow as pa

_KEYS = ("column", "values", "edges", "from", "to", "where", "words", "characters")
_WAYS = {"where", "words", "characters", "column"}
_WITH: dict[str, set[str]] = {  # what may stand beside each way of saying it
    "where": set(),
    "words": {"column"},
    "characters": {"column"},
    "edges": {"column"},
    "values": {"column"},
    "from": {"column", "to"},
    "to": {"column", "from"},
}
_EXAMPLE = (
    "slices: {channel: {column: channel}, young: {where: age < 30}, amount: {column: amount, edges:"
    " [0, 1000]}, recent: {column: date, from: 2026-01-31}, short: {words: [0, 8]}}"
)


def declared(spec: Mapping[str, Any], table: "pa.Table") -> dict[str, Mask]:
    """Finds the rows of each slice; a row whose value is unknown is in `(missing)` at most.

    By the name of each slice stands one of
        `{column: channel}`: a slice for each value, called `name=value`;
        `{column: channel, values: [web, app]}`: one for these together;
        `{column: amount, edges: [0, 1000]}`: below 0, from 0 to below 1000, from 1000 on;
        `{column: date, from: 2026-01-31, to: 2026-03-01}`: from the first on, below the second;
        `{where: "age < 30 and channel = 'web'"}`: a condition in DuckDB's SQL, which may stand
        there alone;
        `{words: [0, 8]}`, `{characters: [0, 20]}`: lengths, both included, of the text or of a
        `column`; a list has as many words as members.

    Args:
        spec: by the name of the slice.
        table: rows of a snapshot, N of them.

    Returns:
        By name, bool, shape (N,).

    Raises:
        DataError: a declaration cannot be read, or there is no such column.
    """
    found: dict[str, Mask] = {}
    for name, given in spec.items():
        where = f"slices.{name}"
        for label, inside in _slices(str(name), _checked(given, where), table, where).items():
            if label in found:
                raise DataError(f"{where}: there must be one slice called {label!r}, were two")
            found[label] = inside
    return found


def columns(spec: Mapping[str, Any]) -> list[str]:
    """Names the columns that slices go by, as far as they can be read.

    Args:
        spec: by the name of the slice, as `declared` takes it.

    >>> columns({"young": {"where": "age < 30"}, "sex": {"column": "sex"}, "short": {"words": [0]}})
    ['age', 'sex']
    """
    from xinzhi.data.conditions import named_columns, parse

    found: list[str] = []
    for name, given in spec.items():
        kept = {"where": given} if isinstance(given, str) else given
        if not isinstance(kept, Mapping):
            continue  # `declared` says what is wrong with it
        if kept.get("where") is not None:
            found += named_columns([parse(kept["where"], f"slices.{name}")])
        elif isinstance(kept.get("column"), str):
            found.append(kept["column"])
    return list(dict.fromkeys(found))


def _checked(given: object, where: str) -> dict[str, Any]:
    declaration = {"where": given} if isinstance(given, str) else given
    if not isinstance(declaration, Mapping):
        raise DataError(f"{where} must be keys and values, was {given!r}", mend=_EXAMPLE)
    for key in declaration:
        if key not in _KEYS:
            raise DataError(
                f"{where} must have keys among {', '.join(_KEYS)}; had {key!r}",
                candidates=near(str(key), _KEYS),
                mend=_EXAMPLE,
            )
    kept = {key: value for key, value in declaration.items() if value is not None}
    if not set(kept) & _WAYS:
        message = f"{where} must say which rows: by column, where, words or characters"
        raise DataError(message, mend=_EXAMPLE)
    for key, beside in _WITH.items():
        others = set(kept) - beside - {key}
        if key in kept and others:
            raise DataError(f"{where}: {key} must not stand beside {', '.join(sorted(others))}")
    return kept


def _slices(name: str, given: dict[str, Any], table: "pa.Table", where: str) -> dict[str, Mask]:
    if "where" in given:
        return {name: holds(given["where"], table, where)}
    for unit in ("words", "characters"):
        if unit in given:
            return {name: within(lengths(_text(given, table, where), unit), given[unit], where)}
    require_columns(table.column_names, [given["column"]], where)
    column = table[given["column"]]
    if "edges" in given:
        return by_edges(name, column, given["edges"], where)
    if "values" in given:
        return {name: of_values(column, given["values"], where)}
    if "from" in given or "to" in given:
        return {name: between(column, given.get("from"), given.get("to"), where)}
    return by_value(name, column, where)


def _text(given: dict[str, Any], table: "pa.Table", where: str) -> "pa.ChunkedArray":
    there = [name for name in ("text", "tokens") if name in table.column_names]
    name = given.get("column") or (there[0] if there else "text")
    require_columns(table.column_names, [name], where)
    return table[name]

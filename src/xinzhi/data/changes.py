"""Which rows of a snapshot another one has too, has elsewhere, labels otherwise, or lacks."""

# ruff: noqa: S608 - columns are asked for by aliases of our own, and paths are quoted

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data.querying import Column, columns, every_row
from xinzhi.data.snapshot import SPLITS

if TYPE_CHECKING:
    import duckdb

_SHOWN = 3
_MOST_PAIRS = 10
_NO_RECORD = {"label", "row"}


class Changes(NamedTuple):
    """What became of the rows between two snapshots; equal rows are told apart by their number.

    So that for the rows before: unchanged + moved + relabelled + removed, and for those after:
    unchanged + moved + relabelled + added.

    Attributes:
        unchanged: in the same split under the same label, by split.
        added: whose record was not there before, by split.
        removed: whose record is not there any more, by the split that they were in.
        relabelled: the same record under another label, by the split that they are in now.
        moved: the same record and label in another split, by `from → to`.
        labels: the most frequent changes of a label: before, after, rows.
        examples: a few of each kind: kind, record, label before, label after.
    """

    unchanged: dict[str, int]
    added: dict[str, int]
    removed: dict[str, int]
    relabelled: dict[str, int]
    moved: dict[str, int]
    labels: list[tuple[str, str, int]]
    examples: list[dict[str, Any]]


def changes(con: "duckdb.DuckDBPyConnection", before: Path, after: Path) -> Changes:
    """Compare the rows of two snapshots.

    A record is the text, where both have one, else the columns that both have. It is compared by
    128 bits of it, so that the rows themselves need not fit into memory. Snapshots without a column
    in common have no row in common: all rows before were removed, all rows after are added.

    Args:
        con: open.
        before: folder of a snapshot.
        after: folder of another.
    """
    record = _record(columns(before), columns(after))
    if not record:
        return _apart(con, before, after)
    for name, folder, place in (("old", before, 0), ("new", after, 1)):
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {_keyed(folder, record, place)}")
        counted = "SELECT r, l, s, count(*) AS n FROM {} GROUP BY r, l, s"
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name}_counts AS {counted.format(name)}")
    con.execute(_PAIRED)
    return Changes(
        unchanged=_by_split(con, "SELECT s, sum(least(a.n, b.n)) FROM old_counts a "
                                 "JOIN new_counts b USING (r, l, s) GROUP BY s"),
        added=_by_split(con, "SELECT sb, count(*) FROM paired WHERE sa IS NULL GROUP BY sb"),
        removed=_by_split(con, "SELECT sa, count(*) FROM paired WHERE sb IS NULL GROUP BY sa"),
        relabelled=_by_split(con, "SELECT sb, count(*) FROM paired WHERE la <> lb GROUP BY sb"),
        moved=_moved(con),
        labels=_labels(con),
        examples=[one for kind, where in _KINDS.items() for one in _examples(con, kind, where)],
    )  # fmt: skip


def _apart(con: "duckdb.DuckDBPyConnection", before: Path, after: Path) -> Changes:
    removed, added = (_counts(con, folder) for folder in (before, after))
    return Changes({}, added, removed, {}, {}, [], [])


def _counts(con: "duckdb.DuckDBPyConnection", folder: Path) -> dict[str, int]:
    asked = f"SELECT split, count(*) FROM {every_row(folder)} GROUP BY split"
    found = dict(con.execute(asked).fetchall())
    return {split: int(found[split]) for split in SPLITS if split in found}


_KINDS = {
    "added": "sa IS NULL",
    "removed": "sb IS NULL",
    "relabelled": "la <> lb",
    "moved": "la = lb",
}
# What is not equal in record, label and split is paired first by record and label, then by record.
_PAIRED = """
CREATE OR REPLACE TEMP TABLE rest AS
  SELECT r, l, s, is_old, unnest(range(abs(d))) AS i FROM (
    SELECT r, l, s, coalesce(a.n, 0) - coalesce(b.n, 0) AS d, d > 0 AS is_old
    FROM old_counts a FULL JOIN new_counts b USING (r, l, s) WHERE d <> 0);
CREATE OR REPLACE TEMP TABLE moves AS
  WITH k AS (SELECT *, row_number() OVER (PARTITION BY r, l, is_old ORDER BY s) AS k FROM rest)
  SELECT r, l, a.s AS sa, b.s AS sb FROM (SELECT * FROM k WHERE is_old) a
    FULL JOIN (SELECT * FROM k WHERE NOT is_old) b USING (r, l, k);
CREATE OR REPLACE TEMP TABLE paired AS
  WITH k AS (
    SELECT r, l, coalesce(sa, sb) AS s, sb IS NULL AS is_old,
      row_number() OVER (PARTITION BY r, sb IS NULL ORDER BY l, s) AS k
    FROM moves WHERE sa IS NULL OR sb IS NULL)
  SELECT r, a.l AS la, b.l AS lb, a.s AS sa, b.s AS sb FROM (SELECT * FROM k WHERE is_old) a
    FULL JOIN (SELECT * FROM k WHERE NOT is_old) b USING (r, k)
  UNION ALL
  SELECT r, l, l, sa, sb FROM moves WHERE sa IS NOT NULL AND sb IS NOT NULL;
DROP TABLE rest; DROP TABLE moves;
"""


def _record(old: tuple[Column, ...], new: tuple[Column, ...]) -> list[tuple[Column, Column]]:
    named = {column.name: column for column in new}
    both = [(column, named[column.name]) for column in old if column.name in named]
    texts = [pair for pair in both if pair[0].name == "text"]
    return texts or [pair for pair in both if pair[0].name not in _NO_RECORD]


def _keyed(folder: Path, record: list[tuple[Column, Column]], place: int) -> str:
    """Write the SQL of `r`, the record; `l`, its label; `s`, its split; and both as text."""
    parts = ", ".join(_comparable(pair[place], pair[1 - place]) for pair in record)
    shown = parts if len(record) == 1 else f"to_json([{parts}])::VARCHAR"
    pairs = [pair[place] for pair in record]
    label = next((c for c in columns(folder) if c.name == "label"), None)
    named = _label(label) if label else "NULL"
    split = " ".join(f"WHEN '{name}' THEN {i}" for i, name in enumerate(SPLITS))
    return (
        f"SELECT coalesce(md5_number({shown}), 0) AS r, coalesce(hash({named}), 0) AS l, "
        f"(CASE split {split} END)::UTINYINT AS s, {_legible(pairs)} AS record, {named} AS label "
        f"FROM {every_row(folder)}"
    )


def _legible(record: list[Column]) -> str:
    """Write a record for a person: what columns hold under their names, lists without marks."""
    cells = [
        f"coalesce(array_to_string({column.alias}::VARCHAR[], ' '), '')" if column.kind == "list"
        else f"coalesce({column.alias}::VARCHAR, '')"
        for column in record
    ]  # fmt: skip
    if len(cells) == 1:
        return cells[0]
    names = [column.name.replace("'", "''") for column in record]
    parts = (f"'{name}=' || {cell}" for name, cell in zip(names, cells, strict=True))
    return f"concat_ws(', ', {', '.join(parts)})"


def _label(column: Column) -> str:
    if column.kind == "list":
        return f"array_to_string(list_sort({column.alias}), ' | ')"
    return f"{column.alias}::VARCHAR"


def _comparable(column: Column, other: Column) -> str:
    """Write a value as text that is equal where the values are, whatever their types."""
    if {column.kind, other.kind} == {"number"}:
        exact = column.type == other.type and not column.type.startswith(("float", "double"))
        # a sum with 0 makes -0.0 equal to 0.0
        return f"{column.alias}::VARCHAR" if exact else f"({column.alias}::DOUBLE + 0)::VARCHAR"
    if {column.kind, other.kind} == {"moment"}:
        return f"epoch_us({column.alias})::VARCHAR"
    if column.kind in {"list", "other"}:
        return f"to_json({column.alias})::VARCHAR"
    return f"{column.alias}::VARCHAR"


def _by_split(con: "duckdb.DuckDBPyConnection", asked: str) -> dict[str, int]:
    found = {SPLITS[place]: int(n) for place, n in con.execute(asked).fetchall()}
    return {split: found[split] for split in SPLITS if split in found}


def _moved(con: "duckdb.DuckDBPyConnection") -> dict[str, int]:
    found = con.execute(
        "SELECT sa, sb, count(*) FROM paired WHERE la = lb GROUP BY sa, sb ORDER BY sa, sb"
    ).fetchall()
    return {f"{SPLITS[sa]} → {SPLITS[sb]}": int(n) for sa, sb, n in found}


def _labels(con: "duckdb.DuckDBPyConnection") -> list[tuple[str, str, int]]:
    """Give the most frequent changes of a label; names are looked up for these alone."""
    found = con.execute(
        "SELECT la, lb, count(*) AS n FROM paired WHERE la <> lb GROUP BY la, lb "
        f"ORDER BY n DESC, la, lb LIMIT {_MOST_PAIRS}"
    ).fetchall()
    names = _label_names(con, {label for pair in found for label in pair[:2]})
    named = [(names[la], names[lb], int(n)) for la, lb, n in found]
    return sorted(named, key=lambda one: (-one[2], one[0], one[1]))


def _label_names(con: "duckdb.DuckDBPyConnection", wanted: set[int]) -> dict[int, str]:
    if not wanted:
        return {}
    listed = ", ".join(map(str, sorted(wanted)))
    return {
        key: "" if name is None else str(name)
        for key, name in con.execute(
            f"SELECT l, any_value(label) FROM (SELECT l, label FROM old WHERE l IN ({listed}) "
            f"UNION ALL SELECT l, label FROM new WHERE l IN ({listed})) GROUP BY l"
        ).fetchall()
    }


def _examples(con: "duckdb.DuckDBPyConnection", kind: str, where: str) -> list[dict[str, Any]]:
    """Give a few rows of a kind, the same ones each time."""
    found = con.execute(
        f"SELECT r, la, lb, sa, sb FROM paired WHERE {where} ORDER BY r, la, lb LIMIT {_SHOWN}"
    ).fetchall()
    if not found:
        return []
    listed = ", ".join(str(r) for r, *_ in found)
    side = "old" if kind == "removed" else "new"
    records = dict(
        con.execute(
            f"SELECT r, any_value(record) FROM {side} WHERE r IN ({listed}) GROUP BY r"
        ).fetchall()
    )
    names = _label_names(con, {label for _, la, lb, _, _ in found for label in (la, lb)} - {None})
    return [
        {
            "kind": kind,
            "record": records[r],
            "before": _at(names, la, sa),
            "after": _at(names, lb, sb),
        }
        for r, la, lb, sa, sb in found
    ]


def _at(names: dict[int, str], label: int | None, split: int | None) -> dict[str, str] | None:
    if split is None or label is None:
        return None
    return {"split": SPLITS[split], "label": names[label]}

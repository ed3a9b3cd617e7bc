"""Rows on an engine: the wide table, computed once, and the narrow one that steps work on."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis

    from xinzhi.data.engine import Engine

KEPT = ""  # the state of a row that no rule has put aside


class Rows(NamedTuple):
    """Rows of one source.

    Attributes:
        engine: where they are.
        wide: all columns, with `id`, `first` and `second` (a hash of the record), `beside` (a hash
            of the features beside a text) and `state` (the rule that put the row aside).
        narrow: `id`, `first`, `second`, and those of beside, label, time, group, key, draw that
            there are.
        record: the columns of the wide table that are learned from.
        extras: further columns that go into the snapshot.
        many: whether a row carries a list of labels.
        number: whether the label is a number.
        twice: whether equal rows stay.
        sources: column of record and extras → its name in the source.
        label: the label's name in the source.
    """

    engine: "Engine"
    wide: "ibis.Table"
    narrow: "ibis.Table"
    record: tuple[str, ...]
    extras: tuple[str, ...]
    many: bool
    number: bool = False
    twice: bool = False
    sources: "Mapping[str, str]" = MappingProxyType({})
    label: str | None = None

    @property
    def labelled(self) -> bool:
        """Whether there is a label."""
        return "label" in self.wide.columns

    @property
    def classed(self) -> bool:
        """Whether the label is a class, or several."""
        return self.labelled and not self.number

    @property
    def renamed(self) -> dict[str, str]:
        """The columns of record and extras that had to be called otherwise → what they were."""
        return {name: source for name, source in self.sources.items() if name != source}

    @property
    def identity(self) -> list[str]:
        """The narrow columns in which equal rows are equal."""
        return ["first", "second", *self.beside, *(["label"] if self.labelled else [])]

    @property
    def beside(self) -> list[str]:
        """The narrow column that tells equal texts with other features apart, if there is one."""
        return ["beside"] if "beside" in self.narrow.columns else []

    @property
    def roles(self) -> list[str]:
        """The columns that say when, whose and which a row is."""
        return [name for name in ("time", "group", "key") if name in self.wide.columns]

    def size(self) -> int:
        """Count the rows that are left."""
        return self.engine.count(self.narrow)

    def only(self, narrow: "ibis.Table") -> "Rows":
        """Go on with other narrow rows, which are computed now.

        Args:
            narrow: an expression over this one's.
        """
        return self._replace(narrow=self.engine.keep(narrow))

    def first_ids(self, narrow: "ibis.Table", n: int = 3) -> list[int]:
        """Name a few rows, whatever the engine the same ones.

        Args:
            narrow: some of the rows.
            n: how many.
        """
        named = narrow.order_by(["first", "second"]).select("id").limit(n)
        return [row["id"] for row in self.engine.rows(named)]

    def shown(self, ids: "Sequence[int]") -> dict[int, dict[str, Any]]:
        """Fetch the records and labels of a few rows.

        Args:
            ids: theirs.
        """
        if not ids:
            return {}
        columns = ["id", *self.record, *(["label"] if self.labelled else [])]
        found = self.wide.filter(self.wide.id.isin(list(ids))).select(*columns)
        return {row.pop("id"): row for row in self.engine.rows(found)}


def counts(rows: Rows) -> "ibis.Table":
    """Count the rows of every label: columns `label` and `n`.

    Args:
        rows: labelled; a row with several labels counts for each.
    """
    return counted(rows.narrow, many=rows.many)


def counted(table: "ibis.Table", *, many: bool) -> "ibis.Table":
    """Count the rows of every label of a table: columns `label` and `n`.

    Args:
        table: with a column `label`.
        many: whether it holds lists.
    """
    label = table.label.unnest() if many else table.label
    flat = table.select(label=label)
    return flat.group_by("label").aggregate(n=flat.count())

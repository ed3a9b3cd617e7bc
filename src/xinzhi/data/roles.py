"""Gives the columns of a source their roles: text or features, label, time, group, key."""

from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data import portable, typed_columns
from xinzhi.data.canonical import together
from xinzhi.data.moments import moments
from xinzhi.data.naming import stored_names
from xinzhi.data.records import require_columns
from xinzhi.data.rows import KEPT, Rows
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis

    from xinzhi.data.engine import Engine


class Roles(NamedTuple):
    """Which column is what.

    Attributes:
        text: one column or several, joined by a line break; none where the record is a table's row.
        label: the column of the class; None where nothing is to be foretold.
        time: when the row came to be.
        group: what must not be on two sides of a split.
        key: what names the row for ever.
        multilabel: the separator between several labels in one cell.
        features: columns of the record, or beside the text where there is one; None means all
            others, and none beside a text.
        ignore: columns that must not be used.
        unicode: the form that strings are brought into: none, nfc or nfkc.
        number: whether the label is a number.
        twice: whether equal rows stay.
        series: what names the series of which a row is a step.
        numbered: whether numbered columns are the steps of a series.
    """

    text: tuple[str, ...]
    label: str | None
    time: str | None = None
    group: str | None = None
    key: str | None = None
    multilabel: str | None = None
    features: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    unicode: str = "none"
    number: bool = False
    twice: bool = False
    series: str | None = None
    numbered: bool = False

    @property
    def single(self) -> tuple[str, ...]:
        """The columns of label, time, group and key."""
        return tuple(filter(None, (self.label, self.time, self.group, self.key)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the source that are named."""
        named = [*self.text, *(self.features or ()), *self.single, *filter(None, [self.series])]
        return tuple(dict.fromkeys(named))

    @property
    def strings(self) -> frozenset[str]:
        """The columns that are read as strings, whatever they hold; a time keeps its type."""
        label = None if self.number else self.label
        named = (label, self.group, self.key, self.series)
        return frozenset([*self.text, *filter(None, named)])

    def record(self, there: "Sequence[str]") -> tuple[str, ...]:
        """Give the columns that make up the record.

        Args:
            there: the names that the source has.
        """
        if self.text:
            return self.text
        if self.features is not None:
            return self.features
        others = {*self.single, *self.ignore, self.series}
        return tuple(name for name in there if name not in others)

    def settled(self, there: "Sequence[str]") -> "Roles":
        """Name the columns of the record, so that val and test give the same ones as train.

        Args:
            there: the names that train has.
        """
        return self if self.text else self._replace(features=self.record(there))

    @property
    def learned(self) -> tuple[str, ...]:
        """The columns that are learned from as they are; text columns are not among them."""
        return self.features or ()

    @property
    def beside(self) -> tuple[str, ...]:
        """The columns that are learned from beside a text."""
        return (self.features or ()) if self.text else ()


def assign(
    table: "ibis.Table",
    roles: Roles,
    *,
    engine: "Engine",
    where: str,
    extras: "Sequence[str]" = (),
    draw_seed: int | None = None,
) -> Rows:
    """Rename columns by their role; what is empty becomes NULL; every row gets a number and a hash.

    Args:
        table: as a source opened it.
        roles: which column is what.
        engine: where the table is.
        where: the source, for messages.
        extras: further columns that go into the snapshot.
        draw_seed: gives each record a draw, where a split or a limit goes by chance.

    Raises:
        DataError: a column is not there, or no column is left to learn from.
    """
    record = roles.record(table.columns)
    require_columns(list(table.columns), [*record, *roles.columns, *extras], where)
    if not record:
        raise DataError(f"{where} must have a column to learn from beside label and roles")
    known = {*record, *roles.single}
    beside = [n for n in dict.fromkeys([*roles.beside, *extras]) if n not in known]
    learned = [*roles.beside, *(() if roles.text else record)]
    stored = stored_names([*learned, *(name for name in beside if name not in learned)])
    made = {
        name: typed_columns.feature(table[source], roles.unicode, engine)
        if source in learned
        else typed_columns.plain(table[source])
        for source, name in stored.items()
    }
    if roles.text:
        made["text"] = typed_columns.text(table, roles.text, roles.unicode, engine)
    names = ("text",) if roles.text else tuple(stored[name] for name in record)
    wide = table.select(**made, **_roles(table, roles, engine, where))
    wide = _hashed(wide, names, draw_seed, engine)
    if roles.beside:  # equal texts with other features beside them are other rows
        told = together([wide[stored[name]] for name in roles.beside], engine)
        wide = wide.mutate(beside=portable.lanes(told, engine).first)
    wide = engine.number(wide)
    singles = ("beside", "label", "time", "group", "key", "draw")
    small = ["id", "first", "second", *(name for name in singles if name in wide.columns)]
    narrow = engine.keep(wide.filter(wide.state == KEPT).select(*small))
    return Rows(
        engine,
        wide,
        narrow,
        names,
        tuple(name for name in stored.values() if name not in names),
        bool(roles.multilabel),
        roles.number,
        roles.twice,
        {name: source for source, name in stored.items()},
        roles.label,
    )


def _hashed(
    wide: "ibis.Table", record: "Sequence[str]", draw_seed: int | None, engine: "Engine"
) -> "ibis.Table":
    """Add the hash of the record, its state, and its draw."""
    is_text = list(record) == ["text"]
    told = wide.text if is_text else together([wide[n] for n in record], engine)
    wide = wide.mutate(**portable.lanes(told, engine)._asdict(), state=_state(wide, record))
    if draw_seed is None:
        return wide
    drawn = wide.text if is_text else _hash_text(wide)
    return wide.mutate(draw=portable.drawn(drawn, draw_seed, engine))


def _hash_text(wide: "ibis.Table") -> Any:  # noqa: ANN401 - an Ibis column
    return wide.first.cast("string") + "." + wide.second.cast("string")


def _roles(table: "ibis.Table", roles: Roles, engine: "Engine", where: str) -> dict[str, Any]:
    made = {}
    if roles.label:
        label = table[roles.label]
        if roles.number:
            made["label"] = typed_columns.number(label, roles.label, where)
        elif roles.multilabel:
            made["label"] = typed_columns.several(label, roles.multilabel, engine)
        else:
            made["label"] = typed_columns.single(label, roles.label, engine, where)
    if roles.time:
        made["time"] = moments(table, roles.time, engine=engine, where=where)
    for role, column in (("group", roles.group), ("key", roles.key)):
        if column:
            made[role] = typed_columns.single(table[column], column, engine, where)
    return made


def _state(wide: "ibis.Table", record: "Sequence[str]") -> Any:  # noqa: ANN401
    import ibis

    empty = ibis.and_(*(wide[name].isnull() for name in record))
    rules = [(empty, "empty")]
    needed = {"label": "unlabelled", "time": "no time", "group": "no group"}
    rules += [(wide[n].isnull(), state) for n, state in needed.items() if n in wide.columns]
    return ibis.cases(*rules, else_=KEPT)

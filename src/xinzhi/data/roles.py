"""Gives the columns of a source their roles: text or features, label, time, group, key."""

from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data import portable
from xinzhi.data.moments import moments
from xinzhi.data.records import require_columns
from xinzhi.data.rows import KEPT, Rows
from xinzhi.data.texts import SEPARATOR
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis

    from xinzhi.data.engine import Engine

_OURS = ("row", "id", "first", "second", "state", "draw", "label", "time", "group", "key")


class Roles(NamedTuple):
    """Which column is what.

    Attributes:
        text: one column or several, joined by a line break; none where the record is a table's row.
        label: the column of the class; None where nothing is to be foretold.
        time: when the row came to be.
        group: what must not be on two sides of a split.
        key: what names the row for ever.
        multilabel: the separator between several labels in one cell.
        features: columns of the record where there is no text; None means all others.
        ignore: columns that must not be used.
        unicode: the form that strings are brought into: none, nfc or nfkc.
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

    @property
    def single(self) -> tuple[str, ...]:
        """The columns of label, time, group and key."""
        return tuple(filter(None, (self.label, self.time, self.group, self.key)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the source that are named."""
        return tuple(dict.fromkeys([*self.text, *(self.features or ()), *self.single]))

    @property
    def strings(self) -> frozenset[str]:
        """The columns that are read as strings, whatever they hold; a time keeps its type."""
        return frozenset([*self.text, *filter(None, (self.label, self.group, self.key))])

    def record(self, there: "Sequence[str]") -> tuple[str, ...]:
        """Give the columns that make up the record.

        Args:
            there: the names that the source has.
        """
        if self.text or self.features is not None:
            return self.text or self.features or ()
        return tuple(name for name in there if name not in {*self.single, *self.ignore})


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
    """
    record = roles.record(table.columns)
    require_columns(list(table.columns), [*roles.columns, *extras], where)
    made = _record(table, roles, record, engine, where)
    names = tuple(made)
    made |= _roles(table, roles, engine, where)
    if clash := [name for name in extras if name in made or name in _OURS]:
        extras = [name for name in extras if name not in clash]
    made |= {name: _plain(table[name]) for name in extras}
    wide = table.select(**made)
    told = wide.text if roles.text else portable.together([wide[n] for n in names], engine)
    hashed = portable.lanes(told, engine)
    wide = wide.mutate(**hashed._asdict(), state=_state(wide, names))
    if draw_seed is not None:
        drawn = wide.text if roles.text else _hash_text(wide)
        wide = wide.mutate(draw=portable.drawn(drawn, draw_seed, engine))
    wide = engine.number(wide)
    singles = ("label", "time", "group", "key", "draw")
    small = ["id", "first", "second", *(name for name in singles if name in wide.columns)]
    narrow = engine.keep(wide.filter(wide.state == KEPT).select(*small))
    return Rows(engine, wide, narrow, names, tuple(extras), bool(roles.multilabel))


def _hash_text(wide: "ibis.Table") -> Any:  # noqa: ANN401 - an Ibis column
    return wide.first.cast("string") + "." + wide.second.cast("string")


def _record(
    table: "ibis.Table", roles: Roles, record: "Sequence[str]", engine: "Engine", where: str
) -> dict[str, Any]:
    if roles.text:
        return {"text": _text(table, roles, engine)}
    if not record:
        raise DataError(f"{where} must have a column to learn from beside label and roles")
    if clash := [name for name in record if name in _OURS]:
        raise DataError(
            f"{where}: the name of a feature must not be one of {', '.join(_OURS)}, "
            f"was {clash[0]!r}",
            mend="rename the column, or name it in data.ignore",
        )
    cleaned = {}
    for name in record:
        column = _plain(table[name])
        if column.type().is_string():
            column = portable.normalised(column, roles.unicode, engine)
            column = portable.unless_empty(portable.trimmed(column, engine))
        cleaned[name] = column
    return cleaned


def _plain(column: Any) -> Any:  # noqa: ANN401 - an Ibis column
    """Give a column one of the types that both engines have, and 0.0 for -0.0."""
    import ibis

    kind = column.type()
    if kind.is_unsigned_integer():
        return column.cast("int64")
    if kind.is_floating():
        return ibis.ifelse(column == 0, ibis.literal(0.0).cast(kind), column)
    return column


def _text(table: "ibis.Table", roles: Roles, engine: "Engine") -> Any:  # noqa: ANN401
    import ibis

    parts = []
    for name in roles.text:
        text = portable.normalised(table[name].cast("string"), roles.unicode, engine)
        parts.append(portable.unless_empty(portable.trimmed(text, engine)))
    if len(parts) == 1:
        return parts[0]
    return portable.unless_empty(ibis.literal(SEPARATOR).join(parts))


def _roles(table: "ibis.Table", roles: Roles, engine: "Engine", where: str) -> dict[str, Any]:
    made = {}
    if roles.label:
        label = table[roles.label]
        made["label"] = (
            _labels(label, roles.multilabel, engine)
            if roles.multilabel
            else _single(label, roles.label, engine, where)
        )
    if roles.time:
        made["time"] = moments(table, roles.time, engine=engine, where=where)
    for role, column in (("group", roles.group), ("key", roles.key)):
        if column:
            made[role] = _single(table[column], column, engine, where)
    return made


def _single(column: Any, name: str, engine: "Engine", where: str) -> Any:  # noqa: ANN401
    if column.type().is_array():
        raise DataError(
            f"{where}: column {name!r} must hold one value a row, it holds lists",
            mend="data.multilabel='|' if it is the label and a row has several",
        )
    return portable.unless_empty(portable.trimmed(column.cast("string"), engine))


def _labels(label: Any, separator: str, engine: "Engine") -> Any:  # noqa: ANN401
    """Give the sorted distinct labels of a cell, or NULL where it has none."""
    is_list = label.type().is_array()
    parts = label if is_list else portable.parts(label.cast("string"), separator, engine)
    stripped = parts.map(lambda part: portable.trimmed(part.cast("string"), engine))
    named = stripped.filter(lambda part: part.notnull() & (part != "")).unique().sort()
    return (named.length() > 0).ifelse(named, None)


def _state(wide: "ibis.Table", record: "Sequence[str]") -> Any:  # noqa: ANN401
    import ibis

    empty = ibis.and_(*(wide[name].isnull() for name in record))
    rules = [(empty, "empty")]
    needed = {"label": "unlabelled", "time": "no time", "group": "no group"}
    rules += [(wide[n].isnull(), state) for n, state in needed.items() if n in wide.columns]
    return ibis.cases(*rules, else_=KEPT)

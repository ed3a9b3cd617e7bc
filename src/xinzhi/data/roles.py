"""Gives the columns of a source their roles: text, label, time, group, key."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data.records import Records, require_columns
from xinzhi.data.texts import joined
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


class Roles(NamedTuple):
    """Which column is what.

    Attributes:
        text: one column or several, joined by a line break.
        label: the column of the class.
        time: when the row came to be.
        group: what must not be on two sides of a split.
        key: what names the row for ever.
        multilabel: the separator between several labels in one cell.
    """

    text: tuple[str, ...]
    label: str
    time: str | None = None
    group: str | None = None
    key: str | None = None
    multilabel: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the source that are needed."""
        single = (self.label, self.time, self.group, self.key)
        return tuple(dict.fromkeys([*self.text, *filter(None, single)]))


def assign(records: Records, roles: Roles, *, where: str) -> "pd.DataFrame":
    """Rename columns by their role; what is empty becomes missing.

    Args:
        records: as a reader gave them.
        roles: which column is what.
        where: the source, for messages.

    Returns:
        Columns `text`, `label`, those of time, group and key that have a role, and the extras.
    """
    import pandas as pd

    source = records.frame
    require_columns(list(map(str, source.columns)), roles.columns, where)
    frame = pd.DataFrame({"text": _text(source, roles.text)})
    label = source[roles.label]
    many = roles.multilabel
    frame["label"] = _label_sets(label, many) if many else _stripped(label)
    if roles.time:
        frame["time"] = _times(_stripped(source[roles.time]), where, roles.time)
    for role, column in (("group", roles.group), ("key", roles.key)):
        if column:
            frame[role] = _stripped(source[column])
    for column in records.extras:
        frame[column] = source[column]
    return frame


def _stripped(column: "pd.Series[Any]") -> "pd.Series[Any]":
    import pandas as pd

    stripped = column.astype("string").str.strip()
    return stripped.mask(stripped == "", pd.NA)


def _text(source: "pd.DataFrame", columns: Sequence[str]) -> "pd.Series[Any]":
    import pandas as pd

    if len(columns) == 1:
        return _stripped(source[columns[0]])
    parts = [_stripped(source[column]).fillna("").tolist() for column in columns]
    texts = [joined(row) for row in zip(*parts, strict=True)]
    return _stripped(pd.Series(texts, index=source.index, dtype="string"))


def _label_sets(column: "pd.Series[Any]", separator: str) -> "pd.Series[Any]":
    def split(cell: object) -> tuple[str, ...] | None:
        parts = cell.split(separator) if isinstance(cell, str) else cell
        if not isinstance(parts, list):
            return None
        return tuple(sorted({part.strip() for part in parts} - {""})) or None

    return column.astype(object).map(split)


def _times(column: "pd.Series[Any]", where: str, name: str) -> "pd.Series[Any]":
    """Read times, or numbers that grow with time.

    Raises:
        DataError: a cell holds neither.
    """
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce")
    if column.notna().any() and numbers.notna().sum() == column.notna().sum():
        return numbers.astype("Float64")
    times = pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True)
    if times.notna().sum() < column.notna().sum():
        times = times.fillna(pd.to_datetime(column, errors="coerce", format="mixed", utc=True))
    unread = column[column.notna() & times.isna()]
    if len(unread):
        raise DataError(
            f"{where}: column {name!r} must hold dates or times, {len(unread):,} rows do not, "
            f"such as {unread.iloc[0]!r}",
            mend="write them as 2024-01-31 or 2024-01-31T13:45:00",
        )
    return times

"""What every reader gives: rows under their source's own column names, and how they were read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.config.near import near
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


class Step(NamedTuple):
    """One line of the table that says what became of the rows.

    Attributes:
        step: what was done.
        rows_in: how many rows came.
        rows_out: how many went on.
        why: what made a row stay behind.
    """

    step: str
    rows_in: int
    rows_out: int
    why: str


class Table(NamedTuple):
    """What a file holds.

    Attributes:
        columns: the wanted ones; a cell is a string, a list of strings, or missing.
        form: how the file was read, for a person.
    """

    columns: dict[str, list[Any]]
    form: str


@dataclass(frozen=True)
class Records:
    """Rows as they were read.

    Attributes:
        frame: one column of strings or missing values per column of the source.
        steps: what the reader left out.
        notes: what a person should know about the reading, such as an encoding.
        extras: columns that go on into the snapshot beside text and label.
    """

    frame: "pd.DataFrame"
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()


def require_columns(there: Sequence[str], wanted: Iterable[str], where: str) -> None:
    """Refuse a source that lacks a column.

    Args:
        there: the names that the source has.
        wanted: the names that it must have.
        where: the source, for the message.

    Raises:
        DataError: names the missing column, the near match and the columns there are.
    """
    for name in wanted:
        if name in there:
            continue
        shown = ", ".join(there[:40]) + (" …" if len(there) > 40 else "")
        raise DataError(
            f"{where} must have a column {name!r}; its columns: {shown}",
            candidates=near(name.strip(), there),
        )

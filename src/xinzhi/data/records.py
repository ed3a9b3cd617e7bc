"""What every step tells of the rows, and what a source without a column is told."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from xinzhi.config.near import near
from xinzhi.errors import DataError


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

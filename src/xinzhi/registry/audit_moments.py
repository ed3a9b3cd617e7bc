"""Moments as a person names them: a day, or a time of it, in UTC unless it says otherwise."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from xinzhi.errors import ConfigError


class Span(NamedTuple):
    """From one moment up to another, both as receipts write them.

    Attributes:
        begin: of a day, its first moment; else the moment itself.
        end: of a day, its last moment; else the moment itself.
    """

    begin: str
    end: str


def span(at: str) -> Span:
    """The moments that a text means.

    Args:
        at: `2026-11-22`, `2026-11-22T08:00`, `2026-11-22 08:00:30+01:00`.

    Raises:
        ConfigError: it is none.

    >>> span("2026-11-22")
    Span(begin='2026-11-22T00:00:00.000Z', end='2026-11-22T23:59:59.999Z')
    >>> span("2026-11-22 09:00+01:00").begin
    '2026-11-22T08:00:00.000Z'
    """
    try:
        found = datetime.fromisoformat(at.strip())
    except ValueError as error:
        raise ConfigError(
            f"at= must be a day or a moment, such as 2026-11-22 or 2026-11-22T08:00, was {at!r}"
        ) from error
    whole_day = found.tzinfo is None and ":" not in at
    found = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    last = found + timedelta(days=1, milliseconds=-1) if whole_day else found
    return Span(_written(found), _written(last))


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

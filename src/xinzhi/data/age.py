"""How old a snapshot is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def created(folder: Path, manifest: Mapping[str, Any]) -> datetime:
    """Tell when a snapshot was frozen, by its manifest or by the date of that file.

    Args:
        folder: of the snapshot.
        manifest: of the snapshot; those of older versions name no time.
    """
    told = manifest.get("created")
    if told:
        when = datetime.fromisoformat(str(told))
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    return datetime.fromtimestamp((folder / "manifest.json").stat().st_mtime, UTC)


def in_words(when: datetime, now: datetime | None = None) -> str:
    """Say how long ago something was.

    Args:
        when: with a time zone.
        now: the present by default.

    >>> in_words(datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 3, tzinfo=UTC))
    '2 days ago'
    """
    seconds = ((now or datetime.now(UTC)) - when).total_seconds()
    for unit, length_s in _UNITS:
        if seconds >= length_s:
            number = int(seconds // length_s)
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return "just now"

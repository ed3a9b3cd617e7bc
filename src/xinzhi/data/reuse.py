"""Whether a snapshot that is there already will do, and how old it is."""

from typing import TYPE_CHECKING, Any

from xinzhi.data import snapshot
from xinzhi.data.opened import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinzhi.data.opened import Source
    from xinzhi.data.snapshot import Snapshot

_refreshed: set[str] = set()  # a sweep reads a database once, so that all its runs see the same


def there(inputs: str, sources: "Iterable[Source]", *, refresh: bool) -> "Snapshot | None":
    """Find the snapshot that was made from the same inputs, if it will do.

    Args:
        inputs: the digest of declaration and sources.
        sources: of the declaration.
        refresh: whether databases are to be read again.
    """
    again = refresh and inputs not in _refreshed and any(map(_changes_unseen, sources))
    return None if again else snapshot.find(inputs)


def done(made: "Snapshot", inputs: str, anywhere: str) -> None:
    """Remember that a snapshot was made in this process.

    Args:
        made: it.
        inputs: the digest of declaration and sources.
        anywhere: the same without the databases' addresses. Where a variable is not set, as on a
            machine that only trains, what was made last is found by it.
    """
    _refreshed.add(inputs)
    if anywhere != inputs:
        snapshot.remember(made, anywhere)


def unaddressed(mark: Any) -> Any:  # noqa: ANN401 - JSON
    """Give the fingerprints of sources without where databases are.

    Args:
        mark: a fingerprint, or several in a mapping.
    """
    if not isinstance(mark, dict):
        return mark
    return {name: unaddressed(part) for name, part in mark.items() if name != ADDRESS}


def age(found: "Snapshot", sources: "Iterable[Source]") -> str | None:
    """Say how old rows of a database are.

    Args:
        found: the snapshot that is used.
        sources: of the declaration.
    """
    if not any(map(_changes_unseen, sources)):
        return None
    from xinzhi.data.age import created, in_words

    when = in_words(created(found.folder, found.manifest))
    return f"{found.name} was read from its database {when}; refresh=true reads it again"


def _changes_unseen(source: "Source") -> bool:
    return bool(getattr(source, "is_live", False))

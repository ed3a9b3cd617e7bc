"""Which snapshot a word means: a name, a folder's name, or the beginning of a digest."""

import re

from xinzhi.config.near import near
from xinzhi.data import snapshot
from xinzhi.data.snapshot import Snapshot
from xinzhi.errors import DataError

_EARLIER = re.compile(r"(?P<name>.+)~(?P<back>\d+)\Z")
_SHORTEST = 4  # digits of a digest


def resolve(reference: str) -> Snapshot:
    """Find a snapshot.

    Args:
        reference: `tickets` for the newest of that name, `tickets~1` for the one before it, the
            folder's name `tickets-3e079089b85c` or its beginning, or that of the digest.

    Raises:
        DataError: there is none, or more than one.
    """
    there = snapshot.stored()  # the newest first
    asked = reference.removeprefix("package:")
    earlier = _EARLIER.match(asked)
    name, back = (earlier["name"], int(earlier["back"])) if earlier else (asked, 0)
    of_name = [one for one in there if one.name == name]
    if len(of_name) > back:
        return of_name[back]
    if of_name:
        raise DataError(
            f"there must be {back + 1} snapshots of {name}, there are {len(of_name)}",
            candidates=[one.folder.name for one in of_name],
        )
    if exact := [one for one in there if one.folder.name == asked]:
        return exact[0]
    begun = [one for one in there if _begins(one, asked)]
    if len(begun) == 1:
        return begun[0]
    if begun:
        raise DataError(
            f"{reference} must name one snapshot, it is the beginning of {len(begun)}",
            candidates=[one.folder.name for one in begun],
        )
    names = list(dict.fromkeys(one.name for one in there))
    raise DataError(
        f"there is no snapshot {reference}",
        candidates=near(asked, names) or names,
        mend="xinzhi data list",
    )


def _begins(one: Snapshot, asked: str) -> bool:
    return one.folder.name.startswith(asked) or (
        len(asked) >= _SHORTEST and one.digest.startswith(asked)
    )

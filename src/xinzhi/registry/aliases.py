"""Where the aliases of a registered model point, and how a decision moves them."""

from collections.abc import Mapping

from xinzhi.registry.registered import Registered
from xinzhi.registry.versions import CHALLENGER, CHAMPION

PREVIOUS = "previous"
# the write of `champion` is the commit: what comes after it can be done again by whoever finds it
ORDER = (CHAMPION, PREVIOUS, CHALLENGER)


def read(registered: Registered, name: str) -> dict[str, int]:
    """The aliases of a model and the versions they point at.

    Args:
        registered: the models of a store.
        name: of the model; one that is not there has none.
    """
    model = registered.model(name)
    return {} if model is None else dict(model.aliases)


def planned(now: Mapping[str, int], wanted: Mapping[str, int | None]) -> dict[str, int | None]:
    """All moves that follow from those that are wanted.

    Whoever was champion is `previous`, unless that is wanted otherwise; a champion is no longer
    challenger.

    Args:
        now: where the aliases point.
        wanted: where some are to point; null: nowhere.

    >>> planned({"champion": 3, "challenger": 4}, {"champion": 4})
    {'champion': 4, 'previous': 3, 'challenger': None}
    """
    moves = dict(wanted)
    champion = moves.get(CHAMPION)
    if champion is not None and PREVIOUS not in moves and now.get(CHAMPION, champion) != champion:
        moves[PREVIOUS] = now[CHAMPION]
    if champion is not None and CHALLENGER not in moves and now.get(CHALLENGER) == champion:
        moves[CHALLENGER] = None
    return moves


def move(registered: Registered, name: str, alias: str, moves: Mapping[str, int | None]) -> None:
    """Makes one of the moves; done again, it changes nothing.

    Args:
        registered: the models of a store.
        name: of the model.
        alias: to move; one that the moves do not name stays.
        moves: all of them.
    """
    if alias not in moves:
        return
    version = moves[alias]
    if version is None:
        # but not a challenger that was registered meanwhile
        if alias != CHALLENGER or read(registered, name).get(alias) == moves.get(CHAMPION):
            registered.remove(name, alias)
    elif alias == CHAMPION or has(registered, name, version):
        registered.point(name, alias, version)


def has(registered: Registered, name: str, version: int) -> bool:
    """Whether a version is there.

    Args:
        registered: the models of a store.
        name: of the model.
        version: that may be deleted by now.
    """
    return version in {one.number for one in registered.versions(name)}

"""Where the aliases of a registered model point in MLflow, read and moved."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from xinzhi.registry.versions import CHALLENGER, CHAMPION
from xinzhi.tracking.store import Store

PREVIOUS = "previous"
# the write of `champion` is the commit: what comes after it can be done again by whoever finds it
ORDER = (CHAMPION, PREVIOUS, CHALLENGER)


class Aliases(Protocol):
    """What reads and moves the aliases of one store."""

    def read(self, name: str) -> dict[str, int]:
        """The aliases of a registered model and the versions they point at."""

    def point(self, name: str, alias: str, version: int) -> None:
        """Lets an alias point at a version."""

    def remove(self, name: str, alias: str) -> None:
        """Takes an alias away; one that is not there is left so."""


class ClientAliases:
    """The aliases as MLflow's client reads and moves them.

    Args:
        store: opened.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, name: str) -> dict[str, int]:
        """The aliases of a registered model and the versions they point at.

        Args:
            name: of the registered model; one that is not there has none.

        Raises:
            MlflowException: the store fails.
        """
        from mlflow.exceptions import MlflowException

        with self._explaining():
            try:
                found = self._store.client.get_registered_model(name).aliases
            except MlflowException as error:
                if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                    raise
                return {}
        return {alias: int(version) for alias, version in found.items()}

    def point(self, name: str, alias: str, version: int) -> None:
        """Lets an alias point at a version.

        Args:
            name: of the registered model.
            alias: any.
            version: that exists.
        """
        with self._explaining():
            self._store.client.set_registered_model_alias(name, alias, str(version))

    def remove(self, name: str, alias: str) -> None:
        """Takes an alias away; one that is not there is left so.

        Args:
            name: of the registered model.
            alias: any.
        """
        with self._explaining():
            self._store.client.delete_registered_model_alias(name, alias)

    def _explaining(self) -> AbstractContextManager[None]:
        return self._store.explaining()


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


def move(aliases: Aliases, name: str, alias: str, moves: Mapping[str, int | None]) -> None:
    """Makes one of the moves; done again, it changes nothing.

    Args:
        aliases: of the store.
        name: of the registered model.
        alias: to move; one that the moves do not name stays.
        moves: all of them.
    """
    if alias not in moves:
        return
    version = moves[alias]
    if version is not None:
        aliases.point(name, alias, version)
    elif alias != CHALLENGER or aliases.read(name).get(alias) == moves.get(CHAMPION):
        aliases.remove(name, alias)  # but not a challenger that was registered meanwhile

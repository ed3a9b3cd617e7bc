"""Steps of a snapshot as a bundle foretells them from rolling origins.

Shapes: N origins, S series.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from xinzhi.data.snapshot import SPLITS
from xinzhi.errors import DataError
from xinzhi.tasks.series_forecasting.panel import Panel, Roles, snapshot_panel
from xinzhi.tasks.series_forecasting.settings import suggested
from xinzhi.tasks.series_forecasting.windows import (
    MOST_ORIGINS,
    Ready,
    Window,
    naive_error,
    read,
    ready,
    some_origins,
)

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot

_CHUNK = 512  # origins that go through a model at once


class Rolling(NamedTuple):
    """Origins of a split.

    Attributes:
        panel: the steps of all splits.
        ready: the same as a network reads them.
        origins: places of the first foretold steps, shape (N,).
        window: L.
        horizon: H.
    """

    panel: Panel
    ready: Ready
    origins: np.ndarray
    window: int
    horizon: int

    def windows(self) -> Iterator[Window]:
        """Reads the windows around the origins, in their order.

        Yields:
            Some hundreds at a time.
        """
        for first in range(0, len(self.origins), _CHUNK):
            some = self.origins[first : first + _CHUNK]
            yield read(self.ready, some, window=self.window, horizon=self.horizon)

    def kept(self, which: np.ndarray) -> "Rolling":
        """Gives some of the origins, bool, shape (N,)."""
        return self._replace(origins=self.origins[which])


def rolling(snapshot: "Snapshot", split: str, roles: Roles, told: Mapping[str, Any]) -> Rolling:
    """Finds the origins of a split as a training does.

    Args:
        snapshot: with `time`.
        split: train, val or test.
        roles: which column is what.
        told: settings of the bundle.

    Raises:
        DataError: the series are too short.
    """
    columns = snapshot.table(split).column_names
    if roles.series and roles.series not in columns and "group" in columns:
        roles = roles._replace(series="group")  # as a snapshot calls the column of the groups
    steps = snapshot_panel(snapshot, roles)
    spans = {"window": int(told["window"]), "horizon": int(told["horizon"])}
    part = SPLITS.index(split)
    at = some_origins(steps, part, **spans, stride=told.get("stride"), most=MOST_ORIGINS)
    if not len(at):
        longest = int(np.diff(steps.offsets).max(initial=0))
        msg = (
            f"a series must have {spans['horizon']} {split} steps after a window of "
            f"{spans['window']}, the longest has {longest} steps in all"
        )
        raise DataError(msg, mend="give the steps before them too")
    made = ready(steps, told["step_s"], told["fitted"], floor=told["floor"], yearly=told["yearly"])
    return Rolling(steps, made, at, **spans)


def naive(steps: Panel, told: Mapping[str, Any]) -> np.ndarray:
    """Gives the error of the seasonal naive forecast on the training steps, shape (S,).

    Bundles of earlier versions do not tell it: there it is computed, of the steps that are given
    where none are of training.

    Args:
        steps: of a snapshot.
        told: settings of the bundle.
    """
    known: Mapping[str, float] = told.get("naive") or {}
    if known and set(steps.names) <= set(known):
        return np.array([known[name] for name in steps.names])
    if not (steps.part == 0).any():
        steps = steps._replace(part=np.zeros_like(steps.part))
    season = told.get("season")
    if not isinstance(season, int):
        spans = {"horizon": int(told["horizon"]), "window": int(told["window"])}
        season = suggested(steps, season=None, **spans).season
    return naive_error(steps, season, fallback=100 * told["floor"])

"""Does an event fall within the next steps? Origins at rest, and whether one follows.

Shapes: N origins, H steps ahead, L steps of history.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from xinzhi.data.snapshot import Snapshot
from xinzhi.errors import DataError
from xinzhi.tasks.series_forecasting.datamodule import OriginBatches, SeriesForecastingData
from xinzhi.tasks.series_forecasting.windows import Level, Window, levelled


class EventBatches(OriginBatches):
    """Origins of a split with whether an event follows; an index is a whole batch of them.

    Args:
        events: whether a step is one, shape (steps,).
        level: what the target is measured from.
        **origins: as of OriginBatches.
    """

    def __init__(self, *, events: np.ndarray, level: Level, **origins: Any) -> None:  # noqa: ANN401
        super().__init__(**origins)
        self.follows = np.asarray(events[self.at[:, None] + np.arange(self.horizon)].any(1))
        self.level = level

    def _example(self, found: Window, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return levelled(found, self.level), self.follows[chosen][:, None]


class EventData(SeriesForecastingData):
    """Histories at rest, cut by time, and whether an event falls within the next steps.

    An event is a step whose target is above a bound: 0.5 for a column of 0 and 1. Origins whose
    last known step is an event are left out: there is nothing to warn of.

    Args:
        snapshot: steps with `time`, split by it.
        target: the column that tells the event; the first feature by default.
        above: the bound.
        series: the column that names a step's series; None where there is one.
        known: columns that are known beforehand.
        horizon: steps within which the event falls.
        window: steps of history; auto takes two horizons or a season.
        season: steps after which the series repeats; auto looks for it.
        stride: steps from one origin to the next; auto is 1 unless there are many.
        max_examples: windows of a batch, at most.
        seed: of the batches' composition and order.
    """

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        snapshot: Snapshot,
        target: str | None = None,
        above: float = 0.5,
        series: str | None = None,
        known: Sequence[str] = (),
        horizon: int | Literal["auto"] = "auto",
        window: int | Literal["auto"] = "auto",
        season: int | Literal["auto"] = "auto",
        stride: int | Literal["auto"] = "auto",
        max_examples: int = 64,
        seed: int = 0,
    ) -> None:
        super().__init__(
            snapshot=snapshot,
            target=target,
            series=series,
            known=known,
            horizon=horizon,
            window=window,
            season=season,
            stride=stride,
            max_examples=max_examples,
            seed=seed,
        )
        self.above = above
        self.events = self.panel.target > above
        values = self.panel.target[self.panel.part == 0]
        self.level = Level(float(np.nanmean(values)), 100 * self.floor)

    def split(self, name: str) -> EventBatches:
        """Gives the origins at rest of train, val or test.

        Raises:
            DataError: no event follows any of them, or one follows all.
        """
        whole = super().split(name)
        at = whole.at[~self.events[whole.at - 1]]
        made = EventBatches(
            ready=self.ready,
            at=at,
            window=self.window,
            horizon=self.horizon,
            events=self.events,
            level=self.level,
            repeats=whole.repeats,
        )
        if not made.follows.any() or made.follows.all():
            share = float(made.follows.mean()) if len(at) else 0.0
            msg = (
                f"events must follow some origins of {name} and not others, with "
                f"{self.roles.target} above {self.above:g} they follow {share:.0%} of {len(at):,}"
            )
            raise DataError(msg, mend="another datamodule.above=, or data.val_fraction=")
        return made

    def model_inputs(self) -> dict[str, int]:
        """Gives what a model of this data may be built from."""
        return self.sizes()


def lead_times(
    at: np.ndarray, alarmed: np.ndarray, events: np.ndarray, *, horizon: int
) -> np.ndarray:
    """Gives how many steps before each event's start the first alarm for it came; 0 for none.

    An alarm at an origin is given when the step before it is known, and is for events that start
    within the horizon. Starts that no origin could warn of are left out.

    Args:
        at: places of the first steps ahead, shape (N,).
        alarmed: whether the origin gives an alarm, shape (N,).
        events: whether a step is one, shape (steps,).
        horizon: H.
    """
    starts = np.flatnonzero(events[1:] & ~events[:-1]) + 1
    found = []
    for start in starts:
        able = (at <= start) & (at > start - horizon)
        if able.any():
            heard = at[able & alarmed]
            found.append(start - heard.min() + 1 if heard.size else 0)
    return np.array(found, dtype=np.int64)

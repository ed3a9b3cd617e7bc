"""Windows around origins: what is known at the first step that is foretold, and what came.

Shapes: B origins, L steps of history, H steps ahead, O observed and K known columns.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from xinzhi.tasks.series_forecasting import calendar
from xinzhi.tasks.series_forecasting.panel import Panel, carried

MOST_ORIGINS = 4000  # of a part that is judged, where no stride was asked for


class Ready(NamedTuple):
    """A panel as a network reads it.

    Attributes:
        target: gaps carried over, shape (N,), float64.
        truth: gaps left, shape (N,), float64.
        observed: standardised, shape (O, N), float32.
        known: calendar and standardised columns, shape (K, N), float32.
        floor: of the deviation within a window.
    """

    target: np.ndarray
    truth: np.ndarray
    observed: np.ndarray
    known: np.ndarray
    floor: float


class TrainingOrigins(NamedTuple):
    """Training windows in the order of time, which a model may look at when it is built.

    Attributes:
        history: shape (N, 1 + O, L).
        known: shape (N, K, L + H).
        targets: shape (N, H).
    """

    history: Tensor
    known: Tensor
    targets: Tensor


class Window(NamedTuple):
    """Inputs, in deviations of the target's history around its mean.

    Attributes:
        history: target and observed columns, shape (B, 1 + O, L), float32.
        known: over history and future, shape (B, K, L + H), float32.
        centre: mean of the target over the history, shape (B,), float64.
        scale: its deviation, shape (B,), float64.
    """

    history: np.ndarray
    known: np.ndarray
    centre: np.ndarray
    scale: np.ndarray


def origins(panel: Panel, part: int, *, window: int, horizon: int, stride: int) -> np.ndarray:
    """Gives the places of first foretold steps whose H steps all lie in a part of the split.

    Args:
        panel: the steps.
        part: 0, 1 or 2 for train, val and test.
        window: L; a history reaches back into earlier parts, never beyond its series.
        horizon: H.
        stride: steps from one origin to the next within a series.
    """
    found = []
    for first, end in zip(panel.offsets[:-1], panel.offsets[1:], strict=True):
        inside = np.flatnonzero(panel.part[first:end] == part)
        if not inside.size:
            continue
        lowest = max(int(inside[0]), window) + first
        highest = int(inside[-1]) + 1 - horizon + first
        # from the end, so that the latest origin is among them
        found.append(np.arange(highest, lowest - 1, -stride)[::-1])
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def some_origins(
    panel: Panel, part: int, *, window: int, horizon: int, stride: int | None, most: int
) -> np.ndarray:
    """Gives origins a stride apart; where none was asked for, so many that there are not too many.

    Args:
        panel: the steps.
        part: 0, 1 or 2 for train, val and test.
        window: L.
        horizon: H.
        stride: steps from one origin to the next; None is 1, unless there are more than `most`.
        most: origins.
    """
    at = origins(panel, part, window=window, horizon=horizon, stride=stride or 1)
    if stride is not None or len(at) <= most:
        return at
    wider = -(-len(at) // most)
    return origins(panel, part, window=window, horizon=horizon, stride=wider)


def read(ready: Ready, at: np.ndarray, *, window: int, horizon: int) -> Window:
    """Copies windows, the target's history turned to mean 0 and deviation 1 in each of them.

    Kim et al., Reversible Instance Normalization, ICLR 2022.

    Args:
        ready: the panel.
        at: places of the first foretold steps, shape (B,).
        window: L.
        horizon: H; the known columns must reach so far.
    """
    back = at[:, None] + np.arange(-window, 0)
    history = ready.target[back]
    centre = history.mean(1)
    scale = np.maximum(history.std(1), ready.floor)
    normal = ((history - centre[:, None]) / scale[:, None])[:, None]
    observed = ready.observed[:, back].transpose(1, 0, 2)
    both = at[:, None] + np.arange(-window, horizon)
    return Window(
        np.concatenate([normal, observed], axis=1).astype(np.float32),
        np.ascontiguousarray(ready.known[:, both].transpose(1, 0, 2), dtype=np.float32),
        centre,
        scale,
    )


class Level(NamedTuple):
    """What the target is measured from: its mean and deviation over training."""

    mean: float
    deviation: float


def levelled(found: Window, level: Level) -> np.ndarray:
    """Gives the history with its level, which an event may depend on, shape (N, 1 + O, L)."""
    raw = found.history[:, 0] * found.scale[:, None] + found.centre[:, None]
    history = found.history.copy()
    history[:, 0] = (raw - level.mean) / level.deviation
    return history


def naive_error(panel: Panel, season: int, *, fallback: float) -> np.ndarray:
    """Gives the mean absolute change over a season within the training steps, shape (S,).

    Args:
        panel: the steps.
        season: steps.
        fallback: for series with less than a season of training steps, or without a change.
    """
    found = np.full(len(panel.names), fallback)
    for index, (first, end) in enumerate(zip(panel.offsets[:-1], panel.offsets[1:], strict=True)):
        values = panel.target[first:end][panel.part[first:end] == 0]
        change = np.abs(values[season:] - values[:-season])
        change = change[np.isfinite(change)]
        if change.size and change.mean() > 0:
            found[index] = change.mean()
    return found


def ready(
    steps: Panel,
    step_s: float,
    fitted: Mapping[str, Sequence[Sequence[float]]],
    *,
    floor: float,
    yearly: bool,
) -> Ready:
    """Fills gaps, standardises columns and adds the calendar.

    Args:
        steps: of any series.
        step_s: seconds between two steps, as in training.
        fitted: mean and deviation of each known and observed column.
        floor: of the target's deviation within a window.
        yearly: whether the time of the year is among the known columns.
    """

    def standard(name: str, values: np.ndarray) -> np.ndarray:
        moments = np.asarray(fitted[name]).reshape(-1, 2)
        filled = np.nan_to_num(carried(values, steps.offsets), nan=0.0)
        scaled: np.ndarray = (filled - moments[:, :1]) / moments[:, 1:]
        return scaled.astype(np.float32)

    days = calendar.features(steps.times, step_s, yearly=yearly)
    return Ready(
        target=np.nan_to_num(carried(steps.target, steps.offsets), nan=0.0),
        truth=steps.target,
        observed=standard("observed", steps.observed),
        known=np.concatenate([days, standard("known", steps.known)]).astype(np.float32),
        floor=floor,
    )

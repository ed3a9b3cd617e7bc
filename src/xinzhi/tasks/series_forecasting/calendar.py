"""What the time of a step says: its place in day, week and year, seasons, and times to come.

Shapes: N steps.
"""

from typing import Any

import numpy as np
import pandas as pd

_DAY_S, _WEEK_S, _YEAR_S = 86_400.0, 604_800.0, 31_556_952.0
_TWO_PI = 2 * np.pi


def is_dated(times: np.ndarray) -> bool:
    """Says whether times are dates, not plain numbers."""
    return bool(np.issubdtype(times.dtype, np.datetime64))


def step_of(times: np.ndarray) -> float:
    """Gives the usual time between two steps: seconds of dates, else the number's own unit."""
    if len(times) < 2:
        return 1.0
    apart = np.diff(times)
    if is_dated(times):
        return float(np.median(apart / np.timedelta64(1, "us")) / 1e6)
    return float(np.median(apart))


def seasons(step_s: float) -> tuple[int, ...]:
    """Gives the steps of a day, a week and a year, as far as they hold at least two.

    Args:
        step_s: seconds between two steps.
    """
    counts = [round(span / step_s) for span in (_DAY_S, _WEEK_S, _YEAR_S)]
    return tuple(sorted({count for count in counts if 2 <= count <= 10_000}))


def features(times: np.ndarray, step_s: float, *, yearly: bool) -> np.ndarray:
    """Gives waves over day and year and the day of the week, shape (features, N), float32.

    Only what differs from step to step is there: nothing of the day where a step is a day, and
    nothing at all where times are plain numbers.

    Args:
        times: of each step.
        step_s: seconds between two steps.
        yearly: whether the training steps tell what the time of the year does.
    """
    if not is_dated(times):
        return np.zeros((0, len(times)), dtype=np.float32)
    stamps = pd.DatetimeIndex(times)
    rows: list[np.ndarray] = []
    if step_s < 0.9 * _DAY_S:
        seconds = (stamps.hour * 3600 + stamps.minute * 60 + stamps.second).to_numpy()
        rows += _waves(seconds / _DAY_S, orders=3)
    if step_s < 0.9 * _WEEK_S:
        weekday = stamps.dayofweek.to_numpy()
        rows += [(weekday == day).astype(np.float64) for day in range(7)]
    if yearly:
        rows += _waves((stamps.dayofyear.to_numpy() - 1) / 365.25, orders=2)
    return np.array(rows, dtype=np.float32).reshape(len(rows), len(times))


def spans_a_year(times: np.ndarray) -> bool:
    """Says whether dates reach over a year and more: less would only be continued."""
    return is_dated(times) and bool((times.max() - times.min()) > np.timedelta64(400, "D"))


def _waves(place: np.ndarray, *, orders: int) -> list[np.ndarray]:
    turned = [_TWO_PI * order * place for order in range(1, orders + 1)]
    return [wave(angle) for angle in turned for wave in (np.sin, np.cos)]


def following(times: np.ndarray, count: int) -> np.ndarray:
    """Gives the times of the next steps; months and years keep their day.

    Args:
        times: of the last steps, ascending.
        count: how many.
    """
    if not is_dated(times):
        last = float(times[-1]) if len(times) else 0.0
        return last + step_of(times) * np.arange(1, count + 1)
    frequency: Any = _frequency(times[-24:])
    return pd.date_range(times[-1], periods=count + 1, freq=frequency)[1:].to_numpy()


def _frequency(times: np.ndarray) -> Any:  # noqa: ANN401 - an alias or an offset
    found = pd.infer_freq(pd.DatetimeIndex(times)) if len(times) >= 3 else None
    return found or pd.Timedelta(seconds=step_of(times))

"""Horizon, window and season that a series suggests."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from xinzhi.tasks.series_forecasting import calendar
from xinzhi.tasks.series_forecasting.panel import Panel

_LONGEST = 512  # steps of a window that was not asked for
_AHEAD = 12  # steps, where nothing repeats


class Spans(NamedTuple):
    """Steps of a season, of what is foretold, and of what is looked at."""

    season: int
    horizon: int
    window: int


def suggested(
    panel: Panel, *, season: int | None, horizon: int | None, window: int | None
) -> Spans:
    """Fills in what was not asked for.

    The season is the one of day, week and year over which training values change least; the
    horizon the shortest of these; the window two horizons or a season, if training is long enough.

    Args:
        panel: all steps.
        season: as asked for, or None.
        horizon: as asked for, or None.
        window: as asked for, or None.
    """
    series = _longest_training(panel)
    times = panel.times[series]
    values = panel.target[series]
    spans = (
        calendar.seasons(calendar.step_of(times))
        if calendar.is_dated(panel.times)
        else _repeating(values)
    )
    spans = tuple(span for span in spans if 2 * span <= len(values))
    season = season or _calmest(values, spans)
    if horizon is None:
        judged = min(_steps(panel, 1) or len(values), _steps(panel, 2) or len(values))
        horizon = max(1, min(spans[0] if spans else _AHEAD, max(judged // 2, 1), _LONGEST))
    if window is None:
        most = max(2, min(_LONGEST, len(values) // 2, len(values) - 2 * horizon))
        window = min(max(2 * horizon, season), most)
    return Spans(season, horizon, window)


def _longest_training(panel: Panel) -> np.ndarray:
    """Gives the places of the training steps of the series that has most of them."""
    places = np.flatnonzero(panel.part == 0)
    of = panel.series[places]
    longest: np.ndarray = places[of == np.bincount(of, minlength=1).argmax()]
    return longest


def _steps(panel: Panel, part: int) -> int:
    """Gives the most steps that a series has in a part."""
    return int(np.bincount(panel.series[panel.part == part], minlength=1).max())


def _calmest(values: np.ndarray, spans: Sequence[int]) -> int:
    """Gives the span over which values change least, 1 where there is none."""
    if not spans:
        return 1
    return min(spans, key=lambda span: float(np.nanmean(np.abs(values[span:] - values[:-span]))))


def _repeating(values: np.ndarray) -> tuple[int, ...]:
    """Gives the span after which plain numbered steps repeat, if they do, by autocorrelation."""
    changes = np.diff(values[np.isfinite(values)])
    if len(changes) < 8:
        return ()
    changes = changes - changes.mean()
    size = 1 << (2 * len(changes) - 1).bit_length()
    power = np.abs(np.fft.rfft(changes, size)) ** 2
    related = np.fft.irfft(power, size)[: len(changes) // 2]
    related = related / max(related[0], 1e-30)
    inner = related[1:-1]
    peaks = 1 + np.flatnonzero((inner > related[:-2]) & (inner >= related[2:]))
    peaks = peaks[(peaks >= 2) & (related[peaks] > 0.3)]
    return (int(peaks[related[peaks].argmax()]),) if peaks.size else ()

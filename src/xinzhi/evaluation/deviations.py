"""Measures of predicted numbers, and means of columns.

Shapes: N examples.
"""

import numpy as np

from xinzhi.evaluation.counts import merged
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.evaluation.tallies import Array, Measure, Tally, every, ratio, ratio_of

_LEVEL = 0.9  # of intervals that do not say theirs


def names(outcomes: Outcomes) -> tuple[str, ...]:
    """Gives the names of the measures of numbers.

    Args:
        outcomes: of numbers.
    """
    scaled = "scale" in outcomes.columns
    found = ("mae", "rmse", "smape", "mase") if scaled else ("mae", "rmse", "r2")
    if "lower" not in outcomes.columns or "upper" not in outcomes.columns:
        return found
    percent = f"{100 * _level(outcomes):g}"
    if scaled:
        return (*found, f"coverage_{percent}", f"width_{percent}")
    return (*found, "pinball", f"coverage_{percent}", "interval_width")


def numbers(outcomes: Outcomes) -> Tally:
    """Sums errors, and what intervals hold.

    Args:
        outcomes: of numbers, all of them known.
    """
    truth, answer = (outcomes.columns[name].astype(np.float64) for name in ("truth", "answer"))
    error, centred = np.abs(answer - truth), truth - truth.mean()
    scale = outcomes.columns.get("scale", np.ones(len(truth)))
    added = [
        np.ones(len(truth)),
        error,
        error**2,
        centred,
        centred**2,
        2 * error / np.maximum(np.abs(answer) + np.abs(truth), 1e-12),
        error / scale,
        *_bands(outcomes, truth, scale),
    ]
    measures: dict[str, Measure] = {
        "mae": ratio_of(1, 0),
        "rmse": lambda sums: np.sqrt(np.maximum(ratio(sums[..., 2], sums[..., 0]), 0)),
        "r2": _r2,
        "smape": ratio_of(5, 0),
        "mase": ratio_of(6, 0),
    }
    percent = f"{100 * _level(outcomes):g}"
    bands = (f"coverage_{percent}", "interval_width", f"width_{percent}", "pinball")
    measures |= {name: ratio_of(at, 0) for at, name in enumerate(bands, start=7)}
    return every(np.stack(added, axis=1), {name: measures[name] for name in names(outcomes)})


def means(values: Array, name: str) -> Tally:
    """Sums a column whose mean is the measure; NaN counts nowhere.

    Args:
        values: shape (N,).
        name: of the measure.
    """
    there = ~np.isnan(values)
    rows = np.stack([np.where(there, values, 0.0), there], axis=1).astype(np.float64)
    return merged(rows, {name: ratio_of(0, 1)})


def _bands(outcomes: Outcomes, truth: Array, scale: Array) -> list[Array]:
    """Gives of each interval whether it holds, its width, that in the scale, and its pinball."""
    if "lower" not in outcomes.columns or "upper" not in outcomes.columns:
        return []
    lower, upper = (outcomes.columns[name].astype(np.float64) for name in ("lower", "upper"))
    tail, width = (1 - _level(outcomes)) / 2, upper - lower
    # the pinball loss of both ends (Koenker & Bassett 1978), the mean of the two
    low, high = truth - lower, truth - upper
    losses = np.maximum(tail * low, (tail - 1) * low) + np.maximum((1 - tail) * high, -tail * high)
    inside = (lower <= truth) & (truth <= upper)
    return [inside.astype(np.float64), width, width / scale, losses / 2]


def _r2(sums: Array) -> Array:
    spread = sums[..., 4] - sums[..., 3] ** 2 / np.where(sums[..., 0] > 0, sums[..., 0], np.nan)
    unexplained = sums[..., 2]
    return np.asarray(1 - unexplained / np.where(spread > 1e-12 * sums[..., 4], spread, np.nan))


def _level(outcomes: Outcomes) -> float:
    level = outcomes.settings.get("level")
    return _LEVEL if level is None else float(level)

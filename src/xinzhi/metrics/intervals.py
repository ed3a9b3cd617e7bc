"""Intervals that hold the truth as often as they say, by conformal calibration.

Shapes: N examples.
"""

import math

from torch import Tensor


def conformal_margin(lower: Tensor, upper: Tensor, true: Tensor, *, level: float) -> float:
    """Gives by how much to widen intervals so that they hold a new truth with this probability.

    Conformalised quantile regression: Romano, Patterson & Candès 2019. Of n calibration examples
    the ⌈(n + 1) · level⌉-th smallest distance of the truth beyond its interval, which is negative
    inside; the promise holds for examples exchangeable with these. Negative margins narrow.

    Args:
        lower: shape (N,).
        upper: shape (N,).
        true: shape (N,).
        level: the probability, above 0 and below 1.

    Returns:
        The margin, infinite where there are too few examples for the level.
    """
    beyond = (lower - true).maximum(true - upper).double().sort().values
    rank = math.ceil((len(beyond) + 1) * level - 1e-9)
    return float(beyond[rank - 1]) if rank <= len(beyond) else math.inf


def interval_scores(
    lower: Tensor, upper: Tensor, true: Tensor, *, level: float
) -> dict[str, float]:
    """Scores of intervals.

    Args:
        lower: shape (N,).
        upper: shape (N,).
        true: shape (N,).
        level: the probability that they promise.

    Returns:
        `coverage_90` for level 0.9: the share that holds the truth; and `interval_width`.
    """
    inside = (lower <= true) & (true <= upper)
    return {
        f"coverage_{100 * level:g}": float(inside.double().mean()),
        "interval_width": float((upper.double() - lower.double()).mean()),
    }

"""Figures of predicted quantities and their intervals. Shapes: N rows."""

from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from xinzhi.evaluation.canvas import BLUE, INK, QUIET, RED, blank, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DENSE = 2000  # rows beyond which points hide one another
_GROUPS, _EACH = 10, 10  # bins of rows by size, and rows of each at least


def quantity_figures(
    predicted: Tensor, lower: Tensor, upper: Tensor, true: Tensor, *, level: float
) -> dict[str, "Figure"]:
    """All figures of one split.

    Args:
        predicted: shape (N,).
        lower: end of the interval, shape (N,).
        upper: the other end, shape (N,).
        true: shape (N,).
        level: share of truths that the intervals promise to hold.

    Returns:
        `predicted_true`, `residuals` and `interval_coverage`.
    """
    return {
        "predicted_true": predicted_true(predicted, true),
        "residuals": residuals(predicted, true),
        "interval_coverage": interval_coverage(predicted, lower, upper, true, level=level),
    }


def predicted_true(predicted: Tensor, true: Tensor) -> "Figure":
    """True over predicted quantities, beside the diagonal.

    Args:
        predicted: shape (N,).
        true: shape (N,).
    """
    figure = blank(5.4, 5.0)
    axes = figure.subplots()
    _cloud(axes, predicted, true)
    ends = [float(min(predicted.min(), true.min())), float(max(predicted.max(), true.max()))]
    axes.plot(ends, ends, color=RED, linewidth=1.2, linestyle="--", label="predicted = true")
    error = (predicted - true).abs().mean()
    plain(axes, f"Off by {float(error):.4g} on average", x="predicted", y="true")
    axes.legend(frameon=False, fontsize=9, loc="upper left")
    return figure


def residuals(predicted: Tensor, true: Tensor) -> "Figure":
    """Errors over predicted quantities, and how they are spread.

    Args:
        predicted: shape (N,).
        true: shape (N,).
    """
    error = true - predicted
    figure = blank(7.4, 4.2)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
    _cloud(left, predicted, error)
    left.axhline(0, color=RED, linewidth=1.2, linestyle="--")
    title = f"True − predicted: mean {float(error.mean()):.3g}, deviation {float(error.std()):.3g}"
    plain(left, title, x="predicted", y="true − predicted")
    right.hist(error.numpy(), bins=40, orientation="horizontal", color=BLUE)
    plain(right, "", x="rows")
    return figure


def interval_coverage(
    predicted: Tensor, lower: Tensor, upper: Tensor, true: Tensor, *, level: float
) -> "Figure":
    """Share of truths inside their intervals, and the intervals' width, by predicted size.

    Args:
        predicted: shape (N,).
        lower: shape (N,).
        upper: shape (N,).
        true: shape (N,).
        level: share that is promised.
    """
    inside = ((lower <= true) & (true <= upper)).double().numpy()
    count = int(np.clip(len(inside) // _EACH, 1, _GROUPS))
    groups = np.array_split(np.argsort(predicted.numpy(), kind="stable"), count)
    middle = [float(predicted[group].median()) for group in groups]
    shares = np.array([inside[group].mean() for group in groups])
    error = np.sqrt([level * (1 - level) / len(group) for group in groups])
    figure = blank(6.4, 5.0)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    above.errorbar(middle, shares, yerr=error, fmt="o-", color=BLUE, linewidth=1.6, capsize=3)
    above.axhline(level, color=RED, linestyle="--", linewidth=1.2, label=f"promised: {level:.0%}")
    width = float((upper - lower).mean())
    title = f"{inside.mean():.1%} of {len(inside):,} truths inside, {width:.4g} wide on average"
    plain(above, title, y="share inside (± 1 s.e.)")
    above.set_ylim(max(0.0, min(0.6, float(shares.min()) - 0.1)), 1.02)
    above.legend(frameon=False, fontsize=9, loc="lower right")
    widths = [float((upper - lower)[group].mean()) for group in groups]
    below.plot(middle, widths, "o-", color=INK, linewidth=1.6)
    plain(below, "", x="predicted", y="width")
    below.set_ylim(0, None)
    return figure


def _cloud(axes: "Axes", x: Tensor, y: Tensor) -> None:
    """Draws points, or where these would hide one another how many there are."""
    if len(x) <= _DENSE:
        axes.plot(x.numpy(), y.numpy(), "o", color=BLUE, alpha=0.45, markersize=4, mew=0)
        return
    axes.hexbin(x.numpy(), y.numpy(), gridsize=60, bins="log", cmap="Blues", mincnt=1)
    axes.plot([], [], "h", color=QUIET, label="darker: more rows")

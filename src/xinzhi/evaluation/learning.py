"""Learning curves: losses, the main metric and the learning rate by step."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from xinzhi.evaluation.canvas import BLUE, GRID, INK, QUIET, RED, blank, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Values = np.ndarray[tuple[int], np.dtype[np.float64]]
History = Mapping[str, Sequence[tuple[int, float]]]


def learning_curves(
    history: History,
    *,
    train_loss: str = "train/loss",
    val_loss: str = "val/loss",
    metric: str = "val/f1_macro",
    rate: str = "lr",
    best_step: int | None = None,
) -> "Figure":
    """Three panels over the step: losses, the main validation metric, the learning rate.

    Args:
        history: (step, value) pairs by name of the metric; a name that is missing is left out.
        train_loss: its name in the history; drawn faintly with a running mean on top.
        val_loss: its name.
        metric: its name.
        rate: name of the learning rate.
        best_step: the step of the model that was kept.

    Returns:
        The figure.
    """
    figure = blank(7, 6.4)
    losses, main, rates = figure.subplots(3, 1, sharex=True, height_ratios=(3, 2, 1))
    steps, values = _pairs(history, train_loss)
    losses.plot(steps, values, color=GRID, linewidth=1)
    losses.plot(steps, running_mean(values), color=BLUE, linewidth=1.8, label="train")
    _points(losses, history, val_loss, RED, "validation")
    plain(losses, _title(history, val_loss), y="loss")
    if len(values):  # a first spike must not flatten the rest
        top = max(float(np.quantile(values, 0.99)), *_pairs(history, val_loss)[1], 0.0)
        losses.set_ylim(0, top * 1.08 or 1.0)
    losses.legend(frameon=False, fontsize=9)
    _points(main, history, metric, INK, metric)
    plain(main, "", y=metric.removeprefix("val/"))
    steps, values = _pairs(history, rate)
    rates.plot(steps, values, color=QUIET, linewidth=1.8)
    plain(rates, "", x="step", y="learning rate")
    rates.ticklabel_format(axis="y", style="sci", scilimits=(-2, 2))
    if best_step is not None:
        for axes in (losses, main):
            axes.axvline(best_step, color=QUIET, linestyle=":")
        main.annotate(
            " kept",
            (best_step, 0.04),
            xycoords=("data", "axes fraction"),
            color=QUIET,
            fontsize=9,
        )
    return figure


def running_mean(
    values: Values,
) -> Values:
    """Mean over the last twentieth of the curve, shorter at its start; the same length."""
    window = max(1, len(values) // 20)
    total = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - window, 0)
    means: Values = (total[ends] - total[starts]) / (ends - starts)
    return means


def _pairs(history: History, name: str) -> tuple[Values, Values]:
    pairs = sorted(pair for pair in history.get(name, ()) if np.isfinite(pair[1]))
    steps, values = zip(*pairs, strict=True) if pairs else ((), ())
    return np.array(steps, dtype=np.float64), np.array(values, dtype=np.float64)


def _points(axes: "Axes", history: History, name: str, colour: str, label: str) -> None:
    steps, values = _pairs(history, name)
    axes.plot(steps, values, color=colour, marker="o", markersize=4, linewidth=1.5, label=label)


def _title(history: History, val_loss: str) -> str:
    steps, values = _pairs(history, val_loss)
    if not len(values):
        return "Learning curves"
    lowest = int(np.argmin(values))
    return f"Validation loss lowest, {values[lowest]:.3f}, at step {int(steps[lowest]):,}"

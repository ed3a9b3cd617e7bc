"""Figures of forecasts: fans over what came, and the error by how far they look ahead."""

from typing import TYPE_CHECKING

import numpy as np
import torch

from xinzhi.evaluation.canvas import BLUE, INK, QUIET, RED, blank, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xinzhi.tasks.series_forecasting.judgement import ForecastJudgement

_FANS = 6


def fans(judgement: "ForecastJudgement") -> "Figure":
    """Forecasts from several origins of one series, their bands over what came.

    Args:
        judgement: of a split; of several series the one with the most origins is shown.
    """
    numbers, counts = np.unique(judgement.series, return_counts=True)
    series = int(numbers[counts.argmax()])
    places = np.flatnonzero(judgement.series == series)
    horizon = judgement.truth.shape[1]
    # one horizon apart at least, so that fans lie beside one another
    apart = max(horizon, len(places) // _FANS)
    shown = places[:: max(apart, 1)][:_FANS]
    figure = blank(9.2, 3.8)
    axes = figure.subplots()
    times, truth = joined_truth(judgement, series)
    axes.plot(times, truth, color=INK, linewidth=1.1, label="what came")
    levels = judgement.levels
    for number, at in enumerate(shown):
        when, bands = judgement.times[at], judgement.quantiles[at].numpy()
        for low in range(len(levels) // 2):
            axes.fill_between(
                when, bands[:, low], bands[:, -1 - low], color=BLUE, alpha=0.16, linewidth=0
            )
        label = f"forecast, bands {levels[0]:g} to {levels[-1]:g}" if not number else None
        middle = bands[:, levels.index(0.5)]
        axes.plot(when, middle, color=BLUE, linewidth=1.6, label=label)
        axes.axvline(when[0], color=QUIET, linewidth=0.8, linestyle=":")
    scores = judgement.scores
    title = f"{judgement.target}: mase {scores['mase']:.3f} over {len(judgement.truth):,} origins"
    if "coverage_90" in scores:
        title += f", {scores['coverage_90']:.0%} of the truth within 0.05 to 0.95"
    plain(axes, title)
    axes.legend(frameon=False, fontsize=9, loc="upper left", ncols=2)
    axes.margins(x=0.01, y=0.16)
    figure.autofmt_xdate(rotation=0, ha="center")
    return figure


def errors_by_horizon(judgement: "ForecastJudgement") -> "Figure":
    """Error and coverage over the steps ahead.

    Args:
        judgement: of a split.
    """
    error, coverage = judgement.by_horizon()
    steps = np.arange(1, len(error) + 1)
    figure = blank(6.6, 4.6)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    upper.plot(steps, error.numpy(), color=BLUE, linewidth=2)
    upper.axhline(1.0, color=QUIET, linestyle=":")
    upper.annotate(
        "seasonal naive on training", (steps[0], 1.0), color=QUIET, fontsize=9, va="bottom"
    )
    worst = int(error.argmax())
    plain(upper, f"Error by step ahead, largest, {error[worst]:.3f}, at {worst + 1}", y="mase")
    upper.set_ylim(0, max(1.1, float(error.max()) * 1.1))
    wanted = judgement.levels[-1] - judgement.levels[0]
    lower.plot(steps, coverage.numpy(), color=RED, linewidth=2)
    lower.axhline(wanted, color=QUIET, linestyle=":")
    lower.annotate(
        f"wanted: {wanted:.0%}", (steps[0], wanted), color=QUIET, fontsize=9, va="bottom"
    )
    plain(lower, "", x="steps ahead", y="share within the band")
    lower.set_ylim(0, 1.02)
    return figure


def joined_truth(judgement: "ForecastJudgement", series: int) -> tuple[np.ndarray, np.ndarray]:
    """Gives the times and the truth that origins of one series share, in order."""
    chosen = judgement.series == series
    times, first = np.unique(judgement.times[chosen].reshape(-1), return_index=True)
    truth = judgement.truth[torch.from_numpy(chosen)].reshape(-1).numpy()[first]
    return times, truth

"""Configurations beside one another: over their seeds, and objective against objective."""

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.evaluation.canvas import (
    BLUE,
    INK,
    QUIET,
    RED,
    blank,
    displayed_width,
    plain,
    shortened,
)
from xinzhi.sweeping.search.scores import front
from xinzhi.sweeping.show.scene import Scene
from xinzhi.sweeping.show.wording import counted, mean_spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from xinzhi.sweeping.search.search import Standing

_MOST, _LONGEST = 20, 52
_NAMED = 12  # of a front


def seeds(scene: Scene) -> "Figure":
    """The best configurations, each seed a point, with mean and deviation.

    Args:
        scene: of the sweep; some trial must have reached something.
    """
    shown = scene.standings[:_MOST]
    labels = [f"{shortened(scene.setting(one.params), _LONGEST)}  #{one.trial}" for one in shown]
    width = max(map(displayed_width, labels))
    figure = blank(4.6 + 0.08 * width, 1.4 + 0.29 * len(shown))
    axes = figure.subplots()
    rows = np.arange(len(shown))
    for row, one in zip(rows, shown, strict=True):
        own = [job.values[0] for job in one.jobs if job.state == "finished" and job.values]
        axes.plot(own, [row] * len(own), "o", color=QUIET, markersize=4, mew=0, alpha=0.8)
    means = [one.values[0] for one in shown]
    spreads = [one.spreads[0] if one.n > 1 else 0.0 for one in shown]
    axes.errorbar(means, rows, xerr=spreads, fmt="D", color=BLUE, markersize=5, linewidth=1.6)
    part = [place for place, one in enumerate(shown) if not one.complete]
    axes.plot([means[n] for n in part], part, "D", mfc="white", mec=BLUE, markersize=5, zorder=4)
    axes.plot(means[:1], rows[:1], "D", color=RED, markersize=6, zorder=4)
    plain(axes, _title(scene, shown), x=f"{scene.sweep.objectives[0]}, mean ± deviation over seeds")
    axes.set_yticks(rows, labels)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    return figure


def pareto(scene: Scene) -> "Figure":
    """Objective against objective, and the configurations that no other beats in all.

    Args:
        scene: of a sweep with several objectives; some trial must have reached something.
    """
    pairs = list(combinations(range(len(scene.sweep.objectives)), 2))[:3]
    figure = blank(5.6 * len(pairs), 4.8)
    best = front(scene.standings)
    for axes, (x, y) in zip(figure.subplots(1, len(pairs), squeeze=False)[0], pairs, strict=True):
        _front(axes, scene, best, x, y)
    first = counted(len(best), "configuration")
    verb = "is" if len(best) == 1 else "are"
    title = f"{first} of {len(scene.standings):,} {verb} beaten by none in all objectives"
    figure.suptitle(title, x=0.02, ha="left", fontsize=11, color=INK)
    return figure


def _front(axes: "Axes", scene: Scene, best: Sequence["Standing"], x: int, y: int) -> None:
    trials = {one.trial for one in best}
    others = [one for one in scene.standings if one.trial not in trials]
    axes.scatter([one.values[x] for one in others], [one.values[y] for one in others], s=26,
                 facecolors=[BLUE if one.complete else "white" for one in others],
                 edgecolors=BLUE, alpha=0.6)  # fmt: skip
    line = sorted(best, key=lambda one: one.values[x])
    xs, ys = [one.values[x] for one in line], [one.values[y] for one in line]
    if len(scene.sweep.objectives) == 2:
        falls = scene.sweep.modes[x] == "max"
        axes.step(xs, ys, where="pre" if falls else "post", color=RED, linewidth=1.2, alpha=0.7)
    across, along = [one.spreads[x] for one in line], [one.spreads[y] for one in line]
    look: dict[str, Any] = {"color": RED, "markersize": 6, "linewidth": 1, "alpha": 0.9}
    axes.errorbar(xs, ys, xerr=across, yerr=along, fmt="o", **look)
    for one in line if len(line) <= _NAMED else []:
        axes.annotate(f"{one.trial}", (one.values[x], one.values[y]), xytext=(5, 5),
                      textcoords="offset points", fontsize=8, color=INK)  # fmt: skip
    names = [
        f"{name} ({'less' if mode == 'min' else 'more'} is better)"
        for name, mode in zip(scene.sweep.objectives, scene.sweep.modes, strict=True)
    ]
    plain(axes, "", x=names[x], y=names[y])


def _title(scene: Scene, shown: Sequence["Standing"]) -> str:
    best = shown[0]
    title = f"{mean_spread(best.values[0], best.spreads[0], best.n)} for trial #{best.trial}"
    if len(scene.standings) > len(shown):
        title += f"; the best {len(shown)} of {len(scene.standings):,} configurations"
    if not all(one.complete for one in shown):
        title += "; hollow: not all seeds"
    return title

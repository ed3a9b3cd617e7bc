"""A sweep over time: what was reached trial by trial."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from xinzhi.evaluation.canvas import BLUE, INK, QUIET, RED, blank, plain
from xinzhi.sweeping.search.scores import Trial, best_of, far
from xinzhi.sweeping.show.scene import Scene
from xinzhi.sweeping.show.telling import latest
from xinzhi.sweeping.show.wording import counted, mean_spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BARS = 200  # trials beyond which bars of their spread hide one another


def history(scene: Scene) -> "Figure":
    """What each trial reached over the order of trials, and the best so far.

    Args:
        scene: of the sweep; some trial must have reached something.
    """
    count = len(scene.sweep.objectives)
    figure = blank(7.4, 1.2 + 3.0 * count)
    panels = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    for objective, axes in enumerate(panels):
        _reached(axes, scene, objective)
        plain(axes, _title(scene, objective), y=scene.sweep.objectives[objective])
    panels[-1].set_xlabel("trial", color=INK)
    last = scene.trials[-1].number
    panels[-1].set_xlim(-0.5 - 0.02 * last, last + 0.5 + 0.02 * last)
    whole_numbers(panels[-1])
    legend_below(figure, panels[0])
    return figure


def _reached(axes: "Axes", scene: Scene, objective: int) -> None:
    done = scene.reached
    values = [scene.value(trial, objective) for trial in done]
    numbers = [trial.number for trial in done]
    whole = [bool(trial.standing and trial.standing.complete) for trial in done]
    _spreads(axes, done, objective)
    size = 5 if len(done) <= _BARS else 3
    axes.plot(*_only(numbers, values, whole), "o", color=BLUE, ms=size, mew=0, label=_label(done))
    part = [not one for one in whole]
    if any(part):
        points = _only(numbers, values, part)
        axes.plot(*points, "o", mfc="white", mec=BLUE, ms=size, label="not all seeds")
    told, reached = _only(numbers, values, whole if any(whole) else part)
    better = np.minimum if scene.sweep.modes[objective] == "min" else np.maximum
    best = better.accumulate(reached)
    axes.step(told, best, where="post", color=RED, linewidth=1.6, label="best so far")
    limits = limit(axes, scene, values, objective)
    if objective == 0:
        _cut_short(axes, scene, limits)
    _failed(axes, scene, limits)


def _label(done: Sequence[Trial]) -> str:
    several = any(trial.standing and trial.standing.n > 1 for trial in done)
    return "mean over seeds" if several else "trial"


def _spreads(axes: "Axes", done: Sequence[Trial], objective: int) -> None:
    several = [(t.number, t.standing) for t in done if t.standing and t.standing.n > 1]
    if not several or len(done) > _BARS:
        return
    numbers = [number for number, _ in several]
    middle = [one.values[objective] for _, one in several]
    spread = [one.spreads[objective] for _, one in several]
    axes.errorbar(numbers, middle, yerr=spread, fmt="none", ecolor=BLUE, alpha=0.5, linewidth=1.2)


def _cut_short(axes: "Axes", scene: Scene, limits: tuple[float, float]) -> None:
    """Pruned trials stand at what they told last, at the edge where that is far away."""
    pruned = [trial for trial in scene.trials if trial.state == "pruned"]
    ends = [(t.number, [last[1] for job in t.jobs if (last := latest(job))]) for t in pruned]
    points = [(number, float(np.clip(np.mean(told), *limits))) for number, told in ends if told]
    if points:
        axes.plot(*columns(points), "x", color=QUIET, markersize=5, label="pruned at", zorder=1)


def _failed(axes: "Axes", scene: Scene, limits: tuple[float, float]) -> None:
    failed = [trial.number for trial in scene.trials if trial.state == "failed"]
    if failed:
        edge = limits[scene.sweep.modes[0] == "min"]
        axes.plot(failed, [edge] * len(failed), "X", color=RED, mew=0, markersize=7, label="failed")


def limit(
    axes: "Axes", scene: Scene, values: Sequence[float], objective: int = 0
) -> tuple[float, float]:
    """Leave out what is far worse than the rest.

    Args:
        axes: whose height is set.
        scene: of the sweep.
        values: that are drawn.
        objective: which one they are of, from 0.

    Returns:
        The ends of what is shown.
    """
    finite = [value for value in values if np.isfinite(value)]
    if not finite:
        return axes.get_ylim()
    ends = sorted([best_of(scene.sweep, finite, objective), far(scene.sweep, finite, objective)])
    margin = 0.06 * (ends[1] - ends[0]) or abs(ends[0]) * 0.05 or 1.0
    limits = ends[0] - margin, ends[1] + margin
    axes.set_ylim(*limits)
    beyond = sum(not limits[0] <= value <= limits[1] for value in values)
    if beyond:
        axes.annotate(f"{beyond:,} beyond the edge", (0.01, 0.02), xycoords="axes fraction",
                      color=QUIET, fontsize=9)  # fmt: skip
    return limits


def _title(scene: Scene, objective: int) -> str:
    if len(scene.sweep.objectives) > 1:
        return scene.sweep.objectives[objective]
    best = scene.standings[0]
    reached = mean_spread(best.values[0], best.spreads[0], best.n)
    first, last = scene.trials[0].number, scene.trials[-1].number
    every = f"#{first} to #{last}" if last > first else f"#{first}"
    there = counted(len(scene.trials), "trial")
    return f"Best {scene.sweep.objectives[0]} {reached}, by trial #{best.trial} ({there}, {every})"


def legend_below(figure: "Figure", axes: "Axes") -> None:
    """Put the legend under the figure.

    Args:
        figure: with room.
        axes: whose lines it names.
    """
    handles, labels = axes.get_legend_handles_labels()
    columns = len(labels)
    figure.legend(
        handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=9
    )


def whole_numbers(axes: "Axes") -> None:
    """Let the horizontal axis have ticks at whole numbers alone.

    Args:
        axes: of trials or epochs.
    """
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _only(
    numbers: Sequence[int], values: Sequence[float], kept: Sequence[bool]
) -> tuple[list[int], list[float]]:
    there = [place for place, keep in enumerate(kept) if keep]
    return [numbers[place] for place in there], [values[place] for place in there]


def columns(points: Sequence[tuple[int, float]]) -> tuple[list[int], list[float]]:
    """Their horizontal and their vertical places.

    Args:
        points: pairs of both.
    """
    return [one for one, _ in points], [two for _, two in points]

"""Parallel coordinates: a line per configuration through its values to what it reached."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from xinzhi.evaluation.canvas import INK, QUIET, RED, blank
from xinzhi.sweeping.records import Axis
from xinzhi.sweeping.search.scores import Trial, best_of, far
from xinzhi.sweeping.show.scene import Scene
from xinzhi.sweeping.show.wording import counted, mean_spread, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Values = np.ndarray[tuple[int], np.dtype[np.float64]]
_MOST_LINES, _MOST_AXES = 400, 10
_TICKS = 5
_JITTER = 0.32  # of the room that an option has


def parallel(scene: Scene, keys: Sequence[str]) -> "Figure":
    """Draw the configurations, the better the darker, and the best in red.

    Args:
        scene: of the sweep; two trials must have reached something.
        keys: in the order in which they matter.
    """
    from matplotlib.collections import LineCollection

    axes = sorted(scene.axes, key=lambda axis: keys.index(axis.key) if axis.key in keys else 99)
    axes = axes[:_MOST_AXES]
    shown = _thinned(scene)
    goodness = _goodness(scene, shown)
    order = np.argsort(goodness)  # the better above the worse
    ranks = np.empty(len(shown))
    ranks[order] = np.linspace(0, 1, len(shown))
    columns = [_heights(axis, shown, ranks) for axis in axes]
    heights = np.stack([*columns, goodness], axis=1)
    figure = blank(1.7 * (len(axes) + 1) + 1.2, 4.6)
    panel = figure.subplots()
    lines = [np.stack([np.arange(heights.shape[1]), heights[row]], axis=1) for row in order]
    faint = float(np.clip(40 / len(shown), 0.25, 0.85))
    panel.add_collection(
        LineCollection(lines, cmap="Blues", array=0.2 + 0.8 * ranks[order],
                       clim=(0, 1), linewidths=1.1, alpha=faint)
    )  # fmt: skip
    best = int(np.argmax(goodness))
    panel.plot(range(heights.shape[1]), heights[best], color=RED, linewidth=2.2, zorder=3)
    for place, axis in enumerate(axes):
        _scale(panel, place, _ticks(scene, axis, shown))
    _scale(panel, len(axes), _reached(scene, shown))
    panel.set_xlim(-0.35, len(axes) + 0.6)
    panel.set_ylim(-0.05, 1.05)
    names = [scene.names[axis.key] for axis in axes]
    panel.set_xticks(range(len(axes) + 1), [*names, scene.sweep.objectives[0]], color=INK)
    panel.tick_params(length=0, labelsize=9, pad=8)
    panel.yaxis.set_visible(False)
    for spine in panel.spines.values():
        spine.set_visible(False)
    panel.set_title(_title(scene, shown, axes), loc="left", fontsize=11, color=INK, pad=10)
    return figure


def position(axis: Axis, value: float, low: float, high: float) -> float:
    """Where a number stands between the ends of its axis, from 0 to 1.

    Args:
        axis: says whether equal ratios are equally far.
        value: between the ends.
        low: end.
        high: end.

    >>> position(Axis(key="lr", log=True), 1e-3, 1e-4, 1e-2), position(Axis(key="w"), 3, 2, 6)
    (0.5, 0.25)
    """
    if high <= low:
        return 0.5
    if axis.log:
        return float(np.log(value / low) / np.log(high / low))
    return (value - low) / (high - low)


def ends(axis: Axis, trials: Sequence[Trial]) -> tuple[float, float]:
    """Ends of what an axis of numbers shows.

    Args:
        axis: of numbers.
        trials: whose values must lie between.
    """
    there = [float(trial.params[axis.key]) for trial in trials]
    low = min([*there, *([] if axis.low is None else [axis.low])])
    high = max([*there, *([] if axis.high is None else [axis.high])])
    return low, high


def _thinned(scene: Scene) -> list[Trial]:
    """The configurations that have all values; of many the better half and others evenly."""
    keys = {axis.key for axis in scene.axes}
    whole = {trial.number: trial for trial in scene.reached if keys <= set(trial.params)}
    ranked = [whole[one.trial] for one in scene.standings if one.trial in whole]
    if len(ranked) <= _MOST_LINES:
        return ranked
    half = _MOST_LINES // 2
    rest = ranked[half:]
    return ranked[:half] + [rest[len(rest) * n // half] for n in range(half)]


def _goodness(scene: Scene, shown: Sequence[Trial]) -> Values:
    """From 0 for the worst that is told apart to 1 for the best."""
    values = [scene.value(trial) for trial in shown]
    best, worst = best_of(scene.sweep, values), far(scene.sweep, values)
    if best == worst:
        return np.ones(len(values))
    return np.clip((np.array(values) - worst) / (best - worst), 0, 1)


def _heights(axis: Axis, shown: Sequence[Trial], ranks: Values) -> Values:
    """Lines of one option are spread by how good they are, or all would be one line."""
    if not axis.choices:
        low, high = ends(axis, shown)
        return np.array([position(axis, float(t.params[axis.key]), low, high) for t in shown])
    room = _JITTER / max(len(axis.choices) - 1, 1)
    places = {choice: place for place, choice in enumerate(axis.choices)}
    middle = [places.get(str(trial.params[axis.key]), 0) for trial in shown]
    whole = np.array(middle) / max(len(axis.choices) - 1, 1)
    return np.clip(whole + room * (ranks - 0.5), -0.04, 1.04)


def _ticks(scene: Scene, axis: Axis, shown: Sequence[Trial]) -> list[tuple[float, str]]:
    if axis.choices:
        most = max(len(axis.choices) - 1, 1)
        labels = [scene.written(axis, choice) for choice in axis.choices]
        return [(place / most, label) for place, label in enumerate(labels)]
    low, high = ends(axis, shown)
    if axis.log:
        inner = _decades(low, high)
    else:
        every = 1 if axis.integer and high - low < _TICKS else None
        inner = list(np.arange(low, high + 1)) if every else list(np.linspace(low, high, _TICKS))
    inner = [round(value) for value in inner] if axis.integer else inner
    return [(position(axis, value, low, high), f"{value:.3g}") for value in inner]


def _decades(low: float, high: float) -> list[float]:
    first, last = int(np.ceil(np.log10(low) - 1e-9)), int(np.floor(np.log10(high) + 1e-9))
    powers = [10.0**power for power in range(first, last + 1)]
    inside = powers[:: max(1, len(powers) // _TICKS)]
    far_enough = 0.06 * np.log10(high / low)
    outer = [e for e in (low, high) if all(abs(np.log10(e / p)) > far_enough for p in inside)]
    return sorted([*inside, *outer])


def _reached(scene: Scene, shown: Sequence[Trial]) -> list[tuple[float, str]]:
    values = [scene.value(trial) for trial in shown]
    best, worst = best_of(scene.sweep, values), far(scene.sweep, values)
    beyond = any(abs(value - best) > abs(worst - best) for value in values)
    told = np.linspace(worst, best, _TICKS)
    labels = [number(float(value)) for value in told]
    if beyond:
        labels[0] += " or worse"
    return [(place / (_TICKS - 1), label) for place, label in enumerate(labels)]


def _scale(panel: "Axes", place: int, ticks: Sequence[tuple[float, str]]) -> None:
    panel.plot([place, place], [0, 1], color=QUIET, linewidth=1, zorder=2)
    for height, label in ticks:
        panel.plot([place, place + 0.03], [height, height], color=QUIET, linewidth=1, zorder=4)
        panel.text(
            place + 0.05, height, label, fontsize=8, color=INK, va="center", zorder=5,
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.6},
        )  # fmt: skip


def _title(scene: Scene, shown: Sequence[Trial], axes: Sequence[Axis]) -> str:
    best = scene.standings[0]
    title = f"{counted(len(shown), 'configuration')}; red: trial {best.trial}, "
    title += mean_spread(best.values[0], best.spreads[0], best.n)
    if len(shown) < len(scene.reached):
        title += f"\nof {len(scene.reached):,}: the best {len(shown) // 2} and some of the others"
    if len(axes) < len(scene.axes):
        title += f"\nthe {len(axes)} values that matter most of {len(scene.axes)}"
    return title

"""Which searched values matter: fANOVA over the configurations, and each value by itself.

fANOVA: Hutter, Hoos & Leyton-Brown 2014, An Efficient Approach for Assessing Hyperparameter
Importance; here as Optuna has it.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.evaluation.canvas import BLUE, INK, RED, blank, plain
from xinzhi.sweeping.records import Axis
from xinzhi.sweeping.search.scores import Trial, best_of, far
from xinzhi.sweeping.show.coordinates import ends
from xinzhi.sweeping.show.scene import Scene
from xinzhi.sweeping.show.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from optuna.distributions import BaseDistribution

_FEWEST = 8  # configurations from which a forest tells more than chance
_MOST = 300  # configurations; the forest's cost grows with their square
_PANELS, _ACROSS = 12, 3


def importances(scene: Scene, objective: int = 0) -> dict[str, float]:
    """Share of the objective's variance that each searched key explains, the largest first.

    Args:
        scene: of the sweep.
        objective: which one, from 0.

    Returns:
        Shares that add up to 1; nothing where too few configurations reached anything.
    """
    keys = {axis.key for axis in scene.axes}
    whole = [trial for trial in scene.reached if keys <= set(trial.params)]
    told = [t for t in whole if math.isfinite(scene.value(t, objective))]
    values = {scene.value(trial, objective) for trial in told}
    if len(told) < _FEWEST or len(values) < 2 or not keys:
        return {}
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    picked = [told[len(told) * n // _MOST] for n in range(_MOST)] if len(told) > _MOST else told
    spaces = {axis.key: _space(axis, picked) for axis in scene.axes}
    study = optuna.create_study(direction="minimize")
    study.add_trials(
        [
            optuna.trial.create_trial(
                params={axis.key: _scaled(axis, trial.params[axis.key]) for axis in scene.axes},
                distributions=spaces,
                value=scene.value(trial, objective),
            )
            for trial in picked
        ]
    )
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    return dict(optuna.importance.get_param_importances(study, evaluator=evaluator))


def importance_figure(scene: Scene, found: Sequence[dict[str, float]]) -> "Figure":
    """The shares as bars, a panel for each objective.

    Args:
        scene: of the sweep.
        found: shares by key, for each objective.
    """
    rows = max(map(len, found))
    longest = max(len(scene.names[key]) for key in found[0])
    figure = blank(3.4 * len(found) + 1.2 + 0.08 * longest, 1.4 + 0.3 * rows)
    for panel, shares, name in zip(
        figure.subplots(1, len(found), squeeze=False)[0],
        found,
        scene.sweep.objectives,
        strict=False,
    ):
        panel.barh(range(len(shares)), list(shares.values()), color=BLUE, height=0.65)
        panel.set_yticks(range(len(shares)), [scene.names[key] for key in shares])
        for row, share in enumerate(shares.values()):
            panel.text(share, row, f" {share:.0%}", va="center", fontsize=9, color=INK)
        plain(panel, "", x=f"share of the variance of {name}")
        panel.set_xlim(0, 1.12 * max(shares.values()))
        panel.grid(visible=False, axis="y")
        panel.invert_yaxis()
    count = counted(len(scene.reached), "configuration")
    figure.suptitle(f"fANOVA over {count}", x=0.02, ha="left", fontsize=11, color=INK)
    return figure


def slices(scene: Scene, keys: Sequence[str]) -> "Figure":
    """The first objective over each searched value, later trials darker, the best red.

    Args:
        scene: of the sweep; two trials must have reached something.
        keys: in the order in which they matter.
    """
    axes = sorted(scene.axes, key=lambda axis: keys.index(axis.key) if axis.key in keys else 99)
    axes = axes[:_PANELS]
    across = min(len(axes), _ACROSS)
    down = -(-len(axes) // across)
    figure = blank(3.1 * across + 0.8, 2.8 * down + 0.5)
    panels = figure.subplots(down, across, sharey=True, squeeze=False).flatten()
    for panel, axis in zip(panels, axes, strict=False):
        _slice(panel, scene, axis)
    for panel in panels[len(axes) :]:
        panel.set_visible(False)
    values = [scene.value(trial) for trial in scene.reached]
    shown = sorted([best_of(scene.sweep, values), far(scene.sweep, values)])
    margin = 0.06 * (shown[1] - shown[0]) or abs(shown[0]) * 0.05 or 1.0
    panels[0].set_ylim(shown[0] - margin, shown[1] + margin)
    for panel in panels[::across]:
        panel.set_ylabel(scene.sweep.objectives[0], color=INK)
    title = "Later trials are darker, the best is red"
    figure.suptitle(title, x=0.02, ha="left", fontsize=11, color=INK)
    return figure


def _slice(panel: "Axes", scene: Scene, axis: Axis) -> None:
    there = [trial for trial in scene.reached if axis.key in trial.params]
    heights = [scene.value(trial) for trial in there]
    if axis.choices:
        places = _spread(axis, there)
        labels = [scene.written(axis, choice) for choice in axis.choices]
        slanted = sum(map(len, labels)) > 26
        panel.set_xticks(range(len(labels)), labels, rotation=35 if slanted else 0,
                         ha="right" if slanted else "center")  # fmt: skip
        panel.set_xlim(-0.5, len(labels) - 0.5)
    else:
        places = [float(trial.params[axis.key]) for trial in there]
        low, high = ends(axis, there)
        if axis.log:
            panel.set_xscale("log")
            panel.set_xlim(low / (high / low) ** 0.05, high * (high / low) ** 0.05)
        elif high > low:
            panel.set_xlim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    order = np.linspace(0.35, 1.0, len(there))
    size, faint = (9, 0.4) if len(there) > 300 else (26, 0.85)
    panel.scatter(places, heights, c=order, cmap="Blues", vmin=0, vmax=1, s=size, alpha=faint,
                  linewidths=0)  # fmt: skip
    best = next((n for n, t in enumerate(there) if t.number == scene.standings[0].trial), None)
    if best is not None:
        panel.scatter([places[best]], [heights[best]], color=RED, s=34, linewidths=0, zorder=3)
    plain(panel, "", x=scene.names[axis.key])
    panel.minorticks_off()


def _spread(axis: Axis, there: Sequence[Trial]) -> list[float]:
    """Places evenly around an option's own, so that points do not hide one another.

    A number stays at its own: beside it the point would read as another number.
    """
    places = {choice: place for place, choice in enumerate(axis.choices)}
    options = [str(trial.params[axis.key]) for trial in there]
    room, count, seen = 0.0 if _are_numbers(axis) else 0.5, Counter(options), Counter[str]()
    found = []
    for option in options:
        seen[option] += 1
        beside = (seen[option] - 0.5) / count[option] - 0.5
        found.append(places.get(option, 0) + room * beside)
    return found


def _are_numbers(axis: Axis) -> bool:
    try:
        return all(math.isfinite(float(choice)) for choice in axis.choices)
    except ValueError:
        return False


def _space(axis: Axis, trials: Sequence[Trial]) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    if axis.choices:
        there = (str(trial.params[axis.key]) for trial in trials)
        return CategoricalDistribution(tuple(dict.fromkeys([*axis.choices, *there])))
    low, high = (_scaled(axis, end) for end in ends(axis, trials))
    return FloatDistribution(low, high)


def _scaled(axis: Axis, value: Any) -> Any:  # noqa: ANN401 - a text or a number
    """The forest splits as the search draws: where ratios count, by the logarithm."""
    if axis.choices:
        return str(value)
    return math.log10(value) if axis.log else float(value)

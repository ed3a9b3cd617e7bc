"""Forest plots: differences with their intervals, and where none lies."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from xinzhi.errors import ConfigError
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
from xinzhi.registry.comparison_words import in_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from xinzhi.registry.comparison_pairs import Pair
    from xinzhi.registry.comparison_results import Comparison, Ranking

_SHOWN, _LONGEST = 30, 48
_FORMS = (".png", ".svg", ".pdf")


class _Row(NamedTuple):
    label: str
    value: float
    low: float
    high: float
    colour: str


def forest(found: "Comparison", path: Path) -> None:
    """Draws what the second of every two runs gains over the first, measure by measure.

    Shares are in points, what has a unit of its own is in percent of the first one's value. Of more
    than two runs the main measure is drawn, and the others where a difference is real.

    Args:
        found: what was compared.
        path: of the file.
    """
    several = len(found.runs) > 2
    main = next(iter(found.metrics))
    points: list[_Row] = []
    percents: list[_Row] = []
    for one in found.pairs:
        if several and one.metric != main and one.better is None:
            continue
        rows, scale = (points, 100.0) if in_points(one.metric) else (percents, _percent(one))
        if math.isfinite(one.low) and math.isfinite(scale):
            rows.append(_row(one, scale, several=several))
    who = "the second of two runs" if several else "B"
    shown = [
        (points, f"what {who} gains, in points"),
        (percents, f"what {who} gains, in % of the {'first' if several else 'value of A'}"),
    ]
    title = f"On {found.rows}; grey cannot be told apart"
    sides = ("first is better", "second is better") if several else ("A is better", "B is better")
    _save(_drawn([one for one in shown if one[0]], title, sides), path)


def _percent(pair: "Pair") -> float:
    return 100.0 / abs(pair.value_a) if pair.value_a else math.nan


def _row(pair: "Pair", scale: float, *, several: bool) -> _Row:
    turned = scale if pair.higher_is_better else -scale
    low, high = sorted((turned * pair.low, turned * pair.high))
    label = f"{pair.a} → {pair.b}  {pair.metric}" if several else pair.metric
    colour = QUIET if pair.better is None else BLUE if pair.better == pair.b else RED
    return _Row(label, turned * pair.difference, low, high, colour)


def forest_of_sweep(found: "Ranking", path: Path) -> None:
    """Draws how far each configuration lies behind the best, with intervals that hold at once.

    Args:
        found: the ranking.
        path: of the file.
    """
    metric = found.objective.rpartition("/")[2]
    scale = 100.0 if in_points(metric) else 1.0
    rows = [
        _Row(
            f"{shortened(one.setting, _LONGEST)}  #{one.trial}",
            scale * one.difference,
            scale * (one.difference if one.low is None else one.low),
            scale * (one.difference if one.high is None else one.high),
            RED if one.rank == 1 else QUIET if one.tied else BLUE,
        )
        for one in found.places[:_SHOWN]
    ]
    unit = " in points" if in_points(metric) else ""
    title = f"Behind the best of {found.sweep}; grey cannot be told apart from it"
    _save(_drawn([(rows, f"{found.objective}{unit}, to the best")], title, None), path)


def _drawn(
    panels: Sequence[tuple[Sequence[_Row], str]], title: str, sides: tuple[str, str] | None
) -> "Figure":
    heights = [1.1 + 0.27 * len(rows) for rows, _ in panels]
    width = max(displayed_width(row.label) for rows, _ in panels for row in rows)
    figure = blank(5.2 + 0.075 * width, 0.5 + sum(heights))
    grid = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (rows, name) in zip(grid, panels, strict=True):
        _panel(axes, rows, name, sides)
    figure.suptitle(title, x=0.02, ha="left", fontsize=11, color=INK)
    return figure


def _panel(axes: "Axes", rows: Sequence[_Row], name: str, sides: tuple[str, str] | None) -> None:
    places = np.arange(len(rows))
    axes.axvline(0, color=INK, linewidth=1)
    for place, row in zip(places, rows, strict=True):
        axes.plot([row.low, row.high], [place, place], color=row.colour, linewidth=2)
        axes.plot(row.value, place, "D", color=row.colour, markersize=5)
    plain(axes, "", x=name)
    if sides is not None:
        look: dict[str, Any] = {
            "transform": axes.transAxes,
            "fontsize": 9,
            "color": QUIET,
            "va": "bottom",
        }
        axes.text(0.0, 1.02, f"← {sides[0]}", ha="left", **look)
        axes.text(1.0, 1.02, f"{sides[1]} →", ha="right", **look)
        reach = 1.08 * max(abs(end) for row in rows for end in (row.low, row.high)) or 1.0
        axes.set_xlim(-reach, reach)
    axes.set_yticks(places, [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")


def _save(figure: "Figure", path: Path) -> None:
    """Writes the file, with a font that has the labels' characters.

    Raises:
        ConfigError: it cannot be written there.
    """
    if path.suffix.lower() not in _FORMS:
        raise ConfigError(
            f"figure= must end in {', '.join(_FORMS)}, was {path.name}", mend="figure=forest.png"
        )
    if not path.absolute().parent.is_dir():
        raise ConfigError(f"figure= must lie in a folder that is there, was {path}")
    from xinzhi.evaluation.fonts import lettering, set_fonts

    labels = [t.get_text() for axes in figure.axes for t in axes.get_yticklabels()]
    set_fonts(figure, lettering(labels)[1])
    figure.savefig(path)

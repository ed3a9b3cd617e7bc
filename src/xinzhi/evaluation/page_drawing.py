"""Drawings of a page as inline SVG: colours by CSS, so that they follow light and dark."""

import math
from collections.abc import Mapping, Sequence
from html import escape

from xinzhi.evaluation.calibration import Calibration
from xinzhi.evaluation.page_spread import Histogram
from xinzhi.evaluation.page_words import number
from xinzhi.evaluation.thresholds import Curve

WIDTH, HEIGHT = 440, 290
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 12, 10, 40
_BAR = 160  # width of an interval's track


class Axes:
    """A frame with round ticks, into which points are placed.

    Args:
        x: least and most.
        y: least and most.
        x_name: below.
        y_name: at the left.
        percent: whether both axes are shares.
    """

    def __init__(
        self,
        x: tuple[float, float],
        y: tuple[float, float],
        *,
        x_name: str,
        y_name: str,
        percent: tuple[bool, bool] = (False, False),
    ) -> None:
        self._x, self._y = _apart(x), _apart(y)
        self._parts = [
            *self._grid(percent),
            _text((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 6, x_name, "middle", "name"),
            f'<text class="name" text-anchor="middle" transform="translate(12 '
            f'{(_TOP + HEIGHT - _BOTTOM) / 2:.0f}) rotate(-90)">{escape(y_name)}</text>',
        ]

    def _grid(self, percent: tuple[bool, bool]) -> list[str]:
        parts = []
        for value in ticks(*self._y):
            y = self.at(self._x[0], value)[1]
            parts.append(
                f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
            )
            parts.append(_text(_LEFT - 6, y + 4, _tick(value, percent[1]), "end"))
        for value in ticks(*self._x):
            x = self.at(value, self._y[0])[0]
            parts.append(_text(x, HEIGHT - _BOTTOM + 15, _tick(value, percent[0]), "middle"))
        return parts

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Gives the place of a point; what lies outside is put on the border."""
        across = (min(max(x, self._x[0]), self._x[1]) - self._x[0]) / (self._x[1] - self._x[0])
        up = (min(max(y, self._y[0]), self._y[1]) - self._y[0]) / (self._y[1] - self._y[0])
        return (
            round(_LEFT + across * (WIDTH - _LEFT - _RIGHT), 1),
            round(HEIGHT - _BOTTOM - up * (HEIGHT - _TOP - _BOTTOM), 1),
        )

    def line(self, xs: Sequence[float], ys: Sequence[float], kind: str) -> None:
        """Draws a line through points; where there is no number it is broken."""
        pieces: list[list[str]] = [[]]
        for x, y in zip(xs, ys, strict=True):
            if math.isfinite(y):
                pieces[-1].append("{},{}".format(*self.at(x, y)))
            elif pieces[-1]:
                pieces.append([])
        self._parts += [f'<polyline class="{kind}" points="{" ".join(p)}"/>' for p in pieces if p]

    def steps(self, xs: Sequence[float], ys: Sequence[float], kind: str) -> None:
        """Draws numbers that hold up to each x from the one before, the first from the border."""
        starts = [self._x[0], *xs][: len(xs)]
        across = [x for ends in zip(starts, xs, strict=True) for x in ends]
        self.line(across, [y for y in ys for _ in range(2)], kind)

    def dot(self, x: float, y: float, kind: str, size: float = 3.5) -> None:
        """Draws a point."""
        at = self.at(x, y)
        self._parts.append(f'<circle class="{kind}" cx="{at[0]}" cy="{at[1]}" r="{size:.1f}"/>')

    def bar(self, x: tuple[float, float], y: tuple[float, float], kind: str) -> None:
        """Draws a rectangle."""
        left, bottom = self.at(x[0], y[0])
        right, top = self.at(x[1], y[1])
        self._parts.append(
            f'<rect class="{kind}" x="{left + 0.5:.1f}" y="{top}" '
            f'width="{max(right - left - 1, 0.5):.1f}" height="{max(bottom - top, 0):.1f}"/>'
        )

    def drawn(self, title: str) -> str:
        """Gives the drawing.

        Args:
            title: what a screen reader says.
        """
        return svg(WIDTH, HEIGHT, self._parts, title)


def svg(width: int, height: int, parts: Sequence[str], title: str, kind: str = "plot") -> str:
    """Puts parts together.

    Args:
        width: of the drawing.
        height: of it.
        parts: of SVG.
        title: what a screen reader says.
        kind: class of the drawing.
    """
    label = escape(title, quote=True)
    head = f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
    return head + "".join(parts) + "</svg>"


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Gives round numbers between two.

    >>> ticks(0, 1)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    step = 10.0 ** math.floor(math.log10((high - low) / most))
    step *= next(times for times in (1, 2, 5, 10) if (high - low) / (step * times) <= most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def interval_bar(
    low: float | None,
    value: float | None,
    high: float | None,
    *,
    scale: tuple[float, float],
    mark: float | None = None,
    kind: str = "",
) -> str:
    """Draws a measure with its interval on a track, and a mark to compare it with.

    Args:
        low: end of the interval.
        value: the measure; nothing is drawn without it.
        high: the other end.
        scale: least and most of the track.
        mark: such as the measure of all.
        kind: class of what is drawn.
    """
    if value is None:
        return ""
    ends = _apart(scale)

    def at(one: float) -> float:
        return round(
            4 + (_BAR - 8) * (min(max(one, ends[0]), ends[1]) - ends[0]) / (ends[1] - ends[0]), 1
        )

    parts = [f'<line class="track" x1="0" x2="{_BAR}" y1="9" y2="9"/>']
    if mark is not None:
        parts.append(f'<line class="mark" x1="{at(mark)}" x2="{at(mark)}" y1="0" y2="18"/>')
    if low is not None and high is not None:
        parts.append(f'<line class="reach" x1="{at(low)}" x2="{at(high)}" y1="9" y2="9"/>')
    parts.append(f'<circle class="point" cx="{at(value)}" cy="9" r="4.5"/>')
    return svg(_BAR, 18, parts, number(value), f"interval {kind}".strip())


def reliability(told: Calibration) -> str:
    """Draws what was promised beside what held.

    Args:
        told: with at least one bin.
    """
    if told.sizes:
        return _by_size(told)
    axes = Axes((0, 1), (0, 1), x_name=told.subject, y_name="share that held", percent=(True, True))
    most = max(one.count for one in told.bins)
    for one in told.bins:
        axes.bar((one.low, one.high), (0, 0.16 * one.count / most), "weight")
    axes.line([0, 1], [0, 1], "ideal")
    for one in told.bins:
        axes.line([one.promised] * 2, [one.held_low, one.held_high], "whisker")
    axes.line([one.promised for one in told.bins], [one.held for one in told.bins], "first thin")
    for one in told.bins:
        axes.dot(one.promised, one.held, "first")
    return axes.drawn("what was promised beside what held")


def _by_size(told: Calibration) -> str:
    low = min(one.held_low for one in told.bins)
    middles = [(one.low + one.high) / 2 for one in told.bins]
    ends = (told.bins[0].low, told.bins[-1].high)
    floor = max(0.0, math.floor(10 * min(low, told.promised)) / 10 - 0.1)
    axes = Axes(ends, (floor, 1), x_name="predicted", y_name="share inside", percent=(False, True))
    axes.line(ends, [told.promised] * 2, "ideal")
    for middle, one in zip(middles, told.bins, strict=True):
        axes.line([middle] * 2, [one.held_low, one.held_high], "whisker")
    axes.line(middles, [one.held for one in told.bins], "first thin")
    for middle, one in zip(middles, told.bins, strict=True):
        axes.dot(middle, one.held, "first")
    return axes.drawn("share of truths inside their intervals by predicted size")


def curve(told: Curve, names: Sequence[str]) -> str:
    """Draws some lines of a curve over the threshold.

    Args:
        told: the curve.
        names: of the lines.
    """
    shares = "cost" not in names
    highest = max((v for name in names for v in told.lines[name] if math.isfinite(v)), default=1.0)
    first = min(told.threshold[0], told.chosen or 1.0) if told.kind == "alone" else 0.0
    axes = Axes(
        (min(first, 0.95), 1.0),
        (0, 1 if shares else highest),
        x_name="threshold",
        y_name="share" if shares else "cost per row",
        percent=(False, shares),
    )
    kinds = ("first", "second", "third")
    for name, kind in zip(names, kinds, strict=False):
        axes.steps(told.threshold, told.lines[name], kind)
    if told.chosen is not None:
        axes.line([told.chosen] * 2, [0, 1 if shares else highest], "chosen")
    for name, kind in zip(names, kinds, strict=False):
        if told.chosen is not None and name in told.reached:
            axes.dot(told.chosen, told.reached[name], kind, 4.5)
    return axes.drawn(f"{', '.join(names)} by threshold")


def histogram(told: Histogram) -> str:
    """Draws how often each value is.

    Args:
        told: the counts.
    """
    ends, most = (told.edges[0], told.edges[-1]), max(told.counts)
    axes = Axes(ends, (0, most), x_name=told.name, y_name="examples")
    for i, count in enumerate(told.counts):
        axes.bar((told.edges[i], told.edges[i + 1]), (0, count), "first fill")
    if ends[0] < 0 < ends[1]:
        axes.line([0, 0], [0, most], "ideal")
    return axes.drawn(f"how often each {told.name} is")


def points(told: Sequence[tuple[float, float]]) -> str:
    """Draws truth over answer.

    Args:
        told: answer and truth.
    """
    every = [value for pair in told for value in pair]
    ends = (min(every), max(every))
    axes = Axes(ends, ends, x_name="answer", y_name="truth")
    axes.line(ends, ends, "ideal")
    for x, y in told:
        axes.dot(x, y, "first cloud", 2.6)
    return axes.drawn("truth over answer")


def courses(told: Sequence[Sequence[float]]) -> str:
    """Draws the course of each channel of a series, each on its own scale.

    Args:
        told: numbers of each channel.
    """
    parts = []
    for place, values in enumerate(told):
        low, high = _apart((min(values), max(values)))
        top = 4 + 24 * place
        spots = [
            f"{240 * i / max(len(values) - 1, 1):.1f},{top + 18 * (high - v) / (high - low):.1f}"
            for i, v in enumerate(values)
        ]
        parts.append(f'<polyline class="first thin" points="{" ".join(spots)}"/>')
    return svg(240, 4 + 24 * len(told), parts, "course of the series", "course")


def scale(values: Mapping[str, float | None] | Sequence[float | None]) -> tuple[float, float]:
    """Gives the ends of a track that holds all of these.

    Args:
        values: ends of intervals and measures.
    """
    known = [
        one
        for one in (values.values() if isinstance(values, Mapping) else values)
        if one is not None
    ]
    return _apart((min(known, default=0.0), max(known, default=1.0)))


def _apart(ends: tuple[float, float]) -> tuple[float, float]:
    low, high = ends
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _tick(value: float, percent: bool) -> str:
    return f"{value:.0%}" if percent else f"{value:,.6g}"


def _text(x: float, y: float, text: str, anchor: str, kind: str = "tick") -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )

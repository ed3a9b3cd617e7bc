"""Drawings of numbers as inline SVG; no text of the data is in them, so nothing needs escaping."""

from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 720, 170
_LEFT, _BOTTOM, _TOP = 52, 22, 8


def histogram(
    counts: Mapping[str, Sequence[int]], *, width: float, low: float | None = None
) -> str:
    """Draw how many rows fall into each bin, the splits upon one another.

    Args:
        counts: split → rows per bin; the last bin is open.
        width: of a bin.
        low: where the first bin begins, which is open too; 0 and closed by default.
    """
    bins = len(next(iter(counts.values())))
    highest = max((sum(own[i] for own in counts.values()) for i in range(bins)), default=0) or 1
    scale = (HEIGHT - _BOTTOM - _TOP) / highest
    step = (WIDTH - _LEFT) / bins
    parts = [_grid(highest, scale)]
    for place in range(bins):
        base = float(HEIGHT - _BOTTOM)
        for split, own in counts.items():
            tall = own[place] * scale
            base -= tall
            parts.append(_bar(split, _LEFT + place * step + 1, base, step - 2, tall))
    for place in range(0, bins, 3):
        more = "+" if place == bins - 1 else ""
        edge = f"{place * width:,}" if low is None else f"{low + place * width:,.6g}"
        parts.append(_label(_LEFT + place * step, HEIGHT - 6, f"{edge}{more}", "start"))
    return _svg(WIDTH, HEIGHT, parts)


def box(quantiles: Sequence[float], least: float, most: float, *, split: str) -> str:
    """Draw 5, 25, 50, 75 and 95 % as a box with whiskers.

    Args:
        quantiles: of these five shares.
        least: the left end of the axis.
        most: the right end of the axis.
        split: whose colour it has.
    """
    span = (most - least) or 1.0
    low, left, middle, right, high = (4 + 192 * (value - least) / span for value in quantiles)
    parts = [
        f'<line class="whisker" x1="{low:.1f}" x2="{high:.1f}" y1="8" y2="8"/>',
        _bar(split, left, 3, max(right - left, 1), 10),
        f'<line class="median" x1="{middle:.1f}" x2="{middle:.1f}" y1="1" y2="15"/>',
    ]
    return _svg(200, 16, parts, kind="box")


def _grid(highest: int, scale: float) -> str:
    """Draw at most five lines at round heights."""
    units = (unit * 10**power for power in range(12) for unit in (1, 2, 5))
    step = next(unit for unit in units if unit * 4.5 >= highest)
    lines = []
    for value in range(0, highest + 1, step):
        y = HEIGHT - _BOTTOM - value * scale
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(_label(_LEFT - 6, y + 4, f"{value:,}", "end"))
    return "".join(lines)


def _bar(split: str, x: float, y: float, wide: float, tall: float) -> str:
    if tall <= 0:
        return ""
    return f'<rect class="{split}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}"/>'


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _svg(width: int, height: int, parts: Sequence[str], *, kind: str = "plot") -> str:
    return f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img">{"".join(parts)}</svg>'

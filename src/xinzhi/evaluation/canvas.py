"""The look that all figures share: plain axes, few colours, no global state of matplotlib."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#22303c"
QUIET = "#8a97a3"
GRID = "#e6eaee"
BLUE = "#2f6db3"
RED = "#c8553d"
# distinguishable with the common forms of colour blindness (Okabe and Ito, 2008)
CYCLE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555", "#000000")


def blank(width: float, height: float) -> "Figure":
    """A figure of that size in inches, drawn by Agg without pyplot, so that threads may draw."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.09, h_pad=0.09)
    figure = Figure(figsize=(width, height), dpi=120, layout=layout)
    FigureCanvasAgg(figure)
    return figure


def plain(axes: "Axes", title: str, *, x: str = "", y: str = "") -> None:
    """Title and axis names, a light grid, no box."""
    axes.set_title(title, loc="left", fontsize=11, color=INK, pad=8)
    axes.set_xlabel(x, color=INK)
    axes.set_ylabel(y, color=INK)
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=9, length=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(QUIET)


def shortened(name: str, limit: int = 28) -> str:
    """The name, cut in the middle where it is long; wide characters count twice.

    >>> shortened("a_very_long_name_of_a_class_that_goes_on", 21)
    'a_very_lon…at_goes_on'
    """
    if displayed_width(name) <= limit:
        return name
    half = (limit - 1) // 2
    return _fitting(name, half) + "…" + _fitting(name[::-1], half)[::-1]


def displayed_width(name: str) -> int:
    """Columns that a name takes, where Chinese characters take two."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(one) in "WF" else 1 for one in name)


def _fitting(name: str, limit: int) -> str:
    end = len(name)
    while displayed_width(name[:end]) > limit:
        end -= 1
    return name[:end]

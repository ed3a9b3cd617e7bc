"""Confusion matrix and the most confused pairs of classes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.evaluation.canvas import BLUE, INK, blank, displayed_width, plain, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Counts = np.ndarray[Any, np.dtype[np.int64]]

MOST = 25  # classes in one matrix; beyond it cells are too small to read
REST = "(others)"


def confusion_matrix(counts: "Counts", names: Sequence[str]) -> "Figure":
    """Rows are the true classes, columns the predicted ones, colours shares of the row.

    With more than 25 classes, the 24 that are confused most are shown and the others summed up.

    Args:
        counts: examples of class row predicted as class column, shape: (C, C).
        names: C names.

    Returns:
        The figure.
    """
    from matplotlib.colors import PowerNorm

    shown, labels = confused_most(counts, names, MOST)
    size = len(labels)
    shares = shown / np.maximum(shown.sum(axis=1, keepdims=True), 1)
    longest = max(displayed_width(label) for label in labels)
    margin = 0.085 * longest + 1.0
    side = max(2.6, 0.36 * size)
    figure = blank(side + margin + 0.8, side + (margin if _turned(labels) else 1.2))
    axes = figure.subplots()
    # the root makes small shares, the confusions, visible
    image = axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, vmin=0, vmax=1))
    _write_cells(axes, shown, shares)
    wrong = int(counts.sum() - np.trace(counts))
    title = f"{wrong:,} of {int(counts.sum()):,} predicted wrongly"
    if size < len(names):
        title += f"\nthe {size - 1} most confused of {len(names)} classes"
    plain(axes, title, x="predicted", y="true")
    axes.grid(visible=False)
    axes.set_xticks(range(size), labels, rotation=90 if _turned(labels) else 0)
    axes.set_yticks(range(size), labels)
    axes.tick_params(labelsize=10 if size <= 12 else 8)
    bar = figure.colorbar(image, ax=axes, fraction=0.035, pad=0.02)
    bar.set_label("share of the true class", color=INK, fontsize=9)
    bar.ax.spines["outline"].set_visible(False)
    bar.ax.tick_params(labelsize=8, length=0)
    return figure


def confused_pairs(counts: "Counts", names: Sequence[str], *, most: int = 20) -> "Figure | None":
    """The pairs of classes that are confused most often, as bars.

    Args:
        counts: shape: (C, C).
        names: C names.
        most: how many pairs at most.

    Returns:
        The figure, or None where nothing was confused.
    """
    from matplotlib.ticker import MaxNLocator

    errors = counts.copy()
    np.fill_diagonal(errors, 0)
    order = np.argsort(-errors, axis=None, kind="stable")[:most]
    pairs = [divmod(int(cell), len(names)) for cell in order if errors.flat[cell] > 0]
    if not pairs:
        return None
    labels = [f"{shortened(names[i])}  →  {shortened(names[j])}" for i, j in pairs]
    values = [int(errors[i, j]) for i, j in pairs]
    shares = [errors[i, j] / counts[i].sum() for i, j in pairs]
    longest = max(displayed_width(label) for label in labels)
    figure = blank(4.2 + 0.085 * longest, 1.2 + 0.27 * len(pairs))
    axes = figure.subplots()
    bars = axes.barh(range(len(pairs)), values, color=BLUE, height=0.7)
    texts = [f" {value:,}  ({share:.0%})" for value, share in zip(values, shares, strict=True)]
    axes.bar_label(bars, texts, fontsize=8.5, color=INK)
    covered = sum(values) / errors.sum()
    title = f"Most confused: true → predicted\n{covered:.0%} of all errors; (share of true class)"
    plain(axes, title, x="examples")
    axes.set_yticks(range(len(pairs)), labels)
    axes.set_xlim(0, max(values) * 1.22)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=False, axis="y")
    axes.invert_yaxis()
    return figure


def confused_most(counts: "Counts", names: Sequence[str], most: int) -> tuple["Counts", list[str]]:
    """Sums up the classes that are confused least, so that a matrix can be read.

    Args:
        counts: shape: (C, C).
        names: C names.
        most: classes at most, that of all others among them.

    Returns:
        The matrix and its names, cut where they are long.
    """
    if len(names) <= most:
        return counts, [shortened(name) for name in names]
    right = np.diag(counts)
    errors = counts.sum(axis=0) + counts.sum(axis=1) - 2 * right
    chosen = np.sort(np.argsort(-errors, kind="stable")[: most - 1])
    group = np.full(len(names), most - 1)
    group[chosen] = np.arange(most - 1)
    summed = np.zeros((most, most), dtype=counts.dtype)
    np.add.at(summed, (group[:, None], group[None, :]), counts)
    return summed, [*(shortened(names[index]) for index in chosen), REST]


def _turned(labels: Sequence[str]) -> bool:
    widest = max(displayed_width(label) for label in labels)
    return widest * len(labels) > 30  # what fits beside one another below the cells


def _write_cells(axes: "Axes", counts: "Counts", shares: "np.ndarray[Any, Any]") -> None:
    size = 10 if len(counts) <= 12 else 6.5
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if shares[row, column] > 0.55 else INK
            axes.text(
                column, row, f"{count:,}", ha="center", va="center", color=colour, fontsize=size
            )

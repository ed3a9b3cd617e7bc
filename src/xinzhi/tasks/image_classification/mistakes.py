"""A sheet of the images that a model was most sure of, wrongly."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import Tensor

_COLUMNS, _ROWS = 6, 4


def mistakes(
    probabilities: "Tensor",
    truth: "Tensor",
    classes: Sequence[str],
    images: Callable[[int], np.ndarray],
) -> "Figure | None":
    """Shows the mistakes of the highest confidence with the true and the given class.

    Args:
        probabilities: shape (N, C).
        truth: classes, shape (N,).
        classes: C names.
        images: gives the image at a place of these, shape (H, W, 1 or 3), uint8.

    Returns:
        The figure, or None where there is no mistake.
    """
    from xinzhi.evaluation.canvas import INK, RED, blank, shortened
    from xinzhi.evaluation.fonts import lettering, set_fonts

    names, families = lettering(classes, offline=False)
    confidence, given = probabilities.max(1)
    wrong = (given != truth).nonzero().flatten()
    if not len(wrong):
        return None
    worst = wrong[confidence[wrong].argsort(descending=True)][: _COLUMNS * _ROWS].tolist()
    rows = -(-len(worst) // _COLUMNS)
    said = f"{len(wrong):,} mistakes, the surest first"
    if len(worst) < len(wrong):
        said = f"the {len(worst)} of {len(wrong):,} mistakes that the model was surest of"
    figure = blank(1.75 * _COLUMNS, 2.05 * rows + 0.6)
    figure.suptitle(
        said,
        x=0.02, ha="left", fontsize=11, color=INK,
    )  # fmt: skip
    for axes in figure.subplots(rows, _COLUMNS, squeeze=False).flat:
        axes.set_axis_off()
    for axes, place in zip(figure.axes, worst, strict=False):
        axes.imshow(images(place).squeeze(), cmap="gray", vmin=0, vmax=255)
        answer = f"{shortened(names[given[place]], 18)} {confidence[place]:.0%}"
        axes.set_title(answer, fontsize=8, color=RED, pad=14)
        axes.text(
            0.5, 1.03, f"is {shortened(names[truth[place]], 18)}",
            transform=axes.transAxes, ha="center", va="bottom", fontsize=8, color=INK,
        )  # fmt: skip
    set_fonts(figure, families)
    return figure

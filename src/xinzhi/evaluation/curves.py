"""Curves over thresholds and confidence: precision-recall, reliability, coverage."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
import torchmetrics.functional.classification as F
from torch import Tensor

from xinzhi.evaluation.canvas import BLUE, CYCLE, INK, QUIET, RED, blank, plain, shortened
from xinzhi.metrics.classification import CALIBRATION_BINS
from xinzhi.metrics.selective import Selective, coverage_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEW = 6  # classes whose curves can be told apart in one figure


def precision_recall(probabilities: Tensor, truth: Tensor, names: Sequence[str]) -> "Figure":
    """Precision over recall of each class against the rest; the worst ones if there are many.

    Args:
        probabilities: shape: (N, C).
        truth: bool, shape: (N, C).
        names: C names.

    Returns:
        The figure, with the average precision of each curve in its legend.
    """
    defined = truth.any(dim=0).nonzero().flatten().tolist()
    columns = [1] if len(names) == 2 and 1 in defined else defined
    scores = {
        column: float(F.binary_average_precision(probabilities[:, column], truth[:, column].long()))
        for column in columns
    }
    shown = sorted(columns, key=lambda column: scores[column])[:FEW]
    figure = blank(7.4, 4.4)
    axes = figure.subplots()
    title = "Precision over recall"
    if len(columns) > FEW:
        title += f", the {FEW} worst of {len(columns)} classes"
        _curve(axes, probabilities.flatten(), truth.flatten(), "all decisions", INK, width=2.4)
    elif len(columns) == 1:
        rate = float(truth[:, columns[0]].double().mean())
        axes.axhline(rate, color=QUIET, linestyle=":", label=f"chance {rate:.3f}")
    for column, colour in zip(shown, CYCLE, strict=False):
        label = shortened(names[column])
        _curve(axes, probabilities[:, column], truth[:, column], label, colour)
    plain(axes, title, x="recall", y="precision")
    axes.set_xlim(0, 1.01)
    axes.set_ylim(0, 1.02)
    figure.legend(loc="outside right upper", frameon=False, fontsize=9, title="average precision")
    return figure


def reliability(confidence: Tensor, correct: Tensor, *, error: float) -> "Figure":
    """Share of right answers by confidence, beside the diagonal, over a histogram.

    Args:
        confidence: of each answer, shape: (N,).
        correct: whether it is right, bool, shape: (N,).
        error: the expected calibration error, for the title.

    Returns:
        The figure.
    """
    edges = torch.linspace(0, 1, CALIBRATION_BINS + 1, dtype=torch.float64)
    bins = torch.bucketize(confidence.double().clamp(1e-12, 1), edges) - 1
    count = torch.bincount(bins, minlength=CALIBRATION_BINS).double()
    right = torch.bincount(bins, weights=correct.double(), minlength=CALIBRATION_BINS) / count
    sure = torch.bincount(bins, weights=confidence.double(), minlength=CALIBRATION_BINS) / count
    full = count > 0
    figure = blank(5.2, 5.6)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    width, left = 1 / CALIBRATION_BINS, edges[:-1][full].numpy()
    style: dict[str, Any] = {
        "width": width,
        "align": "edge",
        "edgecolor": "white",
        "linewidth": 0.8,
    }
    upper.bar(left, right[full].numpy(), color=BLUE, label="right", **style)
    gap = (sure - right)[full].numpy()
    style |= {"facecolor": "none", "edgecolor": RED, "hatch": "////"}
    upper.bar(left, gap, bottom=right[full].numpy(), label="gap to the confidence", **style)
    upper.plot([0, 1], [0, 1], color=QUIET, linestyle=":", label="perfectly calibrated")
    mean_sure, mean_right = float(confidence.double().mean()), float(correct.double().mean())
    plain(
        upper,
        f"Calibration error {error:.3f}: {mean_sure:.1%} sure, {mean_right:.1%} right",
        y="share of right answers",
    )
    upper.legend(frameon=False, fontsize=9, loc="upper left")
    upper.set_ylim(0, 1.02)
    lower.bar(left, count[full].numpy(), color=QUIET, width=width * 0.94, align="edge")
    plain(lower, "", x="confidence", y="answers")
    lower.set_xlim(0, 1)
    return figure


def coverage(
    confidence: Tensor, correct: Tensor, *, accept: float, chosen: Selective | None = None
) -> "Figure":
    """Precision of what is answered alone, over the share answered, from the surest on.

    Args:
        confidence: shape: (N,).
        correct: bool, shape: (N,).
        accept: the precision asked for.
        chosen: what the threshold chosen on the validation split gives here.

    Returns:
        The figure.
    """
    curve = coverage_curve(confidence, correct)
    figure = blank(6.2, 4.2)
    axes = figure.subplots()
    axes.plot(curve.share.numpy(), curve.precision.numpy(), color=BLUE, linewidth=2)
    axes.axhline(accept, color=QUIET, linestyle=":")
    axes.annotate(f"asked for: {accept:.0%}", (0.005, accept), color=QUIET, fontsize=9, va="bottom")
    title = "Nothing can be answered alone at the precision asked for"
    if chosen is not None and chosen.share > 0:
        axes.plot([chosen.share], [chosen.precision], "o", color=RED, markersize=8)
        axes.vlines(chosen.share, 0, chosen.precision, color=RED, linewidth=1, linestyle="--")
        title = (
            f"{chosen.share:.0%} answered alone, {chosen.precision:.1%} of them right\n"
            f"(threshold {chosen.threshold:.3f}, chosen on validation)"
        )
    plain(axes, title, x="share answered alone", y="precision of these answers")
    low = min(float(curve.precision[len(curve.precision) // 20 :].min()), accept)
    axes.set_ylim(max(0.0, low - 0.05), 1.005)
    axes.set_xlim(0, 1)
    return figure


def _curve(
    axes: "Axes", scores: Tensor, truth: Tensor, label: str, colour: str, width: float = 1.7
) -> None:
    precision, recall, _ = F.binary_precision_recall_curve(scores, truth.long())
    average = float(F.binary_average_precision(scores, truth.long()))
    axes.plot(
        recall.numpy(),
        precision.numpy(),
        color=colour,
        linewidth=width,
        drawstyle="steps-post",
        label=f"{average:.3f}  {label}",
    )

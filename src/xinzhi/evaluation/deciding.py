"""Figures of deciding for one class by a threshold. Shapes: N examples."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from xinzhi.evaluation.canvas import BLUE, GRID, INK, QUIET, RED, blank, plain, shortened
from xinzhi.evaluation.curves import precision_recall
from xinzhi.evaluation.fonts import lettering, set_fonts
from xinzhi.metrics.binary import Cost, Decisions, decisions, ks

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def decision_figures(
    probability: Tensor,
    positive: Tensor,
    *,
    name: str,
    threshold: float,
    cost: Cost | None = None,
    offline: bool = True,
) -> dict[str, "Figure"]:
    """All figures of one class's probabilities, where both it and others are there.

    Args:
        probability: of the class, shape (N,).
        positive: where it is right, bool, shape (N,).
        name: of the class.
        threshold: chosen on validation.
        cost: of wrong decisions; 1 each by default.
        offline: where no installed font has the name's characters, take the packaged one only if
            it is in the cache.

    Returns:
        `roc`, `precision_recall`, `ks` and `threshold_cost`; none where there is only one class.
    """
    counted = decisions(probability, positive)
    if not counted.positives or not counted.negatives:
        return {}
    (shown,), families = lettering([name], offline=offline)
    name = shortened(shown)
    shares = torch.stack([1 - probability, probability], dim=1)
    figures = {
        "precision_recall": precision_recall(
            shares, torch.stack([~positive, positive], dim=1), ["others", name]
        ),
        "roc": roc(counted, name=name, threshold=threshold),
        "ks": ks_curve(counted, name=name),
        "threshold_cost": threshold_cost(
            counted, name=name, threshold=threshold, cost=cost or Cost(1, 1)
        ),
    }
    for figure in figures.values():
        set_fonts(figure, families)
    return figures


def roc(counted: Decisions, *, name: str, threshold: float) -> "Figure":
    """Share of the class found over share of the others taken for it.

    Args:
        counted: errors by threshold.
        name: of the class.
        threshold: marked.
    """
    found, alarmed = counted.found(), counted.alarmed()
    area = float(((found[1:] + found[:-1]) / 2 * alarmed.diff()).sum())
    figure = blank(5.2, 4.8)
    axes = figure.subplots()
    axes.fill_between(alarmed, found, color=BLUE, alpha=0.08, linewidth=0)
    axes.plot(alarmed, found, color=BLUE, linewidth=2)
    axes.plot([0, 1], [0, 1], color=QUIET, linestyle=":", label="chance")
    place = _at(counted, threshold)
    label = f"threshold {threshold:.3f}: {found[place]:.1%} found"
    axes.plot([alarmed[place]], [found[place]], "o", color=RED, markersize=8, label=label)
    plain(
        axes,
        f"{name}: area under the curve {area:.4f}",
        x="share of the others taken for it",
        y="share of the class found",
    )
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.02)
    axes.legend(frameon=False, fontsize=9, loc="lower right")
    return figure


def ks_curve(counted: Decisions, *, name: str) -> "Figure":
    """How the class's probabilities lie apart from the others' (Kolmogorov-Smirnov).

    Args:
        counted: errors by threshold.
        name: of the class.
    """
    at = counted.threshold.clamp(max=1.0)
    below_class, below_others = 1 - counted.found(), 1 - counted.alarmed()
    widest = int((below_others - below_class).argmax())
    figure = blank(6.2, 4.2)
    axes = figure.subplots()
    for values, colour, label in ((below_others, BLUE, "others"), (below_class, RED, name)):
        axes.step(at, values, color=colour, linewidth=2, where="pre", label=label)
    low, high = float(below_class[widest]), float(below_others[widest])
    axes.vlines(float(at[widest]), low, high, color=INK, linewidth=1.4, linestyle="--")
    plain(
        axes,
        f"Farthest apart at {float(at[widest]):.3f}: KS {ks(counted):.4f}",
        x=f"predicted probability of {name}",
        y="share of rows below",
    )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.legend(frameon=False, fontsize=9, loc="lower right")
    return figure


def threshold_cost(counted: Decisions, *, name: str, threshold: float, cost: Cost) -> "Figure":
    """What decisions cost by threshold, and of which errors that comes.

    Args:
        counted: errors by threshold.
        name: of the class.
        threshold: marked.
        cost: of each error.
    """
    rows = counted.positives + counted.negatives
    at = counted.threshold.clamp(max=1.0)
    alarms = cost.false_positive * counted.false_positive / rows
    missed = cost.false_negative * counted.false_negative / rows
    figure = blank(6.6, 4.2)
    axes = figure.subplots()
    labels = (
        f"false positives, {cost.false_positive:g} each",
        f"false negatives, {cost.false_negative:g} each",
    )
    axes.stackplot(at, alarms, missed, step="post", colors=(GRID, "#c9d9ec"), labels=labels)
    axes.step(at, alarms + missed, color=INK, linewidth=1.8, where="post", label="both")
    reached, best = (alarms + missed)[_at(counted, threshold)], (alarms + missed).min()
    label = f"threshold {threshold:.3f}, from validation"
    axes.axvline(threshold, color=RED, linestyle="--", linewidth=1.2, label=label)
    plain(
        axes,
        f"Costs {float(reached):.3f} per row; the best threshold here would cost {float(best):.3f}",
        x=f"probability from which it is decided for {name}",
        y="cost per row",
    )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, min(float((alarms + missed).max()), 6 * float(best) + 1e-9) * 1.08 + 1e-9)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure


def _at(counted: Decisions, threshold: float) -> int:
    """Gives the place of the decisions that this threshold makes."""
    return int((counted.threshold >= threshold).nonzero().flatten()[-1])

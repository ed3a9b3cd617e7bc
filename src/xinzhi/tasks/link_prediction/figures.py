"""Figures of ranks."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from xinzhi.evaluation.canvas import BLUE, INK, RED, blank, displayed_width, plain, shortened
from xinzhi.evaluation.fonts import lettering, set_fonts
from xinzhi.metrics.ranking import ranking_scores

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import Tensor

_MOST = 30  # relations in one figure


def rank_histogram(ranks: "Tensor", *, num_entities: int) -> "Figure":
    """Shows how many answers have which rank, in steps that grow with the rank.

    Args:
        ranks: shape (N,).
        num_entities: the worst rank there is.
    """
    values = ranks.numpy()
    scores = ranking_scores(ranks)
    edges = _edges(max(num_entities, float(values.max())))
    counts, _ = np.histogram(values, edges)
    figure = blank(7, 3.8)
    axes = figure.subplots()
    axes.bar(range(len(counts)), counts / len(values), color=BLUE, width=0.85)
    below = np.cumsum(counts) / len(values)
    axes.plot(range(len(counts)), below, color=RED, marker="o", markersize=4, linewidth=1.5)
    axes.annotate("at this rank or better", (len(counts) - 1, below[-1]), (0, -14),
                  textcoords="offset points", ha="right", color=RED, fontsize=9)  # fmt: skip
    title = f"Rank of {len(values):,} right answers among {num_entities:,} entities"
    told = f"MRR {scores['mrr']:.3f}, first {scores['hits_at_1']:.0%}, "
    plain(axes, f"{title}\n{told}first ten {scores['hits_at_10']:.0%}", x="rank", y="share")
    axes.set_xticks(range(len(counts)), [_span(*pair) for pair in pairwise(edges)],
                    rotation=30 if len(counts) > 9 else 0)  # fmt: skip
    axes.set_ylim(0, 1.06)
    axes.grid(visible=False, axis="x")
    return figure


def _edges(highest: float) -> list[float]:
    """Gives 1, 2, 3, 4, 6, 11, 21, 51, 101 … less one half: ranks may lie between two places."""
    marks = [1, 2, 3, 4, 6, 11]
    factor = (2, 5, 10)
    scale = 10
    while marks[-1] <= highest:
        marks += [scale * f + 1 for f in factor if scale * f + 1 > marks[-1]]
        scale *= 10
    last = next(i for i, mark in enumerate(marks) if mark > highest)
    return [mark - 0.5 for mark in [*marks[:last], int(highest) + 1]]


def _span(low: float, high: float) -> str:
    first, last = int(low + 0.5), int(high - 0.5)
    return f"{first:,}" if first == last else f"{first:,}–{last:,}"


def by_relation(table: Sequence[tuple[str, int, float, float]]) -> "Figure":
    """Shows the MRR of each relation asked for its tail and for its head.

    Args:
        table: name, queries, MRR of tails, MRR of heads; the first ones are shown.
    """
    shown = table[:_MOST]
    names, families = lettering([shortened(row[0], 36) for row in shown], offline=False)
    labels = [f"{name}  ({row[1]:,})" for name, row in zip(names, shown, strict=True)]
    longest = max(displayed_width(label) for label in labels)
    figure = blank(4.4 + 0.08 * longest, 1.4 + 0.27 * len(shown))
    axes = figure.subplots()
    places = np.arange(len(shown))
    tails, heads = (np.array([row[side] for row in shown]) for side in (2, 3))
    axes.hlines(places, np.fmin(tails, heads), np.fmax(tails, heads), color="#c9d1d9", linewidth=2)
    axes.plot(tails, places, "o", color=BLUE, markersize=7, label="tail asked")
    axes.plot(heads, places, "D", color=RED, markersize=6, label="head asked")
    rest = f", the {len(shown)} most frequent of {len(table)}" if len(table) > len(shown) else ""
    plain(axes, f"MRR of each relation (queries){rest}", x="mean reciprocal rank")
    axes.set_yticks(places, labels, color=INK)
    axes.set_xlim(0, 1.03)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    set_fonts(figure, families)
    return figure

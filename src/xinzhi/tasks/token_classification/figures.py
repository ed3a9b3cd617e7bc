"""The figures of a tagger: which types are found, what is mistaken for what, and why."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from xinzhi.evaluation.canvas import BLUE, CYCLE, INK, RED, blank, displayed_width, plain, shortened
from xinzhi.evaluation.confusion import confusion_matrix
from xinzhi.evaluation.fonts import lettering, set_fonts
from xinzhi.evaluation.proportions import wilson
from xinzhi.metrics.classification import ClassRow
from xinzhi.metrics.spans import EntityScores, Ints
from xinzhi.metrics.tag_report import TagReport

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_TYPES = 25
_MOST_LENGTHS = 12  # tokens; longer entities are one bar


def tag_figures(
    *,
    entities: EntityScores,
    tags: TagReport,
    lengths: Ints,
    found: Ints,
    mistakes: Mapping[str, int],
) -> "dict[str, Figure]":
    """Gives all figures of one split by name.

    Args:
        entities: scores by type.
        tags: scores by tag.
        lengths: tokens of each gold entity.
        found: which of these were answered, bool.
        mistakes: kind of mistake → how many.
    """
    names, families = lettering([row.name for row in tags.rows], offline=False)
    kinds = {row.name: name[2:] for row, name in zip(tags.rows, names, strict=True)}
    shown = [row._replace(name=kinds.get(f"B-{row.name}", row.name)) for row in entities.rows]
    figures = {
        "entity_types": _types(shown),
        "confusion_matrix": confusion_matrix(tags.confusion, names),
        "entity_mistakes": _mistakes(mistakes, found),
    }
    if len(lengths):
        figures["entity_lengths"] = _lengths(lengths, found)
    for figure in figures.values():
        set_fonts(figure, families)
    return figures


def _types(rows: Sequence[ClassRow]) -> "Figure":
    """Precision, recall and F1 of each type, the most frequent ones first."""
    chosen = sorted(rows, key=lambda row: -row.support)[:_MOST_TYPES]
    names = [f"{shortened(row.name)} ({row.support:,})" for row in chosen]
    margin = 0.085 * max(map(displayed_width, names), default=0)
    figure = blank(5.2 + margin, 1.6 + 0.55 * len(chosen))
    axes = figure.subplots()
    places = np.arange(len(chosen))
    for number, (measure, colour) in enumerate(
        zip(("precision", "recall", "f1"), CYCLE, strict=False)
    ):
        values = [getattr(row, measure) for row in chosen]
        bars = axes.barh(places + 0.26 * (number - 1), values, 0.24, color=colour, label=measure)
        axes.bar_label(bars, [f" {value:.3f}" for value in values], fontsize=7.5, color=INK)
    title = "Entities found, by type"
    if len(chosen) < len(rows):
        title += f"\nthe {len(chosen)} most frequent of {len(rows)}"
    plain(axes, title, x="score, by the rules of CoNLL")
    axes.set_yticks(places, names)
    axes.set_xlim(0, 1.12)
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.grid(visible=False, axis="y")
    axes.invert_yaxis()
    axes.legend(frameon=False, fontsize=8.5, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _lengths(lengths: Ints, found: Ints) -> "Figure":
    """Share of the entities found, by their length, with an interval of 95 % (Wilson 1927)."""
    grouped = np.minimum(lengths, _MOST_LENGTHS)
    sizes = np.unique(grouped)
    counts = np.array([(grouped == size).sum() for size in sizes])
    hits = np.array([found[grouped == size].sum() for size in sizes])
    low, high = wilson(hits, counts)
    figure = blank(2.4 + 0.6 * len(sizes), 3.6)
    axes = figure.subplots()
    places = np.arange(len(sizes))
    recall = hits / counts
    axes.bar(places, recall, 0.7, color=BLUE)
    spread = np.stack([recall - low, high - recall]).clip(min=0)
    axes.errorbar(places, recall, spread, fmt="none", ecolor=INK, elinewidth=1, capsize=2)
    title = "Share of entities found, by length, with an interval of 95 %"
    plain(axes, title, x="tokens of the entity (entities)", y="recall")
    marks = [f"{size}+" if size == _MOST_LENGTHS else str(size) for size in sizes]
    named = zip(marks, counts, strict=True)
    axes.set_xticks(places, [f"{mark}\n({count:,})" for mark, count in named])
    axes.set_ylim(0, 1.05)
    axes.grid(visible=False, axis="x")
    return figure


def _mistakes(mistakes: Mapping[str, int], found: Ints) -> "Figure":
    """How many answers are wrong, and how."""
    figure = blank(6.4, 1.4 + 0.36 * len(mistakes))
    axes = figure.subplots()
    values = list(mistakes.values())
    bars = axes.barh(range(len(values)), values, 0.7, color=RED)
    axes.bar_label(bars, [f" {value:,}" for value in values], fontsize=8.5, color=INK)
    right = int(np.sum(found))
    title = f"What is wrong with entities\n{right:,} of {len(found):,} were found just right"
    plain(axes, title, x="entities")
    axes.set_yticks(range(len(values)), list(mistakes))
    axes.set_xlim(0, max([*values, 1]) * 1.15)
    axes.grid(visible=False, axis="y")
    axes.invert_yaxis()
    return figure

"""The page as one file of HTML that needs no network.

Whatever stands in the data is shown as text: the template escapes it, and the page forbids scripts.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from xinzhi.data.legible import shown
from xinzhi.evaluation import page_drawing as draw
from xinzhi.evaluation.page_words import finite, number

if TYPE_CHECKING:
    from xinzhi.evaluation.fairness import ColumnFairness
    from xinzhi.evaluation.page_parts import Parts

_DIRECTIONS = {True: "more is better", False: "less is better"}
_FIRST = 12  # measures that are shown at once


def html(evaluation: "Parts") -> str:
    """Draws the page.

    Args:
        evaluation: what is said.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "shown": shown,
        "number": number,
        "count": "{:,}".format,
        "share": lambda value: "–" if value is None else f"{value:.1%}",
        "p": lambda value: "< 0.0001" if value < 0.0001 else f"{value:.4f}",
    }
    template = environment.from_string(
        files("xinzhi.evaluation").joinpath("page.html.j2").read_text(encoding="utf-8")
    )
    return template.render(page=evaluation, **_drawings(evaluation))


def _drawings(page: "Parts") -> dict[str, Any]:
    return {
        "metrics": _metrics(page),
        "slices": _slices(page),
        "found": _found(page),
        "reliability": draw.reliability(page.calibration) if page.calibration else None,
        "curves": [_curve(one) for one in page.curves],
        "cells": _cells(page),
        "histograms": [draw.histogram(one) for one in page.spread.histograms]
        if page.spread
        else [],
        "points": draw.points(page.spread.points) if page.spread and page.spread.points else None,
        "courses": [
            draw.courses(one.shown.courses) if one.shown.courses else None for one in page.mistakes
        ],
        "groups": [_groups(one) for one in page.fairness.columns] if page.fairness else [],
    }


def _metrics(page: "Parts") -> list[dict[str, Any]]:
    from xinzhi.evaluation.measures import higher_is_better

    rows, rules = [], page.rules
    for one in page.metrics:
        low, high = finite(one.low), finite(one.high)
        bounded = 0 <= one.value <= 1 and (high is None or high <= 1)
        bar = draw.interval_bar(low, finite(one.value), high, scale=(0, 1)) if bounded else ""
        told = [_DIRECTIONS[higher_is_better(one.name)], rules.get(one.name), one.note]
        rows.append({"it": one, "bar": bar, "told": "; ".join(filter(None, told))})
    return rows


def _slices(page: "Parts") -> list[dict[str, Any]]:
    whole = finite(page.metrics[0].value)
    sure = [one for one in page.slices if not one.small] or list(page.slices)
    ends = [end for one in sure for end in (one.low, one.value, one.high)]
    scale = draw.scale([*ends, whole])
    return [
        {
            "it": one,
            "bar": draw.interval_bar(
                one.low, one.value, one.high, scale=scale, mark=whole, kind="small" * one.small
            ),
        }
        for one in page.slices
    ]


def _found(page: "Parts") -> list[dict[str, Any]]:
    scale = draw.scale([0.0, *(end for one in page.found for end in (one.value, one.rest))])
    return [
        {
            "it": one,
            "bar": draw.interval_bar(None, one.value, None, scale=scale, mark=one.rest, kind="bad"),
        }
        for one in page.found
    ]


def _curve(one: Any) -> dict[str, Any]:  # noqa: ANN401 - of thresholds
    shares = [name for name in one.lines if name != "cost"]
    return {
        "it": one,
        "names": shares,
        "shares": draw.curve(one, shares),
        "cost": draw.curve(one, ["cost"]) if "cost" in one.lines else None,
    }


def _cells(page: "Parts") -> list[list[dict[str, Any]]]:
    """Gives each count with its share of the truth, whose root colours it: mistakes are few."""
    if page.confusion is None:
        return []
    return [
        [
            {"count": count, "share": (share := count / max(sum(row), 1)), "tint": share**0.5}
            for count in row
        ]
        for row in page.confusion.counts
    ]


def _groups(column: "ColumnFairness") -> Sequence[Sequence[str]]:
    """Draws the rates of each group, those of one name on one scale."""
    return [
        [
            draw.interval_bar(
                rate.low,
                rate.value,
                rate.high,
                scale=_rate_scale(column, place),
                kind="small" if group.uncertain else "",
            )
            for place, rate in enumerate(group.rates)
        ]
        for group in column.groups
    ]


def _rate_scale(column: "ColumnFairness", place: int) -> tuple[float, float]:
    if column.decision is not None:
        return (0, 1)
    rates = [group.rates[place] for group in column.groups]
    return draw.scale([0.0, *(end for rate in rates for end in (rate.low, rate.value, rate.high))])

"""What matters most of an evaluation, drawn for a terminal."""

from io import StringIO
from typing import TYPE_CHECKING

from xinzhi.data.legible import shown
from xinzhi.evaluation.canvas import shortened
from xinzhi.evaluation.page_words import number
from xinzhi.evaluation.report import plain_table

if TYPE_CHECKING:
    from rich.console import Console

    from xinzhi.evaluation.page_parts import Parts

_WIDTH = 110
_SLICES, _FOUND, _MISTAKES = 30, 10, 5


def table(page: "Parts") -> str:
    """Draws the tables, without colour.

    Args:
        page: what is said.
    """
    from rich.console import Console

    out = StringIO()
    console = Console(file=out, width=_WIDTH, no_color=True, highlight=False, markup=False)
    console.print(page.sentence)
    for warning in page.warnings:
        console.print(f"warning: {warning}")
    _metrics(console, page)
    _slices(console, page)
    _found(console, page)
    for part in (page.calibration, *page.curves):
        if part is not None:
            console.print(part.sentence)
    for column in page.fairness.columns if page.fairness else ():
        console.print(f"{shortened(shown(column.column), 60)}: {column.sentence}")
        told = [f"{one.name.replace('_', ' ')} {number(one.value)}" for one in column.differences]
        console.print("  " + ", ".join(told))
    _mistakes(console, page)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).strip()


def _metrics(console: "Console", page: "Parts") -> None:
    drawn = plain_table("measure", "value", f"{page.level:.0%} interval", "")
    for one in page.metrics:
        rule = page.rules.get(one.name, "")
        drawn.add_row(one.name, number(one.value), _ends(one.low, one.high), rule)
    console.print(drawn)


def _slices(console: "Console", page: "Parts") -> None:
    if not page.slices:
        return
    drawn = plain_table("slice", "examples", page.objective, f"{page.level:.0%} interval", "")
    for one in page.slices[:_SLICES]:
        drawn.add_row(
            shortened(shown(one.name), 60),
            f"{one.examples:,}",
            number(one.value),
            _ends(one.low, one.high),
            "too small" if one.small else "",
        )
    console.print(drawn)
    if len(page.slices) > _SLICES:
        console.print(f"and {len(page.slices) - _SLICES} more slices")


def _found(console: "Console", page: "Parts") -> None:
    if not page.sought:
        return
    if not page.found:
        console.print("No slice was found that is worse than the rest beyond chance.")
        return
    what = f"{page.found[0].what}, tested half"
    drawn = plain_table("found to be worse", "examples", what, "elsewhere", "p")
    for one in page.found[:_FOUND]:
        p = "< 0.0001" if one.p_value < 0.0001 else f"{one.p_value:.4f}"
        drawn.add_row(
            shortened(shown(one.name), 60), f"{one.size:,}", number(one.value), number(one.rest), p
        )
    console.print(drawn)


def _mistakes(console: "Console", page: "Parts") -> None:
    if not page.mistakes or page.kind not in ("classes", "labels"):
        return
    answer = "answer" if page.threshold is None else "likeliest class"
    drawn = plain_table("most confident mistakes", answer, "sure", "truth")
    for one in page.mistakes[:_MISTAKES]:
        cells = ", ".join(value for _, value in one.shown.cells)
        known = " ".join((one.shown.text or cells or f"row {one.row}").split())
        drawn.add_row(
            shortened(shown(known), 54),
            shortened(shown(one.answer), 24),
            f"{one.sure:.1%}",
            shortened(shown(one.truth), 24),
        )
    console.print(drawn)


def _ends(low: float | None, high: float | None) -> str:
    ends = number(low), number(high)
    return "–" if "–" in ends else " to ".join(ends)

"""Plain tables of a few columns."""

import math
from collections.abc import Mapping, Sequence
from typing import Any


def number(value: float) -> str:
    """Write a share or a kappa.

    Args:
        value: perhaps NaN.
    """
    return "–" if math.isnan(value) else f"{value:.3f}"


def rows_of(held: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write objects with the same keys as lines under a header; numbers stand to the right.

    Args:
        held: at least one.
    """
    names = list(held[0])
    cells = [names] + [[_cell(one[name]) for name in names] for one in held]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    right = [isinstance(held[0][name], int | float) for name in names]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    ]


def _cell(value: object) -> str:
    if isinstance(value, float):
        return number(value)
    if isinstance(value, int):
        return f"{value:,}"
    return " ".join(str(value).split())


def shortened(text: str, room: int) -> str:
    """Cut a text to one short line.

    Args:
        text: any.
        room: characters.
    """
    line = " ".join(text.split())
    return line if len(line) <= room else f"{line[: room - 1]}…"

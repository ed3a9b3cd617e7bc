"""How much a model needs each column: what it loses when the column's cells are shuffled.

Permutation importance: Breiman 2001; Fisher, Rudin & Dominici 2019. Shapes: B rows.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from xinzhi.evaluation.canvas import BLUE, INK, blank, displayed_width, plain, shortened
from xinzhi.evaluation.fonts import lettering, set_fonts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xinzhi.data.features import Part
    from xinzhi.data.table_rows import TableRows

_MOST = 20
_ROWS, _TIMES = 2000, 3


class Importance(NamedTuple):
    """Of one column.

    Attributes:
        column: its name.
        mean: how much more is lost without it, over several shufflings.
        deviation: of that.
    """

    column: str
    mean: float
    deviation: float


@torch.inference_mode()
def importances(
    model: nn.Module,
    rows: "TableRows",
    parts: "Sequence[Part]",
    *,
    loss: Callable[[Tensor, Tensor], float],
) -> list[Importance]:
    """Shuffles each column of up to 2,000 rows three times, and gives the most important first.

    Args:
        model: of numbers (B, numbers) and codes (B, categories).
        rows: these, and targets (B,).
        parts: which of them come from which column.
        loss: of what the model says, and targets.
    """
    numbers, codes, targets = (part[:_ROWS] for part in (rows.numbers, rows.codes, rows.targets))
    model.eval()
    device = next(model.parameters()).device

    def lost_by(numbers: Tensor, codes: Tensor) -> float:
        return loss(model(numbers.to(device), codes.to(device)).float().cpu(), targets)

    random = torch.Generator().manual_seed(0)
    whole, found = lost_by(numbers, codes), []
    for part in parts:
        lost = []
        for _ in range(_TIMES):
            order = torch.randperm(len(targets), generator=random)
            mixed_numbers, mixed_codes = numbers.clone(), codes.clone()
            for mixed, places in ((mixed_numbers, part.numeric), (mixed_codes, part.categorical)):
                mixed[:, list(places)] = mixed[order][:, list(places)]
            lost.append(lost_by(mixed_numbers, mixed_codes) - whole)
        values = torch.tensor(lost, dtype=torch.float64)
        found.append(Importance(part.column, float(values.mean()), float(values.std())))
    return sorted(found, key=lambda one: -one.mean)


def importance_figure(
    model: nn.Module,
    rows: "TableRows",
    parts: "Sequence[Part]",
    *,
    loss: Callable[[Tensor, Tensor], float],
    measure: str,
) -> "Figure":
    """The most important columns of the test rows as bars.

    Args:
        model: as for `importances`.
        rows: as for `importances`.
        parts: as for `importances`.
        loss: as for `importances`.
        measure: what is lost.
    """
    found = importances(model, rows, parts, loss=loss)
    shown = found[:_MOST]
    names, families = lettering([one.column for one in shown], offline=False)
    labels = [shortened(name, 34) for name in names]
    figure = blank(4.4 + 0.085 * max(map(displayed_width, labels)), 1.3 + 0.27 * len(shown))
    axes = figure.subplots()
    axes.barh(
        range(len(shown)),
        [one.mean for one in shown],
        xerr=[one.deviation for one in shown],
        color=BLUE,
        ecolor=INK,
        height=0.7,
        error_kw={"linewidth": 1},
    )
    title = "What is lost when a column is shuffled"
    if len(found) > _MOST:
        title += f"\nthe {_MOST} most important of {len(found)}"
    plain(axes, title, x=f"more {measure} on the test rows")
    axes.set_yticks(range(len(shown)), labels)
    axes.grid(visible=False, axis="y")
    axes.invert_yaxis()
    set_fonts(figure, families)
    return figure

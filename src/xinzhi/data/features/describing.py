"""The table that says what became of each column."""

from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xinzhi.data.features.prepared import Prepared


def describe(prepared: "Prepared") -> str:
    """Draws columns, what they became and why, and those left out, as plain text.

    Args:
        prepared: what was fitted.
    """
    from rich.console import Console
    from rich.table import Table

    selected = any(column.importance is not None for column in prepared.columns)
    width = len(prepared.names)
    title = f"features of {prepared.rows:,} rows: {width} numbers, {len(prepared.categories)} codes"
    drawn = Table(title=title, title_justify="left", box=None)
    heads = ("column", "became", "missing", *(("importance",) if selected else ()), "fitted", "why")
    for head in heads:
        drawn.add_column(head, justify="right" if head in {"missing", "importance"} else "left")
    for column in prepared.columns:
        count = len(column.encoder.outputs)
        became = "1 code" if column.coded else f"{count} number{'s' * (count != 1)}"
        told = [column.name, became, f"{column.missing:.1%}"]
        told += [f"{column.importance:.4f}"] if column.importance is not None else []
        drawn.add_row(*told, column.encoder.describe(), column.why)
    out = StringIO()
    console = Console(file=out, width=110, no_color=True, highlight=False, markup=False)
    console.print(drawn)
    if prepared.kept is not None:
        console.print(f"selected: {len(prepared.encoded)} numbers by importance")
    if prepared.projection is not None:
        shares = ", ".join(f"{share:.1%}" for share in prepared.projection.shares[:8])
        console.print(f"{prepared.projection.method} of all numbers; shares explained: {shares}")
    for left in prepared.left_out:
        console.print(f"{'warning' if left.warning else 'left out'}: {left.name}: {left.why}")
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())

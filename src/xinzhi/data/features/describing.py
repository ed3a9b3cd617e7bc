"""The table that says what became of each column."""

from collections.abc import Sequence
from io import StringIO

from xinzhi.data.features.columns import Column


def drawn(title: str, columns: Sequence[Column]) -> str:
    """Draws columns, what they became and why, as plain text.

    Args:
        title: of the table.
        columns: that are used.
    """
    from rich.console import Console
    from rich.table import Table

    scored = any(column.importance is not None for column in columns)
    table = Table(title=title, title_justify="left", box=None)
    heads = ("column", "became", "missing", *(("importance",) if scored else ()), "fitted", "why")
    for head in heads:
        table.add_column(head, justify="right" if head in {"missing", "importance"} else "left")
    for column in columns:
        count = len(column.encoder.outputs)
        became = "1 code" if column.coded else f"{count} number{'s' * (count != 1)}"
        told = [column.name, became, f"{column.missing:.1%}"]
        told += [f"{column.importance:.4f}"] if column.importance is not None else []
        table.add_row(*told, column.encoder.describe(), column.why)
    out = StringIO()
    Console(file=out, width=110, no_color=True, highlight=False, markup=False).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())

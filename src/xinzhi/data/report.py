"""The table that says what became of the rows."""

from collections.abc import Mapping
from io import StringIO
from typing import Any


def render(name: str, digest: str, manifest: Mapping[str, Any]) -> str:
    """Draw steps, counts, notes and warnings as plain text.

    Args:
        name: of the snapshot.
        digest: of the snapshot.
        manifest: as the snapshot keeps it.
    """
    from rich.console import Console
    from rich.table import Table

    steps = Table(title=f"{name}  {digest[:12]}", title_justify="left", box=None)
    for column in ("rows of", "step", "in", "out", "left out", "why"):
        steps.add_column(column, justify="right" if column in {"in", "out", "left out"} else "left")
    for step in manifest["steps"]:
        gone = step["rows_in"] - step["rows_out"]
        numbers = (f"{step['rows_in']:,}", f"{step['rows_out']:,}", f"{gone:,}")
        steps.add_row(step["split"], step["step"], *numbers, step["why"])
    counts = ", ".join(f"{split} {n:,}" for split, n in manifest["counts"].items())
    out = StringIO()
    console = Console(file=out, width=110, no_color=True, highlight=False, markup=False)
    console.print(steps)
    console.print(f"{counts} rows; {len(manifest['classes'])} classes; {manifest['split']}")
    for note in manifest["notes"]:
        console.print(f"note: {note}")
    for warning in manifest["warnings"]:
        console.print(f"warning: {warning}")
    return out.getvalue().rstrip()

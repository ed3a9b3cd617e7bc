"""The table that says what became of the rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import StringIO
from typing import TYPE_CHECKING, Any

from xinzhi.data.age import in_words
from xinzhi.data.violations import line

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH = 110
_EXAMPLE = 72  # signs of an offending row


def render(name: str, digest: str, manifest: Mapping[str, Any]) -> str:
    """Draw steps, counts, notes, warnings and the verdict on leakage as plain text.

    Args:
        name: of the snapshot.
        digest: of the snapshot.
        manifest: as the snapshot keeps it.
    """
    from rich.console import Console

    out = StringIO()
    console = Console(file=out, width=_WIDTH, no_color=True, highlight=False, markup=False)
    _draw_steps(console, f"{name}  {digest[:12]}", manifest["steps"])
    _draw_violations(console, manifest.get("violations") or [])
    counts = ", ".join(f"{split} {n:,}" for split, n in manifest["counts"].items())
    classes = f"{len(manifest['classes'])} classes; " if manifest["classes"] else ""
    console.print(f"{counts} rows; {classes}{manifest['split']}")
    if manifest.get("created"):
        when = datetime.fromisoformat(manifest["created"])
        console.print(f"prepared {when:%Y-%m-%d %H:%M} UTC, {in_words(when)}")
    if manifest.get("quarantined"):
        console.print(f"{manifest['quarantined']:,} rows are in quarantine.parquet, with reasons")
    for note in manifest["notes"]:
        console.print(f"note: {note}")
    for warning in manifest["warnings"]:
        console.print(f"warning: {warning}")
    if manifest.get("leakage"):
        console.print(f"leakage: {manifest['leakage']['sentence']}")
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).rstrip()


def _draw_steps(console: "Console", title: str, steps: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None)
    for column in ("rows of", "step", "in", "out", "left out", "why"):
        table.add_column(column, justify="right" if column in {"in", "out", "left out"} else "left")
    for step in steps:
        gone = step["rows_in"] - step["rows_out"]
        numbers = (f"{step['rows_in']:,}", f"{step['rows_out']:,}", f"{gone:,}")
        table.add_row(step["split"], step["step"], *numbers, step["why"])
    console.print(table)


def _draw_violations(console: "Console", violations: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table

    if not violations:
        return
    table = Table(title="rules that rows broke", title_justify="left", box=None)
    for column in ("column", "rule", "rows", "the first of them"):
        table.add_column(column, justify="right" if column == "rows" else "left")
    for one in violations:
        column = str(one.get("column") or "")
        first = next((line(row, column, _EXAMPLE) for row in one.get("first") or []), "")
        table.add_row(column, str(one["rule"]), f"{one['rows']:,}", first)
    console.print(table)

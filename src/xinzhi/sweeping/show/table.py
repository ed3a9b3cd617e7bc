"""The configurations of a sweep as a table of values: for a spreadsheet, and for MLflow's pages."""

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.sweeping.records import Sweep
from xinzhi.sweeping.show.wording import short_names

if TYPE_CHECKING:
    from xinzhi.sweeping.search.search import Standing

CSV, JSON = "table.csv", "table.json"


def write(folder: Path, sweep: Sweep, standings: Sequence["Standing"]) -> None:
    """Write the table in both forms.

    Args:
        folder: that is there.
        sweep: of the configurations.
        standings: of them, the best first.
    """
    columns, rows = columns_rows(sweep, standings)
    with (folder / CSV).open("w", encoding="utf-8-sig", newline="") as file:  # the mark: for Excel
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    names = short_names(sweep.axes)
    shown = [names.get(name, name).replace(".", "/") for name in columns]  # a dot shows no values
    content = json.dumps({"columns": shown, "data": rows}, ensure_ascii=False)
    (folder / JSON).write_text(content, encoding="utf-8")


def columns_rows(
    sweep: Sweep, standings: Sequence["Standing"]
) -> tuple[list[str], list[list[Any]]]:
    """Names of the columns, and a row for each configuration.

    Args:
        sweep: of the configurations.
        standings: of them, the best first.
    """
    keys = [axis.key for axis in sweep.axes]
    reached = [part for name in sweep.objectives for part in (name, f"{name}/spread")]
    several = len(sweep.objectives) > 1
    columns = ["rank", "trial", *keys, *reached, "seeds", *(["front"] if several else []), "runs"]
    rows = [
        [
            rank,
            one.trial,
            *(one.params.get(key) for key in keys),
            *_reached(one, len(sweep.objectives)),
            one.n,
            *([one.pareto] if several else []),
            " ".join(job.run_id for job in one.jobs if job.run_id and job.state == "finished"),
        ]
        for rank, one in enumerate(standings, start=1)
    ]
    return columns, rows


def _reached(one: "Standing", objectives: int) -> list[float | None]:
    if not one.values:
        return [None] * (2 * objectives)
    known = [value if math.isfinite(value) else None for value in one.values]
    spreads = [spread if one.n > 1 and math.isfinite(spread) else None for spread in one.spreads]
    return [part for pair in zip(known, spreads, strict=True) for part in pair]

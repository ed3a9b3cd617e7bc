"""What a model is worth on some examples: measures, slices, mistakes, fairness; as page and JSON.

Shapes: N examples.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.evaluation.calibration import calibration
from xinzhi.evaluation.discovery import worst
from xinzhi.evaluation.fairness import FairnessReport
from xinzhi.evaluation.mistakes import mistakes
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.evaluation.page_confusion import confusion
from xinzhi.evaluation.page_parts import Parts
from xinzhi.evaluation.page_slices import slice_rows
from xinzhi.evaluation.page_spread import spread
from xinzhi.evaluation.page_words import plain, sentence
from xinzhi.evaluation.slicing import declared
from xinzhi.evaluation.thresholds import curves

if TYPE_CHECKING:
    import pyarrow as pa

LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class PageContent(Parts):
    """All that is said of a model's answers."""

    def as_json(self) -> dict[str, Any]:
        """Gives it as plain JSON: no NaN, no pictures."""
        told: dict[str, Any] = plain(self)
        for mistake in told["mistakes"]:
            mistake["shown"].pop("picture")
        return told

    def table(self) -> str:
        """Draws what matters most for a terminal."""
        from xinzhi.evaluation.page_table import table

        return table(self)


def content(  # noqa: PLR0913 - told apart by their names
    outcomes: Outcomes,
    record: "pa.Table | None",
    *,
    title: str,
    facts: Mapping[str, Any],
    objective: str,
    slices: Mapping[str, Any] | None = None,
    sensitive: Sequence[str] = (),
    folder: Path | None = None,
    seed: int = 0,
) -> PageContent:
    """Computes all that is said.

    Args:
        outcomes: what the model answered.
        record: rows of the snapshot in the order of the outcomes: the text or features, and all
            other columns; None where they are gone.
        title: of the page.
        facts: by name; `model`, `data` and `split` stand in the first sentence, `warnings` is a
            list of its own.
        objective: the main measure.
        slices: declared ones, as `slicing.declared` reads them.
        sensitive: names of columns that should make no difference.
        folder: of the snapshot, where pictures lie.
        seed: of all that is drawn.

    Raises:
        DataError: a slice or a sensitive column cannot be read.
    """
    from xinzhi.evaluation.intervals import intervals
    from xinzhi.evaluation.measures import of

    known = of(outcomes)
    objective = objective if objective in known else known[0]
    measured = intervals(outcomes, level=LEVEL, seed=seed)
    order = [objective, *(name for name in known if name != objective)]
    warnings = list(facts.get("warnings") or ())
    there = dict(outcomes.slices)
    if slices and record is None:
        warnings.append("declared slices are left out: the rows that tell them are gone")
    elif slices and record is not None:
        there |= declared(slices, record)
    return PageContent(
        title=title,
        sentence=sentence(outcomes, measured[objective], facts, level=LEVEL),
        facts={name: value for name, value in facts.items() if name != "warnings"},
        warnings=tuple(warnings),
        kind=outcomes.kind,
        examples=len(outcomes),
        units=len(np.unique(outcomes.units)),
        objective=objective,
        level=LEVEL,
        metrics=tuple(measured[name] for name in order),
        slices=tuple(slice_rows(outcomes, there, objective, level=LEVEL, seed=seed)),
        sought=record is not None,
        found=()
        if record is None
        else tuple(worst(outcomes, record, measure=objective, seed=seed)),
        calibration=calibration(outcomes),
        curves=tuple(curves(outcomes)),
        confusion=confusion(outcomes),
        spread=spread(outcomes, seed=seed),
        mistakes=tuple(mistakes(outcomes, record, measure=objective, folder=folder)),
        fairness=_fairness(outcomes, record, sensitive),
    )


def write(evaluation: PageContent, path: Path) -> None:
    """Writes the page.

    Args:
        evaluation: what is said.
        path: of the file.
    """
    from xinzhi.data.replacing import replacing
    from xinzhi.evaluation.page_html import html

    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as fresh:
        fresh.write_text(html(evaluation), encoding="utf-8")


def _fairness(
    outcomes: Outcomes, record: "pa.Table | None", sensitive: Sequence[str]
) -> FairnessReport | None:
    from xinzhi.data.records import require_columns
    from xinzhi.evaluation.fairness import by

    if not sensitive:
        return None
    there = [] if record is None else record.column_names
    require_columns(there, sensitive, "sensitive")
    return by(outcomes, {name: record[name] for name in sensitive})  # type: ignore[index]

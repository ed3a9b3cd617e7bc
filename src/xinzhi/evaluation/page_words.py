"""What a page says in words, and its numbers as a person and as JSON read them."""

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.evaluation.outcomes import Outcomes

if TYPE_CHECKING:
    from xinzhi.evaluation.intervals import Interval

_NOUNS = {"spans": "sentences", "means": "examples", "numbers": "rows"}


def sentence(
    outcomes: Outcomes, main: "Interval", facts: Mapping[str, Any], *, level: float
) -> str:
    """Says what model, on what data, and the main measure with its interval.

    Args:
        outcomes: what the model answered.
        main: the main measure.
        facts: `model`, `data` and `split` of it.
        level: of the interval.
    """
    split = f"{facts['split']} " if facts.get("split") else ""
    units = len(np.unique(outcomes.units))
    independent = f" ({units:,} independent units)" if units < len(outcomes) else ""
    words = (
        f"{facts.get('model') or 'The model'} reaches {main.name} {number(main.value)} on "
        f"{len(outcomes):,} {split}{_NOUNS.get(outcomes.kind, 'examples')}{independent}"
    )
    words += f" of {facts['data']}" if facts.get("data") else ""
    if math.isfinite(main.low):
        ends = f"{number(main.low)} to {number(main.high)}"
        words += f"; on others like them it would lie within {ends} ({level:.0%} interval)"
    return f"{words}."


def number(value: float | None) -> str:
    """Writes four digits that count, and a dash for none.

    >>> number(0.91234), number(12345.6), number(0.00012), number(float("nan")), number(1.0)
    ('0.9123', '12,346', '0.00012', '–', '1')
    """
    if value is None or not math.isfinite(value):
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) < 0.001 or abs(value) >= 1 else f"{value:.4f}"


def plain(value: Any) -> Any:  # noqa: ANN401 - anything that JSON should hold
    """Makes dataclasses, tuples and numbers of numpy what JSON knows; NaN and infinity are null.

    Args:
        value: of any of these.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def finite(value: float | None) -> float | None:
    """Gives the number, or None where it is none: JSON knows no NaN and no infinity."""
    return float(value) if value is not None and np.isfinite(value) else None

"""All that a page says of a model's answers, whatever draws it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xinzhi.evaluation.calibration import Calibration
from xinzhi.evaluation.discovery import FoundSlice
from xinzhi.evaluation.fairness import FairnessReport
from xinzhi.evaluation.mistakes import Mistake
from xinzhi.evaluation.page_confusion import Confusion
from xinzhi.evaluation.page_slices import SliceRow
from xinzhi.evaluation.page_spread import Spread
from xinzhi.evaluation.thresholds import Curve

if TYPE_CHECKING:
    from xinzhi.evaluation.intervals import Interval


_DECIDED = ("f1", "precision", "recall", "cost")
_LIKELIEST = ("accuracy", "f1_micro", "f1_macro", "f1_weighted", "answered_precision")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """All that is said of a model's answers.

    Attributes:
        title: of the page.
        sentence: what model, on what data, and the main measure with its interval.
        facts: versions, digests, whatever else a person should know, by name.
        warnings: what should be known before a number is trusted.
        kind: of the outcomes.
        examples: how many.
        units: independent ones among them.
        objective: the main measure.
        level: of all intervals.
        metrics: every measure with its interval, the main one first.
        slices: the main measure on each declared slice.
        sought: whether slices were sought, which takes the rows themselves.
        found: slices that were found to be worse.
        calibration: promises beside what held, None where nothing is promised.
        curves: what each threshold gives.
        confusion: of classes, None for other kinds.
        spread: of other kinds, None for classes.
        mistakes: the most confident ones.
        fairness: by sensitive columns, None where none was named.
    """

    title: str
    sentence: str
    facts: Mapping[str, Any]
    warnings: tuple[str, ...]
    kind: str
    examples: int
    units: int
    objective: str
    level: float
    metrics: tuple["Interval", ...]
    slices: tuple[SliceRow, ...]
    sought: bool
    found: tuple[FoundSlice, ...]
    calibration: Calibration | None
    curves: tuple[Curve, ...]
    confusion: Confusion | None
    spread: Spread | None
    mistakes: tuple[Mistake, ...]
    fairness: FairnessReport | None

    @property
    def threshold(self) -> float | None:
        """From which the positive class of two is decided for, None where the likeliest is."""
        return None if self.confusion is None else self.confusion.threshold

    @property
    def rules(self) -> Mapping[str, str]:
        """How a class is decided for, by measures that go by it, where there are two ways."""
        if self.threshold is None:
            return {}
        return dict.fromkeys(_LIKELIEST, "by the likeliest class") | dict.fromkeys(
            _DECIDED, f"at the threshold {self.threshold:.3f}"
        )

"""Whether a model decides alike for groups of people, by fairlearn.

Of classes, each decision is one class against the rest: the positive class of two, or of more
classes the one for which groups lie farthest apart.
Shapes: N examples, C classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from xinzhi.errors import DataError
from xinzhi.evaluation.fairness_differences import Decision, Difference, differences
from xinzhi.evaluation.grouping import groups_of
from xinzhi.evaluation.masks import Mask
from xinzhi.evaluation.outcomes import Array, Outcomes
from xinzhi.evaluation.page_words import finite

FEWEST = 20  # units below which a group is uncertain, and left out of the differences
_RESAMPLES = 2_000  # of an interval beside many others


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A rate of a group, with its interval.

    Attributes:
        name: of the rate.
        value: None where the group does not define it.
        low: end of the interval.
        high: the other end.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """The examples of one group.

    Attributes:
        name: its value of the column.
        examples: how many.
        units: independent ones among them.
        uncertain: whether there are too few to compare.
        rates: of its decisions.
    """

    name: str
    examples: int
    units: int
    uncertain: bool
    rates: tuple[Rate, ...]


@dataclass(frozen=True, kw_only=True)
class ColumnFairness:
    """One sensitive column.

    Attributes:
        column: its name.
        decision: the class whose rates the groups show, None of numbers.
        differences: between groups that are not uncertain.
        groups: the largest first.
        sentence: what it comes to.
    """

    column: str
    decision: str | None
    differences: tuple[Difference, ...]
    groups: tuple[Group, ...]
    sentence: str


@dataclass(frozen=True, kw_only=True)
class FairnessReport:
    """All sensitive columns.

    Attributes:
        columns: each of them.
        level: of the intervals.
    """

    columns: tuple[ColumnFairness, ...]
    level: float


def by(
    outcomes: Outcomes, columns: Mapping[str, Any], *, level: float = 0.95, seed: int = 0
) -> FairnessReport:
    """Compares groups.

    Args:
        outcomes: of classes, labels or numbers.
        columns: N values by the name of the column; numbers of many values are cut at quartiles.
        level: of the intervals.
        seed: of their resamples.

    Raises:
        DataError: answers of this kind are no decisions about anybody, fairlearn is missing, or a
            column has too many groups.
    """
    if outcomes.kind not in ("classes", "labels", "numbers"):
        raise DataError(
            f"fairness is of decisions on rows: classes, labels or numbers; these are "
            f"{outcomes.kind}",
            mend="leave sensitive= out",
        )
    _require_fairlearn()
    told = tuple(
        _column(outcomes, name, groups_of(name, values), level, seed)
        for name, values in columns.items()
    )
    return FairnessReport(columns=told, level=level)


def _require_fairlearn() -> None:
    try:
        import fairlearn.metrics  # noqa: F401
    except ImportError as error:
        raise DataError(
            "fairness by sensitive columns needs fairlearn", mend="pip install 'xinzhi[fairness]'"
        ) from error


def _column(
    outcomes: Outcomes, name: str, groups: Array, level: float, seed: int
) -> ColumnFairness:
    known = _known(outcomes)
    outcomes, groups = outcomes.taken(known), groups[known]
    values, counts = np.unique(groups, return_counts=True)
    order = values[np.argsort(-counts, kind="stable")]
    units = {group: len(np.unique(outcomes.units[groups == group])) for group in order}
    sure = np.isin(groups, [group for group in order if units[group] >= FEWEST])
    apart, decision = differences(outcomes, groups, sure)
    lines = tuple(
        Group(
            name=str(group),
            examples=int((groups == group).sum()),
            units=units[group],
            uncertain=units[group] < FEWEST,
            rates=_rates(decision, outcomes, groups == group, level, seed),
        )
        for group in order
    )
    return ColumnFairness(
        column=name,
        decision=decision.name,
        differences=apart,
        groups=lines,
        sentence=_sentence(lines),
    )


def _known(outcomes: Outcomes) -> Mask:
    if outcomes.kind == "labels":
        return np.ones(len(outcomes), dtype=bool)
    truth = outcomes.columns["truth"]
    return np.asarray(truth >= 0 if outcomes.kind == "classes" else np.isfinite(truth))


def _rates(
    one: Decision, outcomes: Outcomes, inside: Mask, level: float, seed: int
) -> tuple[Rate, ...]:
    from xinzhi.evaluation.intervals import intervals

    truth, answer = one.truth[inside], one.answer[inside]
    if one.name is None:
        columns = {"mae": np.abs(answer - truth)}
    else:
        columns = {
            "selection rate": answer.astype(float),
            "true positive rate": np.where(truth == 1, answer, np.nan),
            "false positive rate": np.where(truth == 0, answer, np.nan),
            "accuracy": (truth == answer).astype(float),
        }
    means = Outcomes(
        kind="means",
        rows=outcomes.rows[inside],
        units=outcomes.units[inside],
        columns=columns,
    )
    found = intervals(means, columns, resamples=_RESAMPLES, level=level, seed=seed)
    return tuple(
        Rate(name=name, value=finite(i.value), low=finite(i.low), high=finite(i.high))
        for name, i in found.items()
    )


def _sentence(groups: tuple[Group, ...]) -> str:
    compared = [group for group in groups if not group.uncertain]
    uncertain = len(groups) - len(compared)
    left = f" Groups of fewer than {FEWEST} units are left out: {uncertain}." if uncertain else ""
    if len(compared) < 2:
        return f"Fewer than two groups have {FEWEST} units to compare.{left}"
    name = compared[0].rates[0].name
    ordered = sorted(compared, key=lambda group: group.rates[0].value or 0.0)
    low, high = ordered[0], ordered[-1]
    least, most = low.rates[0], high.rates[0]
    apart = (least.high or 0.0) < (most.low or 0.0)
    told = "beyond what chance explains" if apart else "not more than chance may explain"
    return (
        f"The {name} goes from {least.value or 0:.3g} ({low.name}) to {most.value or 0:.3g} "
        f"({high.name}), {told}.{left}"
    )

"""The measures of outcomes, by the names that a training logs.

They have the values of `xinzhi.metrics`, from counts and sums that resamples can draw anew.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from xinzhi.config.near import near
from xinzhi.errors import ConfigError
from xinzhi.evaluation import chances, counts, deviations, rankings
from xinzhi.evaluation.outcomes import NEEDED, Array, Outcomes
from xinzhi.evaluation.tallies import Tally

# of errors, costs and widths less is better
_ERRORS = ("loss", "mae", "rmse", "smape", "mase", "brier", "calibration_error", "quantile_loss")
LOWER = frozenset((*_ERRORS, "pinball", "cost", "interval_width", "mean_rank"))
_SPANS = ("f1", "precision", "recall", "f1_macro", "f1_weighted")
_AVERAGES = ("f1_micro", "f1_macro", "f1_weighted")
_SAME = {"classes": {"f1_micro": "accuracy"}}  # of one class per example, by definition
_OWN = ("lower", "upper", "scale")  # columns that are no measures, beside those that are needed


class Family(NamedTuple):
    """Measures of the same counts and sums.

    Attributes:
        names: of the measures.
        tallies: makes the counts for some of the names; is told whether examples must stay apart.
    """

    names: tuple[str, ...]
    tallies: Callable[[tuple[str, ...], bool], list[Tally]]


def of(outcomes: Outcomes) -> tuple[str, ...]:
    """Gives the names of the measures.

    Args:
        outcomes: answers beside the truth.
    """
    return tuple(dict.fromkeys(name for family in _families(outcomes) for name in family.names))


def distinct(outcomes: Outcomes, names: Sequence[str]) -> tuple[str, ...]:
    """Leaves out what is another of the measures by definition: tests would count it twice.

    Args:
        outcomes: answers beside the truth.
        names: of measures, the main one first, which stays.
    """
    out = set()
    for one, other in _SAME.get(outcomes.kind, {}).items():
        if one in names and other in names:
            out.add(other if names[0] == one else one)
    return tuple(name for name in names if name not in out)


def value(outcomes: Outcomes, name: str) -> float:
    """Gives a measure; NaN where no example defines it.

    Args:
        outcomes: answers beside the truth.
        name: of the measure.

    Raises:
        ConfigError: there is no such measure.
    """
    known = judged(outcomes)
    (tally,) = tallies(known, [name])
    return tally.value(name) if len(known) else math.nan


def higher_is_better(name: str) -> bool:
    """Says whether a model is better where the measure is higher.

    Args:
        name: of the measure.
    """
    return name not in LOWER and not name.startswith("width_")


def judged(outcomes: Outcomes) -> Outcomes:
    """Gives the examples whose truth is known, in the order of their keys.

    Args:
        outcomes: answers beside the truth.
    """
    order = np.argsort(outcomes.rows, kind="stable")
    truth = outcomes.columns.get("truth")
    if outcomes.kind == "classes" and truth is not None:
        order = order[truth[order] >= 0]
    if outcomes.kind == "numbers" and truth is not None:
        order = order[~np.isnan(truth[order])]
    whole = len(order) == len(outcomes) and bool((order[1:] > order[:-1]).all())
    return outcomes if whole else outcomes.taken(order)


def tallies(outcomes: Outcomes, names: Iterable[str], *, apart: bool = False) -> list[Tally]:
    """Gives the counts and sums of measures, those of the same counts together.

    Args:
        outcomes: as `judged` gives them.
        names: of the measures.
        apart: each example must keep a code of its own, where order is measured.

    Raises:
        ConfigError: there is no such measure.
    """
    asked, known = tuple(names), of(outcomes)
    for name in asked:
        if name not in known:
            msg = f"a measure must be one of {', '.join(known)}, was {name!r}"
            raise ConfigError(msg, candidates=near(name, known))
    found = []
    for family in _families(outcomes):
        wanted = tuple(name for name in family.names if name in asked)
        if wanted:
            found += family.tallies(wanted, apart)
    return found


def _families(outcomes: Outcomes) -> list[Family]:
    ranked = partial(_ranked, outcomes)
    found: list[Family] = []
    if outcomes.kind == "classes":
        found += [_alike(("accuracy", *_AVERAGES), counts.confusion, outcomes)]
        found += [Family(("auroc", "average_precision"), ranked)]
        found += [_alike(("calibration_error",), chances.calibration, outcomes)]
        found += _of_settings(outcomes)
        found += [_alike(("brier",), chances.brier, outcomes)]
    elif outcomes.kind == "labels":
        found += [_alike(("accuracy", "subset_accuracy", *_AVERAGES), counts.labelled, outcomes)]
        found += [Family(("auroc", "average_precision"), ranked)]
        found += [_alike(("calibration_error",), chances.calibration, outcomes)]
    elif outcomes.kind == "numbers":
        found += [_alike(deviations.names(outcomes), deviations.numbers, outcomes)]
    elif outcomes.kind == "spans":
        found += [_alike(tuple(f"entity_{name}" for name in _SPANS), counts.entities, outcomes)]
    return found + _means(outcomes)


def _of_settings(outcomes: Outcomes) -> list[Family]:
    """Gives the measures of what is decided by thresholds that were chosen elsewhere."""
    found, settings = [], outcomes.settings
    if "accept" in settings:
        found += [_alike(("answered_alone", "answered_precision"), chances.alone, outcomes)]
    if settings.get("positive") is not None and settings.get("threshold") is not None:
        found += [Family(("ks",), partial(_ranked, outcomes))]
        found += [_alike(("f1", "precision", "recall", "cost"), chances.decisions, outcomes)]
    return found


def _alike(
    names: tuple[str, ...], tally: Callable[[Outcomes], Tally], outcomes: Outcomes
) -> Family:
    return Family(names, lambda wanted, _: [tally(outcomes).only(wanted)])


def _ranked(outcomes: Outcomes, names: tuple[str, ...], apart: bool) -> list[Tally]:
    return rankings.ranked(outcomes, names, apart=apart)


def _means(outcomes: Outcomes) -> list[Family]:
    """Gives the measures that are means of a column."""
    known = (*NEEDED[outcomes.kind], *_OWN)
    columns = {n: v for n, v in outcomes.columns.items() if n not in known and v.ndim == 1}
    return [
        Family((name,), partial(_mean, values, name))
        for name, values in columns.items()
        if values.dtype.kind in "biuf"
    ]


def _mean(values: Array, name: str, *_: object) -> list[Tally]:
    return [deviations.means(values, name)]

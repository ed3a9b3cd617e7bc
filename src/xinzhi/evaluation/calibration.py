"""Whether probabilities and intervals are as true as they say.

Shapes: N examples, C classes.
"""

from dataclasses import dataclass

import numpy as np

from xinzhi.evaluation.outcomes import Array, Outcomes
from xinzhi.evaluation.proportions import wilson

_BINS = 15  # as the calibration error among the metrics has it, and shown where there are enough
_FEWEST = 5  # bins that are shown
_GROUPS, _EACH = 10, 20  # of rows by predicted size, and answers of each at least
_SURE, _SMALL = 2.0, 0.005  # standard errors, and a share, from which on a difference is told
_BEYOND = 1.3  # times what chance makes, from which on groups are off
_SHOWN = 1_000_000  # decisions that are looked at; of more, every so many-th


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Answers that promise about as much.

    Attributes:
        low: where the bin begins: a probability, or a predicted size.
        high: where it ends.
        count: answers in it.
        promised: mean of what they promise.
        held: share that held.
        held_low: end of the share's interval.
        held_high: the other end.
    """

    low: float
    high: float
    count: int
    promised: float
    held: float
    held_low: float
    held_high: float


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What was promised beside what held.

    Attributes:
        subject: what promises.
        sentence: what it comes to.
        promised: on average.
        held: on average.
        error: mean distance of the two over 15 bins, by answers.
        bins: those with answers, fewer where there are few.
        sizes: whether bins are of predicted sizes, each promising the same.
    """

    subject: str
    sentence: str
    promised: float
    held: float
    error: float
    bins: tuple[Bin, ...]
    sizes: bool = False


def calibration(outcomes: Outcomes) -> Calibration | None:
    """Sets what was promised beside what held.

    Of two classes: the probability of the positive one, else of the second; of more, that of the
    answer; of several labels, that of each decision; of numbers, the share inside their intervals.

    Args:
        outcomes: of any kind.

    Returns:
        None where nothing is promised.
    """
    if not len(outcomes):
        return None
    if outcomes.kind == "classes":
        return _of_classes(outcomes)
    if outcomes.kind == "labels":
        sure = outcomes.columns["probabilities"].ravel()
        held = outcomes.columns["truth"].ravel()
        step = max(1, len(sure) // _SHOWN)
        return _told("probability of each label", sure[::step], held[::step])
    if outcomes.kind == "numbers" and "lower" in outcomes.columns:
        return _of_intervals(outcomes)
    return None


def _of_classes(outcomes: Outcomes) -> Calibration | None:
    truth, probabilities = outcomes.columns["truth"], outcomes.columns["probabilities"]
    known = truth >= 0
    if not known.any():
        return None
    truth, probabilities = truth[known], probabilities[known]
    if probabilities.shape[1] == 2:
        given = outcomes.settings.get("positive")
        place = 1 if given is None else int(given)
        subject = f"probability of {outcomes.classes[place]}"
        words = f"the {subject}; calibration_error is of the likelier class, whichever it is"
        return _told(subject, probabilities[:, place], truth == place, grouped_by=words)
    right = probabilities.argmax(1) == truth
    return _told("confidence of the answer", probabilities.max(1), right)


def _told(subject: str, sure: Array, held: Array, *, grouped_by: str | None = None) -> Calibration:
    every = _even(sure, held, _BINS)
    bins = _even(sure, held, int(np.clip(len(sure) // _EACH, _FEWEST, _BINS)))
    promised, hit = float(sure.mean()), float(held.mean())
    error = sum(one.count * abs(one.promised - one.held) for one in every) / len(sure)
    words = f"On average {promised:.1%} is promised and {hit:.1%} holds"
    gap = promised - hit
    if abs(gap) > _SURE * np.sqrt(hit * (1 - hit) / len(sure)) + _SMALL:
        words += f": promises are too {'high' if gap > 0 else 'low'}"
    chance = sum(one.count * _by_chance(one) for one in every) / len(sure)
    grouped = f" (grouped by {grouped_by})" if grouped_by else ""
    words += f". Groups of like promises{grouped} are off by {error:.1%}"
    words += (
        ", not more than chance makes of so few answers."
        if error < _BEYOND * chance
        else f"; chance would make that {chance:.1%}."
    )
    return Calibration(
        subject=subject, sentence=words, promised=promised, held=hit, error=error, bins=bins
    )


def _even(sure: Array, held: Array, size: int) -> tuple[Bin, ...]:
    place = np.clip(np.ceil(sure * size).astype(int) - 1, 0, size - 1)
    return _bins(place, np.arange(size + 1) / size, sure, held)


def _by_chance(one: Bin) -> float:
    """Gives by how much a true promise is missed on average by so many answers."""
    return float(np.sqrt(2 * one.promised * (1 - one.promised) / (np.pi * one.count)))


def _of_intervals(outcomes: Outcomes) -> Calibration:
    one = outcomes.columns
    inside = (one["lower"] <= one["truth"]) & (one["truth"] <= one["upper"])
    level = float(outcomes.settings.get("level") or 0.9)
    groups = int(np.clip(len(inside) // _EACH, 1, _GROUPS))
    place = np.empty(len(inside), dtype=int)
    order = np.argsort(one["answer"], kind="stable")
    for number, rows in enumerate(np.array_split(order, groups)):
        place[rows] = number
    sizes = one["answer"][order]
    edges = np.append(sizes[np.linspace(0, len(sizes) - 1, groups).astype(int)], sizes[-1])
    bins = _bins(place, edges, np.full(len(inside), level), inside)
    width = float((one["upper"] - one["lower"]).mean())
    words = (
        f"The intervals promise to hold {level:.0%} of the truths and hold {inside.mean():.1%}; "
        f"they are {width:.4g} wide on average."
    )
    error = sum(group.count * abs(group.promised - group.held) for group in bins) / len(inside)
    return Calibration(
        subject="interval",
        sentence=words,
        promised=level,
        held=float(inside.mean()),
        error=error,
        bins=bins,
        sizes=True,
    )


def _bins(place: Array, edges: Array, sure: Array, held: Array) -> tuple[Bin, ...]:
    size = len(edges) - 1
    count = np.bincount(place, minlength=size)
    hits = np.bincount(place, weights=held.astype(float), minlength=size)
    promised = np.bincount(place, weights=sure.astype(float), minlength=size)
    low, high = wilson(hits, np.maximum(count, 1))
    return tuple(
        Bin(
            low=float(edges[i]),
            high=float(edges[i + 1]),
            count=int(count[i]),
            promised=float(promised[i] / count[i]),
            held=float(hits[i] / count[i]),
            held_low=float(low[i]),
            held_high=float(high[i]),
        )
        for i in np.flatnonzero(count)
    )

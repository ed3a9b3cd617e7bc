"""How far people agree beyond chance, as pure functions of who said what.

Cohen, A Coefficient of Agreement for Nominal Scales, 1960. Fleiss, Measuring Nominal Scale
Agreement Among Many Raters, 1971.
"""

import math
from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from typing import Any, NamedTuple

Votes = Counter[Any]


def cohen(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """Cohen's kappa of two people over the same rows.

    Args:
        one: what the first said.
        other: what the second said.

    Returns:
        1 for full agreement, 0 for that of chance; NaN where both always say one and the same.

    >>> cohen(["a", "a", "b", "b"], ["a", "b", "b", "b"])
    0.5
    """
    n = len(one)
    same = sum(a == b for a, b in zip(one, other, strict=True))
    first, second = Counter(one), Counter(other)
    chance = sum(count * second[label] for label, count in first.items())
    return _beyond(same / n, chance / n**2) if n else math.nan


def fleiss(rows: Sequence[Votes]) -> float:
    """Fleiss' kappa over rows that several people labelled, not necessarily the same or as many.

    Rows with fewer than two votes say nothing of agreement and are left out. Every row counts
    alike in the observed agreement, the share of its pairs of people who agree; every vote counts
    alike in the chance of each label. With equally many votes per row this is Fleiss' of 1971.

    Args:
        rows: of each row, how many gave each label.

    Returns:
        NaN where nobody ever says anything but one label.
    """
    judged = [votes for votes in rows if votes.total() > 1]
    if not judged:
        return math.nan
    total = sum(judged, Votes())
    chance = sum((n / total.total()) ** 2 for n in total.values())
    return _beyond(math.fsum(map(row_agreement, judged)) / len(judged), chance)


def row_agreement(votes: Votes) -> float:
    """The share of pairs of people who agree on a row.

    Args:
        votes: how many gave each label; at least two in all.

    >>> row_agreement(Counter(a=2, b=1))
    0.3333333333333333
    """
    n = votes.total()
    return sum(k * (k - 1) for k in votes.values()) / (n * (n - 1))


def specific_agreement(rows: Sequence[Votes], label: Hashable) -> float:
    """The chance that another person says a label too when one has said it.

    Args:
        rows: of each row, how many gave each label.
        label: which.

    Returns:
        With two people this is the F1 of one against the other; NaN where nobody says it.
    """
    agreeing = sum(votes[label] * (votes[label] - 1) for votes in rows)
    possible = sum(votes[label] * (votes.total() - 1) for votes in rows)
    return agreeing / possible if possible else math.nan


class Overlap(NamedTuple):
    """How many things two people marked, and how many of these both."""

    one: int
    other: int
    both: int

    @property
    def f1(self) -> float:
        """F1 of one against the other; NaN where neither marked any."""
        marked = self.one + self.other
        return 2 * self.both / marked if marked else math.nan


def overlap(one: Sequence[Collection[Hashable]], other: Sequence[Collection[Hashable]]) -> Overlap:
    """Count what two people marked in the same rows, by exact match.

    Args:
        one: what the first marked in each row.
        other: what the second marked.
    """
    both = sum(len(set(a) & set(b)) for a, b in zip(one, other, strict=True))
    return Overlap(sum(len(set(a)) for a in one), sum(len(set(b)) for b in other), both)


def _beyond(observed: float, chance: float) -> float:
    return (observed - chance) / (1 - chance) if chance < 1 else math.nan

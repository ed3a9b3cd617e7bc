"""What may carry a difference: one factor, two of them in some way, or a little of everything.

Shapes: H hypotheses, F factors, S mixtures of the two runs.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Array = np.ndarray[Any, Any]
Kind = Literal["single", "both", "either", "sum", "opposed", "three", "spread"]

IN_WORDS: dict[Kind, str] = {
    "single": "alone carries it",
    "both": "carry it only together",
    "either": "each carries it alone",
    "sum": "carry a part of it each",
    "opposed": "act against each other",
    "three": "carry it only together",
    "spread": "a little of everything carries it",
}
# What each kind is trusted with before anything is probed, shared among its hypotheses.
_PRIOR: dict[Kind, float] = {
    "single": 0.62,
    "both": 0.14,
    "either": 0.10,
    "sum": 0.06,
    "opposed": 0.04,
    "three": 0.02,
    "spread": 0.02,
}
# Of two factors: the part of the difference that the first alone makes, and the second alone.
_PARTS: dict[Kind, tuple[tuple[float, float], ...]] = {
    "both": ((0.0, 0.0),),
    "either": ((1.0, 1.0),),
    "sum": ((0.5, 0.5), (0.3, 0.7), (0.7, 0.3)),
    "opposed": ((-1.0, 0.0), (0.0, -1.0), (2.0, 0.0), (0.0, 2.0)),
}
_MOST_FOR_THREE = 16  # factors, beyond which three at a time are too many to hold


@dataclass(frozen=True, kw_only=True)
class Hypotheses:
    """All that may carry a difference.

    Attributes:
        causes: the factors of each, by number, sorted; length H.
        kinds: how they act, length H.
        members: their numbers, F where there are fewer than three, shape (H, 3).
        responses: the part of the difference by which of the three are set to B's value, as bits,
            shape (H, 8).
        prior: how likely each is before anything is probed, shape (H,).
    """

    causes: tuple[tuple[int, ...], ...]
    kinds: tuple[Kind, ...]
    members: Array
    responses: Array
    prior: Array

    def of(self, mixtures: Array) -> Array:
        """Gives the part of the difference that each mixture shows, shape (H, S).

        Args:
            mixtures: which factors are set to B's value, bool, shape (S, F).
        """
        padded = np.pad(mixtures.astype(np.int64), ((0, 0), (0, 1))).T  # factor F is never set
        first, second, third = (padded[self.members[:, place]] for place in range(3))
        parts = np.take_along_axis(self.responses, first + 2 * second + 4 * third, axis=1)
        for index, kind in enumerate(self.kinds):
            if kind == "spread":
                parts[index] = mixtures.mean(axis=1)
        return parts


def possible(factors: int, *, ruled_out: Sequence[Kind] = ()) -> Hypotheses:
    """Gives all that may carry a difference among so many factors.

    Args:
        factors: how many.
        ruled_out: kinds that are not considered.
    """
    found = [
        (kind, cause, response)
        for kind, cause, response in _all(factors)
        if kind not in ruled_out and len(cause) <= factors
    ]
    kinds = [kind for kind, _, _ in found]
    count = {kind: kinds.count(kind) for kind in set(kinds)}
    prior = np.array([_PRIOR[kind] / count[kind] for kind in kinds])
    return Hypotheses(
        causes=tuple(cause for _, cause, _ in found),
        kinds=tuple(kinds),
        members=np.array(
            [(*cause[:3], *[factors] * (3 - len(cause[:3]))) for _, cause, _ in found]
        ),
        responses=np.array([response for _, _, response in found], dtype=np.float64),
        prior=prior / prior.sum(),
    )


def _all(factors: int) -> list[tuple[Kind, tuple[int, ...], tuple[float, ...]]]:
    numbers = range(factors)
    found: list[tuple[Kind, tuple[int, ...], tuple[float, ...]]] = [
        ("single", (one,), (0, 1, 0, 0, 0, 0, 0, 0)) for one in numbers
    ]
    found += [
        (kind, pair, (0, first, second, 1, 0, 0, 0, 0))
        for kind, parts in _PARTS.items()
        for first, second in parts
        for pair in itertools.combinations(numbers, 2)
    ]
    if factors <= _MOST_FOR_THREE:
        threes = itertools.combinations(numbers, 3)
        found += [("three", three, (0, 0, 0, 0, 0, 0, 0, 1)) for three in threes]
    found.append(("spread", tuple(numbers), (0,) * 8))
    return found

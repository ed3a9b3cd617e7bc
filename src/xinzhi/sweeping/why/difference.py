"""Whether two runs differ by more than their seeds make them differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance

from scipy.special import stdtr

from xinzhi.sweeping.why.evidence import Noise

_SMALLEST = 1e-12  # so that runs that do not vary at all have a noise to be divided by
_TRUST_BEFORE = 2.0  # the spread of few seeds is a rough guess; probes say more of it


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How far two runs lie apart over seeds.

    Attributes:
        a: mean of the one.
        b: mean of the other.
        seeds: of each.
        deviation: between seeds, of both together; None where each has one alone.
        p_value: of no difference, two-sided, by Student's test; None without a deviation.
    """

    a: float
    b: float
    seeds: tuple[int, int]
    deviation: float | None
    p_value: float | None

    @property
    def size(self) -> float:
        """B less A."""
        return self.b - self.a

    @property
    def noise(self) -> Noise:
        """What a search is told of the noise: the runs themselves are told to it too."""
        smallest = _SMALLEST + abs(self.size) * 1e-3
        return Noise(deviation=max(self.deviation or 0.0, smallest), trust=_TRUST_BEFORE)

    def is_real(self, rate: float) -> bool:
        """Whether chance makes such a difference rarely enough.

        Args:
            rate: at most so often.
        """
        return self.p_value is not None and self.p_value < rate


def between(values_a: Sequence[float], values_b: Sequence[float]) -> Difference:
    """Compares runs of A and of B.

    Args:
        values_a: one by seed.
        values_b: one by seed.
    """
    sides = (list(values_a), list(values_b))
    free = sum(len(side) - 1 for side in sides)
    means = [fmean(side) for side in sides]
    if free < 1:
        return Difference(a=means[0], b=means[1], seeds=(1, 1), deviation=None, p_value=None)
    inside = sum((len(side) - 1) * variance(side) for side in sides if len(side) > 1)
    deviation = sqrt(inside / free)
    error = deviation * sqrt(sum(1 / len(side) for side in sides))
    apart = abs(means[1] - means[0])
    t = apart / error if error > 0 else float("inf") if apart else 0.0
    return Difference(
        a=means[0],
        b=means[1],
        seeds=(len(sides[0]), len(sides[1])),
        deviation=deviation,
        p_value=float(2 * stdtr(free, -t)),
    )

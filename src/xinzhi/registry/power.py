"""What a test set can decide: the probability that a gate opens for a model that deserves it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

_LARGEST = 1.0  # gain that is looked at: all examples right that were wrong, or no error left
_STEPS = 50
_FACTORS = (1e-4, 1e8)  # of n, between which an answer is looked for


@dataclass(frozen=True, kw_only=True)
class Hurdle:
    """A bound that must be passed.

    Attributes:
        name: for people.
        error: standard error as measured.
        alpha: of the one-sided bound.
        margin: how far below 0 the true gain may be.
        gains: whether a better model gains here too; else it is just as good here.
        examples: how many there are.
        disagreement: share of examples where exactly one model is right, if that tells the error.
        gain: as measured.
    """

    name: str
    error: float
    alpha: float
    margin: float
    gains: bool
    examples: int
    disagreement: float | None = None
    gain: float = 0.0

    def passing(self, gain: float, *, factor: float = 1.0) -> float:
        """Gives the probability to pass.

        Args:
            gain: that is true.
            factor: how many times as many examples there are.
        """
        true = gain if self.gains else 0.0
        error = self.error_at(true) / math.sqrt(factor)
        if not math.isfinite(error):
            return 0.0
        if error == 0:
            return float(true + self.margin > 0)
        z = NormalDist().inv_cdf(1 - self.alpha)
        return NormalDist().cdf((true + self.margin) / error - z)

    def error_at(self, gain: float) -> float:
        """Gives the standard error if this were the true gain.

        Where it comes of disagreement, it falls with the gain: d − gain² in place of what was
        measured; and models that disagree less than they differ do not exist.

        Args:
            gain: that is true.
        """
        if self.disagreement is None:
            return self.error
        least = 1 / self.examples  # no disagreement seen is not none at all
        measured = (self.disagreement - self.gain**2) / self.examples
        within_units = max(1.0, self.error**2 / measured) if measured > 0 else 1.0
        differing = max(self.disagreement, abs(gain), least)
        return math.sqrt(max(differing - gain**2, 0.0) / self.examples * within_units)


def power(hurdles: Sequence[Hurdle], gain: float, *, factor: float = 1.0) -> float:
    """Gives the probability to pass all hurdles.

    Their product: exact where they are independent, as slices without common rows are; below the
    truth where they go together.

    Args:
        hurdles: all to be passed.
        gain: that is true.
        factor: how many times as many examples there are.
    """
    return math.prod(one.passing(gain, factor=factor) for one in hurdles)


def smallest_gain(hurdles: Sequence[Hurdle], wanted: float) -> float | None:
    """Gives the smallest true gain that passes with the wanted probability.

    Args:
        hurdles: all to be passed.
        wanted: probability.

    Returns:
        The gain, or None where none is large enough.
    """
    if power(hurdles, 0.0) >= wanted:
        return 0.0
    if power(hurdles, _LARGEST) < wanted:
        return None
    low, high = 0.0, _LARGEST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if power(hurdles, middle) >= wanted else (middle, high)
    return high


def examples_needed(hurdles: Sequence[Hurdle], gain: float, wanted: float) -> int | None:
    """Gives the size of a test set, made up as this one, that decides a gain.

    Args:
        hurdles: all to be passed; the first is of the whole test set.
        gain: that is true.
        wanted: probability.

    Returns:
        The number of examples, or None where no number suffices.
    """
    low, high = (math.log(factor) for factor in _FACTORS)
    if power(hurdles, gain, factor=math.exp(high)) < wanted:
        return None
    for _ in range(_STEPS):
        middle = (low + high) / 2
        enough = power(hurdles, gain, factor=math.exp(middle)) >= wanted
        low, high = (low, middle) if enough else (middle, high)
    return math.ceil(hurdles[0].examples * math.exp(high))

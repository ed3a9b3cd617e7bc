"""Adaptive group testing: the factor, or the few together, that carry the difference of two runs.

Each probe runs a mixture of A and B, the one that is expected to tell most (MacKay, Information
Theory, Inference, and Learning Algorithms, 2003, chapters 4 and 11; Zeller and Hildebrandt,
Simplifying and Isolating Failure-Inducing Input, TSE 2002, for tests without noise), until one
cause is sure enough or the budget is spent.

Shapes: H hypotheses, F factors, S mixtures, N measured runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xinzhi.sweeping.why import choosing, evidence, hypotheses, mixtures
from xinzhi.sweeping.why.evidence import Belief, Noise
from xinzhi.sweeping.why.verdict import Found, Probe, found

Array = np.ndarray[Any, Any]
Mixture = frozenset[int]

_TELLS_NOTHING = 1e-3  # nats
_BEYOND, _BEYOND_NOISE = 1.0, 4.0  # how far off A and B a value may count: of both apart, of noise


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How long it is searched.

    Attributes:
        sure: how likely a cause must be to stop.
        probes: at most so many.
        probes_for_one: after so many, one factor is named that is likelier than all else together.
    """

    sure: float = 0.95
    probes: int = 14
    probes_for_one: int = 8

    def is_spent(self, so_far: Found) -> bool:
        """Whether no further probe is made.

        Args:
            so_far: where the search stands.
        """
        done, best = len(so_far.probes), so_far.causes[0]
        if done >= self.probes or max(best.sure, so_far.unexplained) >= self.sure:
            return True
        return done >= self.probes_for_one and len(best.factors) == 1 and best.sure > 0.5


class Search:
    """What carries the difference between runs of A and of B.

    Args:
        factors: how many differ.
        values_a: measured of A, one by seed.
        values_b: measured of B, one by seed.
        noise: between seeds.
        allowed: whether a mixture can be run; all can by default.
        seed: of the choice among equally good mixtures.
    """

    def __init__(
        self,
        *,
        factors: int,
        values_a: Sequence[float],
        values_b: Sequence[float],
        noise: Noise,
        allowed: Callable[[Mixture], bool] = lambda _: True,
        seed: int = 0,
    ) -> None:
        self._factors, self._noise, self._allowed = factors, noise, allowed
        self._a, self._b = list(values_a), list(values_b)
        self._probes: list[Probe] = []
        self._hypotheses = hypotheses.possible(factors)
        numbers: dict[tuple[int, ...], int] = {}
        causes = self._hypotheses.causes
        self._causes = np.array([numbers.setdefault(cause, len(numbers)) for cause in causes])
        self._candidates = mixtures.candidates(factors, np.random.default_rng(seed))
        self._parts = self._hypotheses.of(self._candidates)

    def ask(self) -> Mixture | None:
        """Gives the mixture that is expected to tell most; None where none tells anything."""
        belief = self._belief()
        while len(self._candidates):
            gained = choosing.gains(belief, self._parts, self._causes)
            refused = []
            for index in np.argsort(-gained, kind="stable"):
                if gained[index] < _TELLS_NOTHING:
                    break
                mixture = frozenset(np.flatnonzero(self._candidates[index]).tolist())
                if self._allowed(mixture):
                    return mixture
                refused.append(index)
            if not refused:
                return None
            self._candidates = np.delete(self._candidates, refused, axis=0)
            self._parts = np.delete(self._parts, refused, axis=1)
        return None

    def tell(self, mixture: Mixture, value: float) -> None:
        """Takes in what a probe measured.

        Args:
            mixture: numbers of the factors that were set to B's value.
            value: measured; one far off A and B counts as just outside of them.
        """
        self._probes.append(Probe(mixture=mixture, value=value))

    def found(self) -> Found:
        """Gives where the search stands."""
        return found(self._hypotheses, self._belief(), self._probes)

    def _belief(self) -> Belief:
        count_a, count_b = len(self._a), len(self._b)
        mixed = np.zeros((count_a + count_b + len(self._probes), self._factors), dtype=bool)
        mixed[count_a : count_a + count_b] = True
        for row, probe in enumerate(self._probes, start=count_a + count_b):
            mixed[row, list(probe.mixture)] = True
        probed = np.array([probe.value for probe in self._probes])
        values = np.concatenate([self._a, self._b, self._near(probed)])
        parts = self._hypotheses.of(mixed)
        return evidence.believe(self._hypotheses.prior, parts, values, self._noise)

    def _near(self, probed: Array) -> Array:
        """The values, none further from A and B than the two are apart: what breaks down is bad."""
        a, b = float(np.mean(self._a)), float(np.mean(self._b))
        beyond = _BEYOND * abs(b - a) + _BEYOND_NOISE * self._noise.deviation
        near: Array = probed.clip(min(a, b) - beyond, max(a, b) + beyond)
        return near


def search(
    *,
    factors: int,
    run: Callable[[Mixture], float],
    values_a: Sequence[float],
    values_b: Sequence[float],
    noise: Noise,
    budget: Budget | None = None,
    allowed: Callable[[Mixture], bool] = lambda _: True,
    seed: int = 0,
) -> Found:
    """Finds what carries the difference between runs of A and of B.

    Args:
        factors: how many differ.
        run: measures a mixture once, with a seed of its own.
        values_a: measured of A, one by seed.
        values_b: measured of B, one by seed.
        noise: between seeds.
        budget: how long it is searched.
        allowed: whether a mixture can be run; all can by default.
        seed: of the choice among equally good mixtures.
    """
    budget = budget or Budget()
    searched = Search(
        factors=factors,
        values_a=values_a,
        values_b=values_b,
        noise=noise,
        allowed=allowed,
        seed=seed,
    )
    while not budget.is_spent(searched.found()):
        mixture = searched.ask()
        if mixture is None:
            break
        searched.tell(mixture, run(mixture))
    return searched.found()

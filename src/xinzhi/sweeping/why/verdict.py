"""What a search has found: the causes by how sure they are, and what they make.

Shapes: H hypotheses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from xinzhi.sweeping.why.evidence import Belief
from xinzhi.sweeping.why.hypotheses import Hypotheses, Kind

_NAMED = 5  # causes


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A mixture of A and B that was run.

    Attributes:
        mixture: numbers of the factors that were set to B's value.
        value: measured.
    """

    mixture: frozenset[int]
    value: float


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What may carry the difference.

    Attributes:
        factors: by number; all of them where the difference is spread.
        kind: how they most likely act.
        sure: how likely it is that these factors carry it, however they act.
        effect: the difference that they make, B less A.
        low: of its 95 % interval.
        high: of its 95 % interval.
    """

    factors: tuple[int, ...]
    kind: Kind
    sure: float
    effect: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Found:
    """Where a search stands.

    Attributes:
        causes: the likeliest, the best first.
        unexplained: how likely it is that no hypothesis explains what was measured.
        deviation: noise between seeds, by all that was measured.
        probes: that were run.
    """

    causes: tuple[Cause, ...]
    unexplained: float
    deviation: float
    probes: tuple[Probe, ...]


def found(hypotheses: Hypotheses, belief: Belief, probes: Sequence[Probe]) -> Found:
    """Gives the likeliest causes.

    Args:
        hypotheses: all of them.
        belief: in each.
        probes: that were run.
    """
    sure: dict[tuple[int, ...], float] = {}
    best: dict[tuple[int, ...], int] = {}
    for index in np.argsort(-belief.weights, kind="stable"):
        cause = hypotheses.causes[index]
        sure[cause] = sure.get(cause, 0.0) + float(belief.weights[index])
        best.setdefault(cause, int(index))
    order = sorted(sure, key=lambda cause: -sure[cause])[:_NAMED]
    causes = [_cause(hypotheses, belief, best[cause], sure[cause]) for cause in order]
    return Found(
        causes=tuple(causes),
        unexplained=belief.unexplained,
        deviation=float(belief.deviation[best[order[0]]]),
        probes=tuple(probes),
    )


def _cause(hypotheses: Hypotheses, belief: Belief, index: int, sure: float) -> Cause:
    effect = float(belief.difference[index])
    error = float(np.sqrt(belief.spread[index, 1, 1]))
    margin = float(stdtrit(belief.freedom, 0.975)) * error
    return Cause(
        factors=hypotheses.causes[index],
        kind=hypotheses.kinds[index],
        sure=sure,
        effect=effect,
        low=effect - margin,
        high=effect + margin,
    )

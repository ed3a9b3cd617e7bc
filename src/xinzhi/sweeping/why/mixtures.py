"""Which mixtures of two runs are considered: all of few factors, a sample of many.

Shapes: S mixtures, F factors.
"""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_EVEN_UP_TO = 12  # factors, of which every mixture is equally likely to be drawn
_SAMPLED = 1500


def candidates(factors: int, random: np.random.Generator) -> Array:
    """Gives mixtures that might be run, in random order, A and B left out, bool, shape (S, F).

    Args:
        factors: that differ.
        random: draws them where they are too many.
    """
    if factors <= _EVEN_UP_TO:
        numbers = 1 + random.permutation(2**factors - 2)[:_SAMPLED]
        drawn = (numbers[:, None] >> np.arange(factors)) & 1
        return drawn.astype(bool)
    shares = random.choice([0.15, 0.3, 0.5, 0.7, 0.85], size=(_SAMPLED, 1))
    alone = np.eye(factors, dtype=bool)
    drawn = np.concatenate([alone, ~alone, random.random((_SAMPLED, factors)) < shares])
    mixed = drawn.any(axis=1) & ~drawn.all(axis=1)
    return np.unique(drawn[mixed], axis=0)

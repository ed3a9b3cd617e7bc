"""Numbers that were computed in single precision, as the doubles that a person would write."""

from collections.abc import Mapping
from typing import SupportsFloat

import numpy as np


def shortest(value: float) -> float:
    """The double with the fewest digits that is the same in single precision.

    A value that is a whole number, or that single precision cannot hold, was never rounded to it
    and stays as it is.

    >>> shortest(0.8650000095367432), shortest(0.1 + 0.2), shortest(33554432.0)
    (0.865, 0.30000000000000004, 33554432.0)
    """
    with np.errstate(over="ignore"):  # what is too large for it stays as it is
        single = np.float32(value)
    if float(value).is_integer() or float(single) != value:  # the second holds for NaN too
        return float(value)
    return float(str(single))


def shortened(values: Mapping[str, SupportsFloat]) -> dict[str, float]:
    """Metrics by name, each as `shortest` gives it."""
    return {name: shortest(float(value)) for name, value in values.items()}

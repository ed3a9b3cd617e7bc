"""The quantiles of the normal distribution, without SciPy."""

import numpy as np

from xinzhi.data.features.cells import Floats

_LOWEST, _HIGHEST = -5.199337582605575, 5.19933758270342  # of 1e-7 and 1 - 1e-7


def normal_quantile(share: Floats) -> Floats:
    """The inverse of the standard normal distribution, clipped where scikit-learn clips it.

    Wichura (1988), The Percentage Points of the Normal Distribution, algorithm AS 241 (PPND16),
    accurate to about 1 part in 10^16.

    >>> normal_quantile(np.array([0.0, 0.5, 0.975])).round(6)
    array([-5.199338,  0.      ,  1.959964])

    Args:
        share: from 0 to 1.
    """
    offset = share - 0.5
    near = 0.180625 - np.square(offset)
    found = offset * _ratio(near, _CENTRE)
    tail = np.abs(offset) > 0.425
    if tail.any():
        smaller = np.minimum(share[tail], 1.0 - share[tail]).clip(1e-300)
        root = np.sqrt(-np.log(smaller))
        far = np.where(root <= 5.0, _ratio(root - 1.6, _MIDDLE), _ratio(root - 5.0, _FAR))
        found[tail] = np.copysign(far, offset[tail])
    return found.clip(_LOWEST, _HIGHEST)


def _ratio(argument: Floats, coefficients: tuple[tuple[float, ...], tuple[float, ...]]) -> Floats:
    above, below = coefficients
    return np.polyval(above, argument) / np.polyval(below, argument)


# highest power first
_CENTRE = (
    (
        2509.0809287301226727, 33430.575583588128105, 67265.770927008700853,
        45921.953931549871457, 13731.693765509461125, 1971.5909503065514427,
        133.14166789178437745, 3.387132872796366608,
    ),
    (
        5226.495278852854561, 28729.085735721942674, 39307.89580009271061,
        21213.794301586595867, 5394.1960214247511077, 687.1870074920579083,
        42.313330701600911252, 1.0,
    ),
)  # fmt: skip
_MIDDLE = (
    (
        7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
        1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055,
        4.6303378461565452959, 1.42343711074968357734,
    ),
    (
        1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
        0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494,
        2.05319162663775882187, 1.0,
    ),
)  # fmt: skip
_FAR = (
    (
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
        0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358,
        5.4637849111641143699, 6.6579046435011037772,
    ),
    (
        2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
        7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531,
        0.59983220655588793769, 1.0,
    ),
)  # fmt: skip

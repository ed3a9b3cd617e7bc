"""Whether a sweep's method and pruning suit what it searches, told before anything runs."""

import math

from xinzhi.errors import ConfigError
from xinzhi.sweeping.records import Sweep
from xinzhi.sweeping.search import axes as forms
from xinzhi.sweeping.search import pruning


def check(sweep: Sweep) -> None:
    """Refuse what could never come to an end, or to anything.

    Raises:
        ConfigError: the method cannot search an axis, or the pruning could end nothing.
    """
    for axis in sweep.axes:
        typed = f"{axis.key}={forms.written(axis)}"
        if sweep.method == "grid" and forms.size(axis) == math.inf:
            raise ConfigError(
                f"`{typed}` has no end of values, which a grid must have",
                mend=f"sweep.method=random sweep.trials=20, or list the values: {axis.key}=A,B",
            )
        if sweep.method == "cmaes" and axis.choices:
            raise ConfigError(
                f"`{typed}` is a list, but sweep.method=cmaes searches numbers alone",
                mend="sweep.method=tpe, or interval(LOW,HIGH) where numbers are meant",
            )
    if sweep.pruning is not None:
        pruning.pruner(sweep)
    if sweep.pruning == "wilcoxon":
        _check_seeds(sweep)


def _check_seeds(sweep: Sweep) -> None:
    """Refuse so few seeds that the test could not be sure before the last of them.

    Raises:
        ConfigError: there must be more.
    """
    sure = float(dict(sweep.settings.get("pruner") or {}).get("p_threshold", 0.1))
    # The smallest p of a one-sided test on n pairs is 2 ** -n.
    least = max(3, math.floor(-math.log2(sure)) + 2) if 0 < sure < 1 else 3
    if len(sweep.seeds) < least:
        raise ConfigError(
            f"sweep.pruning=wilcoxon compares seeds: at p < {sure:g} it must have at least {least} "
            f"of them to end any early, and there are {len(sweep.seeds)}",
            mend=f"seed='range({least})', or sweep.pruning=median",
        )

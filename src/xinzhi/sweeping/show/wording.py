"""Values, settings and durations of a sweep, as a person reads them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from xinzhi.sweeping.records import Axis

_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3600.0, 86400.0
_LONG_S = 90.0  # up to here in seconds


def number(value: object) -> str:
    """Four digits of a number; an option as it was typed, without its quotes.

    Args:
        value: of a searched key, or of a metric.

    >>> number(0.00312345), number(128), number(64.0), number("[64,64]"), number("'a b'")
    ('0.003123', '128', '64', '[64,64]', 'a b')
    """
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text


def mean_spread(mean: float, spread: float, n: int) -> str:
    """A mean over seeds with its deviation: the last two digits of this say how sure that is.

    Args:
        mean: over `n` seeds.
        spread: standard deviation over them.
        n: seeds; of one alone nothing is known.

    >>> mean_spread(0.842133, 0.00612, 3), mean_spread(0.842133, 0.0, 1)
    ('0.8421 ± 0.0061', '0.8421')
    """
    if n < 2 or not (math.isfinite(mean) and math.isfinite(spread)):
        return f"{mean:.4g}"
    if spread <= 0:
        return f"{mean:.4g} ± 0"
    places = min(max(1 - math.floor(math.log10(spread)), 0), 12)
    return f"{mean:.{places}f} ± {spread:.{places}f}"


def duration(seconds: float) -> str:
    """A time span in its two largest units.

    Args:
        seconds: of any length.

    >>> duration(18.2), duration(250), duration(7500), duration(3 * 86400 + 4 * 3600)
    ('18 s', '4 min 10 s', '2 h 5 min', '3 d 4 h')
    """
    whole = max(seconds, 0.0)
    if whole < _LONG_S:
        return f"{whole:.0f} s"
    if whole < _HOUR_S:
        return _two(whole, _MINUTE_S, "min", 1.0, "s")
    if whole < _DAY_S:
        return _two(whole, _HOUR_S, "h", _MINUTE_S, "min")
    return _two(whole, _DAY_S, "d", _HOUR_S, "h")


def short_names(axes: Sequence[Axis]) -> dict[str, str]:
    """The last word of each key where that names one axis alone; else the key.

    Args:
        axes: of a sweep.

    >>> short_names([Axis(key="model.width"), Axis(key="optimizer.lr"), Axis(key="head.width")])
    {'model.width': 'model.width', 'optimizer.lr': 'lr', 'head.width': 'head.width'}
    """
    last = {axis.key: axis.key.rpartition(".")[2] for axis in axes}
    words = list(last.values())
    return {key: word if words.count(word) == 1 else key for key, word in last.items()}


def setting(params: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """A configuration in one line: `width=64 lr=0.003123`.

    Args:
        params: value by key.
        names: what each key is called; itself where it is missing.
    """
    return " ".join(f"{names.get(key, key)}={number(value)}" for key, value in params.items())


def counted(count: int, one: str, more: str | None = None) -> str:
    """A count with its noun.

    Args:
        count: how many.
        one: the noun for one.
        more: for several; with an s by default.

    >>> counted(1, "job"), counted(5000, "job")
    ('1 job', '5,000 jobs')
    """
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def _two(seconds: float, large: float, large_name: str, small: float, small_name: str) -> str:
    """Rounds to the small unit before taking apart, so that no 60 s are left over."""
    steps = round(seconds / small)
    per = round(large / small)
    rest = f" {steps % per} {small_name}" if steps % per else ""
    return f"{steps // per} {large_name}{rest}"

"""Rows whose numbers lie so far out that learning from them would do harm.

The limits are fitted on training rows, and outlying training rows are dropped. Those of val and
test stay: the model will meet their like, and a result must say how it does there.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.config.near import near
from xinzhi.data.aggregates import Statistic, grid, require_numbers, statistics
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import ibis

Rule = str | Sequence[float | None]

_NEEDS: dict[str, tuple[Statistic, ...]] = {
    "iqr": ("low_quartile", "high_quartile"),
    "zscore": ("mean", "spread"),
}
_REACH = {"iqr": 1.5, "zscore": 3.0}  # Tukey 1977; the usual three standard deviations


class Limits(NamedTuple):
    """Between which numbers a row is kept, these included; None is no limit."""

    low: float | None
    high: float | None


def fit(train: "ibis.Table", rules: Mapping[str, Rule], round: int = 9) -> dict[str, Limits]:  # noqa: A002 - as in the declaration
    """Find the limits of each column on training rows.

    Args:
        train: the training rows.
        rules: column → `iqr` (1.5 interquartile ranges beyond the quartiles), `zscore` (three
            standard deviations from the mean) or [low, high], where null is no limit.
        round: decimals of fitted limits, which are rounded outwards.

    Raises:
        DataError: a rule is unknown, or its column is, or it would drop all that differs.
    """
    check(rules)
    require_numbers(train, rules, why="data.outliers")
    named = {column: rule for column, rule in rules.items() if isinstance(rule, str)}
    found = statistics(
        train, {column: (*_NEEDS[rule], "min", "max") for column, rule in named.items()}
    )
    return {
        column: _fitted(column, rule, found[column], round)
        if isinstance(rule, str)
        else Limits(*rule)
        for column, rule in rules.items()
    }


def check(rules: Mapping[str, Any]) -> None:
    """Refuse a rule that is none.

    Args:
        rules: as declared.
    """
    for column, rule in rules.items():
        _check(column, rule)


def inside(table: "ibis.Table", limits: Mapping[str, Sequence[float | None]]) -> "ibis.Value":
    """Tell which rows lie within all limits; a missing number is no outlier.

    Args:
        table: the rows.
        limits: column → low, high, as `fit` gives them.

    Raises:
        DataError: a column is not there or holds no numbers.
    """
    import ibis

    require_numbers(table, limits, why="data.outliers")
    kept = ibis.literal(True)  # noqa: FBT003 - a value, not a switch
    for name, (low, high) in limits.items():
        column = table[name]
        within = ibis.literal(True)  # noqa: FBT003
        if low is not None:
            within &= column >= low
        if high is not None:
            within &= column <= high
        missing = column.isnull()
        if column.type().is_floating():
            missing |= column.isnan()
        kept &= missing | within
    return kept


def _check(column: str, rule: Any) -> None:  # noqa: ANN401 - whatever a person wrote
    where = f"data.outliers.{column}"
    if isinstance(rule, str):
        if rule not in _NEEDS:
            raise DataError(
                f"{where} must be iqr, zscore or [low, high], was {rule!r}",
                candidates=near(rule, _NEEDS),
            )
        return
    pair = list(rule) if isinstance(rule, Sequence) else []
    numbers = [n for n in pair if n is not None]
    if len(pair) != 2 or not all(_is_number(n) for n in numbers):
        raise DataError(f"{where} must be iqr, zscore or [low, high] of numbers, was {rule!r}")
    if len(numbers) == 2 and numbers[0] > numbers[1]:
        raise DataError(f"{where} must be [low, high] with low ≤ high, was {pair}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _fitted(column: str, rule: str, found: Mapping[str, float | None], decimals: int) -> Limits:
    first, second = (found[name] for name in _NEEDS[rule])
    least, most = found["min"], found["max"]
    if first is None or second is None or least is None or most is None:
        return Limits(None, None)  # no training row holds a number, so none lies out
    if rule == "iqr":
        low, high, reach = first, second, second - first
        if not reach and least != most:
            raise DataError(
                f"data.outliers.{column}=iqr would drop every value but {first:g}, "
                "which the middle half of the training rows holds",
                mend=f"data.outliers.{column}=zscore or =[low, high]",
            )
    else:
        low, high, reach = first, first, second
    low, high = low - _REACH[rule] * reach, high + _REACH[rule] * reach
    scale = max(abs(low), abs(high), abs(first))
    return Limits(-_outwards(-low, -least, scale, decimals), _outwards(high, most, scale, decimals))


def _outwards(limit: float, farthest: float, scale: float, decimals: int) -> float:
    """Round a limit upwards, such that no engine's last bits can be seen in it."""
    places, noise = grid(scale, decimals), scale * 1e-13
    nearest = round(limit, places)
    if nearest < limit - noise:
        nearest = round(nearest + 10.0**-places, places)
    # a row must not lie out by the rounding alone, as those of a column of one value would
    return farthest if abs(farthest - nearest) <= 2 * noise else nearest + 0.0

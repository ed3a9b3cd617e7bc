"""Numbers computed over all rows of a table, such that every engine gives the same."""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from xinzhi.data.records import require_columns
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import ibis

Statistic = Literal["low_quartile", "median", "high_quartile", "mean", "spread", "min", "max"]

_DIGITS = 12  # sums taken in another order differ from the fifteenth digit on


def finite(column: "ibis.expr.types.Column") -> "ibis.expr.types.FloatingValue":
    """The column as floats; NaN and infinities, of which there is no mean, become missing.

    Args:
        column: numbers.
    """
    import ibis

    floats = column.cast("float64")
    if not column.type().is_floating():
        return floats
    # only what is finite leaves 0; Ibis 12 writes isinf as FALSE for Spark
    return ibis.ifelse(floats - floats == 0, floats, ibis.null("float64"))


def require_numbers(table: "ibis.Table", columns: Iterable[str], *, why: str) -> None:
    """Refuse columns that are not there or hold no numbers.

    Args:
        table: the rows.
        columns: names.
        why: what needs numbers, for the message.

    Raises:
        DataError: names the column and its type.
    """
    names = list(columns)
    require_columns(table.columns, names, why)
    for name in names:
        if not (kind := table[name].type()).is_numeric():
            raise DataError(f"{why} needs numbers, column {name!r} is of type {str(kind).lower()}")


def statistics(
    table: "ibis.Table", wanted: Mapping[str, Iterable[Statistic]]
) -> dict[str, dict[str, float | None]]:
    """Compute statistics of columns in one pass.

    Args:
        table: the rows.
        wanted: column → statistics; the spread is the population's standard deviation.

    Returns:
        column → statistic → value; None where no row holds a finite number.
    """
    asked = [(column, name) for column, names in wanted.items() for name in names]
    if not asked:
        return {}
    found = {f"s{i}": _expression(table[column], name) for i, (column, name) in enumerate(asked)}
    values: dict[str, Any] = table.aggregate(**found).to_pyarrow().to_pylist()[0]
    result: dict[str, dict[str, float | None]] = {column: {} for column in wanted}
    for i, (column, name) in enumerate(asked):
        value = values[f"s{i}"]
        result[column][name] = None if value is None or math.isnan(value) else float(value)
    return result


def _expression(column: "ibis.expr.types.Column", name: Statistic) -> "ibis.expr.types.Scalar":
    numbers = finite(column)
    return {
        "low_quartile": lambda: numbers.quantile(0.25),
        "median": lambda: numbers.quantile(0.5),
        "high_quartile": lambda: numbers.quantile(0.75),
        "mean": numbers.mean,
        "spread": lambda: numbers.std(how="pop"),
        "min": numbers.min,
        "max": numbers.max,
    }[name]()


def grid(value: float, decimals: int) -> int:
    """Say to how many decimals a number is rounded: as declared, and to twelve digits at most.

    Args:
        value: the number.
        decimals: as declared.

    >>> grid(0.5, 9), grid(123456.0, 9), grid(1e15, 9)
    (9, 6, -4)
    """
    return min(decimals, _DIGITS - 1 - math.floor(math.log10(abs(value)))) if value else decimals


def rounded(value: float, decimals: int) -> float:
    """Round a number so far that no engine's order of summing can be seen in it.

    Args:
        value: a number computed over many rows.
        decimals: as declared.
    """
    return round(value, grid(value, decimals)) + 0.0  # -0.0 is 0.0

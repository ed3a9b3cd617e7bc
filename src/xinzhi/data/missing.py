"""What stands for a value that is missing, fitted on training rows and used for all.

Rows are dropped in all parts where a rule says so, since a model could not read them; everything
else fills val and test with what training rows taught.
"""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

from xinzhi.data.aggregates import require_numbers, rounded, statistics
from xinzhi.data.records import require_columns
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import ibis
    import ibis.expr.datatypes as dt

Value = str | int | float | bool
_NUMERIC = ("median", "mean")
DROP = "drop"


def fit(train: "ibis.Table", rules: Mapping[str, Value], round: int = 9) -> dict[str, Value]:  # noqa: A002 - as in the declaration
    """Find what fills each column, on training rows.

    Args:
        train: the training rows.
        rules: column → drop, median, mean, mode (the smallest of the most frequent values), or a
            constant of the column's type; dates and times as ISO text.
        round: decimals of fitted floats; whole numbers stay whole.

    Returns:
        column → drop or the value, plain enough for JSON.

    Raises:
        DataError: a column or a rule does not fit, or no training row has a value.
    """
    require_columns(train.columns, rules, "data.missing")
    kinds = {column: train[column].type() for column in rules}
    numeric = {c: rule for c, rule in rules.items() if isinstance(rule, str) and rule in _NUMERIC}
    require_numbers(train, numeric, why="data.missing by " + " or ".join(_NUMERIC))
    found = statistics(train, {column: [rule] for column, rule in numeric.items()})  # type: ignore[list-item]
    fitted: dict[str, Value] = {}
    for column, rule in rules.items():
        if rule == DROP:
            fitted[column] = DROP
        elif column in numeric:
            value = _there(found[column][str(rule)], column, rule)
            fitted[column] = _of_type(value, kinds[column], round)
        elif rule == "mode":
            fitted[column] = _plain(_there(_mode(train, column), column, rule))
        else:
            fitted[column] = _constant(rule, kinds[column], column)
    return fitted


def fill(table: "ibis.Table", fitted: Mapping[str, Value]) -> "ibis.Table":
    """Fill what is missing, or drop the rows; the types of the columns stay.

    Args:
        table: the rows.
        fitted: as `fit` gave it.

    Raises:
        DataError: a column is not there.
    """
    import ibis

    require_columns(table.columns, fitted, "data.missing")
    filled = {}
    for name, value in fitted.items():
        if value == DROP:
            table = table.filter(~_missing(table[name]))
    for name, value in fitted.items():
        if value != DROP:
            column = table[name]
            literal = ibis.literal(_literal(value, column.type()), type=column.type())
            filled[name] = ibis.ifelse(_missing(column), literal, column).cast(column.type())
    return table.mutate(**filled) if filled else table


def _missing(column: "ibis.expr.types.Column") -> "ibis.expr.types.BooleanValue":
    return column.isnull() | column.isnan() if column.type().is_floating() else column.isnull()


def _there(value: Any, column: str, rule: Value) -> Any:  # noqa: ANN401 - of the column's type
    if value is None:
        raise DataError(
            f"data.missing.{column}={rule} needs a value, no training row has one",
            mend=f"data.missing.{column}=CONSTANT, or leave the column out",
        )
    return value


def _mode(table: "ibis.Table", column: str) -> Any:  # noqa: ANN401 - of the column's type
    import ibis

    rows = table.filter(~_missing(table[column])).select(value=table[column])
    if rows.value.type().is_floating():
        rows = rows.mutate(value=rows.value + 0.0)  # -0.0 is 0.0
    counts = rows.group_by("value").aggregate(n=ibis._.count())
    first = counts.order_by([counts.n.desc(), counts.value.asc()]).limit(1)
    found = first.to_pyarrow().to_pylist()
    return found[0]["value"] if found else None


def _plain(value: Any) -> Value:  # noqa: ANN401 - of the column's type
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(UTC).replace(tzinfo=None)  # as Spark gives it
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if not isinstance(value, str | int | float | bool):
        raise DataError(f"data.missing fills plain values only, not {type(value).__name__}")
    return value


def _of_type(value: float, kind: "dt.DataType", decimals: int) -> Value:
    number = rounded(value, decimals)
    if kind.is_integer():
        return int(Decimal(repr(number)).quantize(Decimal(1), ROUND_HALF_EVEN))
    if kind.is_decimal():
        scale = Decimal(1).scaleb(-(kind.scale or 0))
        return str(Decimal(repr(number)).quantize(scale, ROUND_HALF_EVEN))
    return number


def _constant(value: Any, kind: "dt.DataType", column: str) -> Value:  # noqa: ANN401 - whatever a person wrote
    """Take a constant of the column's type.

    Raises:
        DataError: it is of another type.
    """
    fits = {
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value),
        "time": isinstance(value, str | date),
    }
    name = _family(kind)
    try:
        if fits.get(name) and _in_range(value, kind):
            return _plain(value) if isinstance(value, date) else value
    except ValueError:
        pass
    raise DataError(
        f"data.missing.{column} must be drop, median, mean, mode or a constant of the column's "
        f"type {str(kind).lower()}, was {value!r}"
    )


def _family(kind: "dt.DataType") -> str:
    if kind.is_integer():
        return "integer"
    if kind.is_floating() or kind.is_decimal():
        return "number"
    if kind.is_temporal():
        return "time"
    return "string" if kind.is_string() else "boolean" if kind.is_boolean() else "other"


def _in_range(value: Any, kind: "dt.DataType") -> bool:  # noqa: ANN401 - of the column's family
    if kind.is_integer():
        return bool(kind.bounds.lower <= value <= kind.bounds.upper)
    if kind.is_temporal():
        _literal(value if isinstance(value, str) else value.isoformat(), kind)
    return True


def _literal(value: Value, kind: "dt.DataType") -> Any:  # noqa: ANN401 - of the column's type
    if kind.is_decimal():
        return Decimal(str(value))
    if kind.is_date():
        return date.fromisoformat(str(value))
    if kind.is_timestamp():
        moment = datetime.fromisoformat(str(value))
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment if kind.timezone else moment.replace(tzinfo=None)
    if kind.is_time():
        return time.fromisoformat(str(value))
    return value

"""The values of a column under a declared type, alike on every engine.

A cast of a string means something else on each engine (DuckDB reads `1_000`, Spark `3d`), so a
regular expression that both understand decides first what a value of the type looks like.
"""

import sys
from typing import TYPE_CHECKING, NamedTuple

from xinzhi.data.bounds import Type

if TYPE_CHECKING:
    import ibis

_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")
_DAY = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?"
_OFFSET = "[+-](0[0-9]|1[0-4]):?[0-5][0-9]"
_FORMS = {
    "integer": "^[+-]?[0-9]+([.]0*)?$",  # 3.0 is how a file has it once a value was missing
    "number": "^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$",
    "date": f"^{_DAY}([T ]00:00(:00([.]0+)?)?)?$",
    "time": f"^{_DAY}([T ]{_CLOCK} ?(Z|{_OFFSET})?)?$",
}
_LARGEST = 2.0**63


class Cast(NamedTuple):
    """A column under its type.

    Attributes:
        value: what rules see: NULL where missing or malformed; strings without blanks around.
        malformed: where there is a value that is not of the type.
        typed: what goes on into the snapshot.
    """

    value: "ibis.Column"
    malformed: "ibis.Column"
    typed: "ibis.Column"


def cast(column: "ibis.Column", type_: Type | None) -> Cast | None:
    """Give a column its declared type; None where a column of its type never can have it.

    A blank string and NaN count as missing.

    Args:
        column: of a source.
        type_: as declared.
    """
    import ibis

    present = _present(column)
    never = ibis.literal(False)  # noqa: FBT003 - a value
    if type_ is None:
        return Cast(present, never, column)
    if column.type().is_null():
        nothing = column.cast(_IBIS[type_])
        return Cast(nothing, never, nothing)
    if type_ == "string":
        if column.type().is_integer():
            return Cast(column.cast("string"), never, column.cast("string"))
        return Cast(present, never, column) if column.type().is_string() else None
    value = _from_string(present, type_) if column.type().is_string() else _between(present, type_)
    if value is None:
        return None
    return Cast(value, present.notnull() & value.isnull(), value)


_IBIS = {
    "string": "string", "integer": "int64", "number": "float64",
    "boolean": "boolean", "date": "date", "time": "timestamp",
}  # fmt: skip


def _present(column: "ibis.Column") -> "ibis.Column":
    if column.type().is_string():
        return column.strip().nullif("")
    if column.type().is_floating():
        # asked as text, for from a Parquet file's bounds, which leave NaN out, DuckDB 2 concludes
        # that no value is one; NaN has a sign
        return column.cast("string").lower().endswith("nan").ifelse(None, column)
    return column


def _from_string(text: "ibis.Column", type_: Type) -> "ibis.Column":
    import ibis

    if type_ == "boolean":
        word = text.lower()
        return ibis.cases((word.isin(_TRUE), True), (word.isin(_FALSE), False), else_=None)
    shaped = text.re_search(_FORMS[type_]).ifelse(text, None)
    if type_ == "integer":
        return shaped.re_replace("[.]0*$", "").try_cast("int64")
    if type_ == "number":
        number = shaped.try_cast("float64")
        return (number.abs() <= sys.float_info.max).ifelse(number, None)  # 1e999
    value = shaped.left(10).try_cast("date") if type_ == "date" else _moment(shaped)
    return value.year().between(1, 9999).ifelse(value, None)  # what Python and Arrow hold too


def _moment(text: "ibis.Column") -> "ibis.Column":
    """The UTC time of an ISO 8601 text; one without an offset is UTC already."""
    clock = text.re_extract(r"^.{10}[T ]([0-9:]+)", 1)
    clock = (clock.length() == 5).ifelse(clock + ":00", clock).nullif("")
    fraction = text.re_extract(r"[.]([0-9]{1,6})", 1)  # microseconds is what both engines keep
    local = text.left(10) + " " + clock.fill_null("00:00:00") + "." + fraction.rpad(6, "0")
    offset = text.re_extract(r"([+-][0-9]{2}:?[0-9]{2})$", 1)
    is_offset = text.re_search(r":[0-9:.]* ?[+-][0-9]{2}:?[0-9]{2}$")
    minutes = offset.substr(1, 2).try_cast("int64") * 60 + offset.right(2).try_cast("int64")
    east = (offset.left(1) == "-").ifelse(-minutes, minutes)
    shift = is_offset.ifelse(east, 0).fill_null(0)
    return local.try_cast("timestamp") - shift.cast("int64").as_interval("m")


def _between(column: "ibis.Column", type_: Type) -> "ibis.Column | None":
    """A column that is no string; None where its type cannot become the declared one."""
    kind = column.type()
    if type_ == "number" and kind.is_numeric():
        return column
    if type_ == "integer" and kind.is_numeric():
        return column if kind.is_integer() else _whole(column)
    if type_ == "boolean" and (kind.is_boolean() or kind.is_integer()):
        return column if kind.is_boolean() else column.isin([0, 1]).ifelse(column == 1, None)
    if type_ == "date" and (kind.is_date() or kind.is_timestamp()):
        return column if kind.is_date() else _day(column)
    if type_ == "time" and (kind.is_date() or kind.is_timestamp()):
        return column.cast("timestamp") if kind.is_date() else column
    return None


def _whole(column: "ibis.Column") -> "ibis.Column":
    whole = (column % 1 == 0) & (column >= -_LARGEST) & (column < _LARGEST)
    return whole.ifelse(column, None).try_cast("int64")


def _day(column: "ibis.Column") -> "ibis.Column":
    day = column.date()
    return (day.cast(column.type()) == column).ifelse(day, None)

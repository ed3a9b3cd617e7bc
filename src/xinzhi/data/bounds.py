"""What rules hold the values of a column against, checked as it is declared."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal

from xinzhi.errors import DataError

Type = Literal["string", "integer", "number", "boolean", "date", "time"]

_ORDERED = ("integer", "number", "date", "time", "string")


def implied(given: Mapping[str, Any]) -> Type | None:
    """The type that bounds, allowed values or a pattern ask for.

    Args:
        given: the rules of a column, as declared.
    """
    allowed = given.get("allowed")
    if "pattern" in given:
        return "string"
    listed = allowed if isinstance(allowed, Sequence) and not isinstance(allowed, str) else []
    if any(isinstance(value, str) for value in listed):
        return "string"  # and bounds are lengths
    values = [*listed, *(given[key] for key in ("min", "max") if key in given)]
    if values and all(isinstance(value, bool) for value in values):
        return "boolean"
    if values and all(isinstance(value, int | float) for value in values):
        whole = allowed is not None and all(isinstance(value, int) for value in values)
        return "integer" if whole else "number"
    if "min" in given or "max" in given:
        return "date" if all(len(str(value)) == len("2020-01-31") for value in values) else "time"
    return "string" if allowed is not None else None


def checked(key: str, value: Any, type_: Type | None, where: str) -> Any:  # noqa: ANN401
    """Give what a rule holds values against, under the column's type.

    Args:
        key: the rule.
        value: as declared.
        type_: of the column.
        where: the column's key, for messages.

    Raises:
        DataError: it is not of the type, or no value of the rule.
    """
    at = f"{where}.{key}"
    if key in ("min", "max"):
        return _bound(value, type_, at)
    if key == "allowed":
        if isinstance(value, str) or not isinstance(value, Sequence) or not value:
            raise DataError(f"{at} must be a list of values, was {value!r}")
        return tuple(_typed(each, type_, at) for each in value)
    if key == "pattern":
        return _pattern(value, type_, at)
    if key == "unique" and not isinstance(value, bool):
        raise DataError(f"{at} must be true or false, was {value!r}")
    if key == "null_share" and (not _is_number(value) or not 0 <= value <= 1):
        raise DataError(f"{at} must be a share between 0 and 1, was {value!r}")
    return float(value) if key == "null_share" else value


def _bound(value: Any, type_: Type | None, at: str) -> Any:  # noqa: ANN401
    if type_ not in _ORDERED:
        raise DataError(f"{at} needs an ordered type, not {type_}", candidates=_ORDERED)
    if type_ != "string":
        return _typed(value, "number" if type_ == "integer" else type_, at)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise DataError(f"{at} of a string is a number of characters, was {value!r}")
    return value


def _typed(value: Any, type_: Type | None, at: str) -> Any:  # noqa: ANN401
    try:
        if type_ == "integer" and isinstance(value, int) and not isinstance(value, bool):
            return value
        if type_ == "number" and _is_number(value):
            return value
        if type_ == "boolean" and isinstance(value, bool):
            return value
        if type_ == "date":
            return date.fromisoformat(str(value))
        if type_ == "time":
            moment = datetime.fromisoformat(str(value))
            return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
        if type_ in ("string", None) and isinstance(value, str):
            return value
    except ValueError:
        pass
    iso = " as in 2026-01-31" if type_ == "date" else " as in 2026-01-31T08:00" * (type_ == "time")
    raise DataError(f"{at} must be of type {type_}{iso}, was {value!r}")


def _pattern(value: Any, type_: Type | None, at: str) -> str:  # noqa: ANN401
    if type_ != "string":
        raise DataError(f"{at} needs type string, was {type_}")
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), rf"\A(?:{value})\z")
    except pa.ArrowInvalid as error:
        reason = str(error).partition(": ")[2] or str(error)
        raise DataError(
            f"{at} must be a regular expression of RE2 (no look-around, no back-reference), "
            f"was {value!r}: {reason}"
        ) from None
    return str(value)


def _is_number(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

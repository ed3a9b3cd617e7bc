"""Expressions that mean the same on every engine, where the engines' own words differ."""

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data.hashing import draws
from xinzhi.data.words import builtin

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from xinzhi.data.engine import Engine

    Value = Any  # an Ibis column; its classes do not carry the methods of their types

# what Python's str.strip takes away; no engine's own trim takes all of it
_SPACES = [
    *map(chr, [*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)]),
    *map(chr, [0x2028, 0x2029, 0x202F, 0x205F, 0x3000]),
]
LANE_DIGITS = 15  # hexadecimal ones: 60 bits, which fit a signed integer


class Lanes(NamedTuple):
    """120 bits of a hash as two integers, which are compared faster than text.

    Attributes:
        first: the first 60 bits.
        second: the next 60 bits.
    """

    first: "Value"
    second: "Value"


def trimmed(text: "Value", engine: "Engine") -> "Value":
    """Strip white space of every kind from both ends.

    Args:
        text: a column of strings.
        engine: where.
    """
    import ibis

    trim = builtin("trim" if engine.name == "duckdb" else "btrim", ["string"] * 2, "string")
    ends = _spaced(text, engine)  # trim reads every letter, even where there is nothing to do
    return ibis.cases((ends, trim(text, "".join(_SPACES))), else_=text)


def _spaced(text: "Value", engine: "Engine") -> "Value":
    """Whether text begins or ends with white space."""
    import ibis

    last = text.right(1)
    if engine.name == "duckdb":  # whose `right` counts all letters
        last = builtin("array_extract", ["string", "int64"], "string")(text, -1)
    spaces = ibis.literal("".join(_SPACES))  # DuckDB makes a join of a long list, for every row
    return spaces.contains(text.left(1)) | spaces.contains(last)


def parts(text: "Value", separator: str, engine: "Engine") -> "Value":
    """Cut text where the separator stands.

    Args:
        text: a column of strings.
        separator: taken as it is, whatever it would mean to a pattern.
        engine: where.
    """
    if engine.name == "duckdb":
        return text.split(separator)
    pattern = "".join(
        rf"\{sign}" if sign.isascii() and not sign.isalnum() else sign for sign in separator
    )
    return builtin("split", ["string", "string", "int32"], "array<string>")(text, pattern, -1)


def unless_empty(text: "Value") -> "Value":
    """Make NULL of what is empty.

    Args:
        text: a column of strings.
    """
    return text.nullif("")


def normalised(text: "Value", form: str, engine: "Engine") -> "Value":
    """Bring text into a Unicode form.

    Args:
        text: a column of strings.
        form: none, nfc or nfkc.
        engine: where.
    """
    if form == "none":
        return text
    return engine.function(
        f"xinzhi_{form}", partial(_normalise, form=form.upper()), takes="string", gives="string"
    )(text)


def _normalise(texts: "pa.Array", *, form: str) -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.utf8_normalize(texts.cast(pa.string()), form=form)


def drawn(text: "Value", seed: int, engine: "Engine") -> "Value":
    """Give each text an integer below 2**53 that depends on nothing but itself and the seed.

    Args:
        text: a column of strings.
        seed: another one gives other numbers.
        engine: where.
    """
    name = f"xinzhi_draw_{seed}".replace("-", "_minus_")
    return engine.function(name, partial(_draw, seed=seed), takes="string", gives="int64")(text)


def _draw(texts: "pa.Array", *, seed: int) -> "pa.Array":
    import pyarrow as pa

    missing = texts.is_null().to_numpy(zero_copy_only=False)
    found = draws((text or "" for text in texts.to_pylist()), seed)
    return pa.array(found, pa.int64(), mask=missing)


def integer(digits: "Value", engine: "Engine") -> "Value":
    """Read hexadecimal digits as an integer.

    Args:
        digits: a column of strings of at most 15 digits.
        engine: where.
    """
    if engine.name == "duckdb":
        return ("0x" + digits).cast("int64")
    return builtin("conv", ["string", "int8", "int8"], "string")(digits, 16, 10).cast("int64")


def lanes(text: "Value", engine: "Engine") -> Lanes:
    """Hash a column of strings.

    Args:
        text: what is hashed; not NULL.
        engine: where.
    """
    digits = text.hexdigest("md5")
    first, second = digits.substr(0, LANE_DIGITS), digits.substr(LANE_DIGITS, LANE_DIGITS)
    return Lanes(integer(first, engine), integer(second, engine))


def micros(moment: "Value", engine: "Engine") -> "Value":
    """Count the microseconds since 1970 in UTC; a time without a zone is one of UTC.

    Args:
        moment: a column of timestamps.
        engine: where.
    """
    name = "epoch_us" if engine.name == "duckdb" else "unix_micros"
    return builtin(name, [str(moment.type().copy(nullable=True))], "int64")(moment)


def sums(hashed: Lanes) -> dict[str, "ibis.Scalar"]:
    """Add hashes up, which no order changes; each sum of 30 bits stays exact for 8 billion rows.

    Args:
        hashed: one hash per row.
    """
    half = 1 << 30
    parts = [part for lane in hashed for part in (lane // half, lane % half)]
    return {f"sum{place}": part.cast("int64").sum() for place, part in enumerate(parts)}

"""The simple conditions that rows can be told apart by: values, ranges, lengths, what is missing.

Each names itself to a person and as SQL that a declared slice takes.
Shapes: N rows.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from xinzhi.data.legible import shown
from xinzhi.data.spelling import spelled
from xinzhi.evaluation.masks import Mask, Numbers, is_moment, lengths, moments, numbers

if TYPE_CHECKING:
    import pyarrow as pa

Codes = np.ndarray[Any, np.dtype[np.int64]]

# what a row is known by or where it lies, and the truth itself
NOT_SEARCHED = frozenset(
    {"row", "key", "label", "sha256", "array", "place", "path", "tags", "group"}
)
_BINS = 10
_FEW = 12  # numbers of a column up to which each is a value
_DIGITS = 3  # of an edge, so that what is shown is what was asked
_LONGEST = 60


class Said(NamedTuple):
    """A condition in words.

    Attributes:
        name: for a person.
        sql: for `slices: {name: {where: …}}`.
    """

    name: str
    sql: str


_NOTHING = Said("", "")


@dataclass(frozen=True, kw_only=True)
class Partition:
    """Rows told apart by one column.

    Args:
        column: its name.
        codes: the part that each row is in, shape (N,); −1 is no part.
        parts: how many there are.
        ordered: parts that can be ranges: the first so many.
        said: of the parts that are no range.
        edges: as written, one more than `ordered`; the first and last are open.
        subject: of ranges: what is compared, for a person and in SQL.
    """

    column: str
    codes: Codes
    parts: int
    ordered: int = 0
    said: tuple[Said, ...] = ()
    edges: tuple[str, ...] = ()
    subject: Said = _NOTHING

    def named(self, first: int, last: int) -> Said:
        """Says which rows are from one part to another, both included."""
        if first >= self.ordered:
            return self.said[first - self.ordered]
        low = self.edges[first] if first else None
        high = self.edges[last + 1] if last + 1 < self.ordered else None
        name, sql = self.subject
        bounds = [
            f"{sql} >= {_literal(low)}" if low else "",
            f"{sql} < {_literal(high)}" if high else "",
        ]
        words = (
            f"{low} to below {high}" if low and high else f"from {low}" if low else f"below {high}"
        )
        return Said(f"{name} {words}", " AND ".join(filter(None, bounds)))


def partitions(table: "pa.Table", *, smallest: int) -> list[Partition]:
    """Tells rows apart by each column that can.

    Args:
        table: N rows of a snapshot.
        smallest: rows that a value must have to be a part.
    """
    found = []
    for name in table.column_names:
        if name not in NOT_SEARCHED and table[name].null_count < len(table):
            found += _of_column(name, table[name], smallest)
    return [one for one in found if one.parts > 1 or one.parts > one.ordered]


def _of_column(name: str, column: "pa.ChunkedArray", smallest: int) -> list[Partition]:
    import pyarrow.types as pt

    kind, quoted = column.type, _quoted(name)
    if pt.is_integer(kind) or pt.is_floating(kind) or pt.is_decimal(kind):
        values = numbers(column)
        few = len(np.unique(values[~np.isnan(values)])) <= _FEW
        plain = _ranges(name, values, Said(name, quoted))
        return [_values(name, column, smallest, literal=True) if few else plain]
    if is_moment(kind):
        return [_eras(name, column, Said(name, quoted))]
    if pt.is_list(kind) or pt.is_large_list(kind):
        subject = Said(f"length of {name}", f"length({quoted})")
        return [_ranges(name, lengths(column, "words"), subject)]
    if pt.is_string(kind) or pt.is_large_string(kind) or pt.is_dictionary(kind):
        return _words(name, column, smallest)
    return [_values(name, column, smallest, literal=True)] if pt.is_boolean(kind) else []


def _words(name: str, column: "pa.ChunkedArray", smallest: int) -> list[Partition]:
    """Values that are frequent enough; of a column of texts also its lengths."""
    values = _values(name, column, smallest, literal=False)
    if np.mean(values.codes >= 0) > 0.5:
        return [values]
    length = lengths(column.cast("string"), "characters")
    said = Said(f"characters of {name}", f"length({_quoted(name)})")
    return [values, _ranges(name, length, said)]


def _values(name: str, column: "pa.ChunkedArray", smallest: int, *, literal: bool) -> Partition:
    import pyarrow as pa

    chunks = [spelled(chunk) for chunk in column.chunks]
    encoded = pa.chunked_array(chunks, pa.string()).combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    values = [*encoded.dictionary.to_pylist(), None]
    counts = np.bincount(codes, minlength=len(values))
    kept = np.flatnonzero(counts >= smallest)
    place = np.full(len(values), -1)
    place[kept] = np.arange(len(kept))
    said = tuple(_equal(name, values[one], literal=literal) for one in kept)
    return Partition(column=name, codes=place[codes], parts=len(kept), said=said)


def _equal(name: str, value: str | None, *, literal: bool) -> Said:
    quoted = _quoted(name)
    if value is None:
        return Said(f"{name} missing", f"{quoted} IS NULL")
    written = value if literal else "'" + value.replace("'", "''") + "'"
    return Said(f"{name} = {shown(value, _LONGEST)}", f"{quoted} = {written}")


def _ranges(name: str, values: Numbers, subject: Said) -> Partition:
    known = values[~np.isnan(values)]
    inner = np.quantile(known, np.arange(1, _BINS) / _BINS) if len(known) else np.zeros(0)
    if (known == np.floor(known)).all():
        inner = np.ceil(inner)
    written = sorted({_rounded(edge) for edge in inner.tolist()}, key=float)
    edges = [edge for edge in written if known.min() < float(edge) <= known.max()]
    codes = np.searchsorted(np.array([float(edge) for edge in edges]), values, side="right")
    return _ordered(name, codes, np.isnan(values), edges, subject)


def _eras(name: str, column: "pa.ChunkedArray", subject: Said) -> Partition:
    at = moments(column)
    gone = np.isnat(at)
    days = at[~gone].astype("datetime64[D]")
    inner = np.sort(days)[(np.arange(1, _BINS) * len(days)) // _BINS]
    edges = [str(edge) for edge in np.unique(inner) if edge > days.min()]
    codes = np.searchsorted(np.array(edges, dtype="datetime64[us]"), at, side="right")
    return _ordered(name, codes, gone, edges, subject)


def _ordered(name: str, codes: Codes, gone: Mask, edges: list[str], subject: Said) -> Partition:
    ordered, lost = len(edges) + 1, bool(gone.any())
    return Partition(
        column=name,
        codes=np.where(gone, ordered, codes),
        parts=ordered + lost,
        ordered=ordered,
        said=(Said(f"{name} missing", f"{_quoted(name)} IS NULL"),) if lost else (),
        edges=("", *edges, ""),
        subject=subject,
    )


def _rounded(value: float) -> str:
    """Writes three digits, and all of those before the point.

    >>> _rounded(0.123456), _rounded(98765.4), _rounded(27.0)
    ('0.123', '98765', '27')
    """
    if value == 0 or not math.isfinite(value):
        return "0"
    digits = max(0, _DIGITS - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _literal(edge: str) -> str:
    return f"DATE '{edge}'" if edge.count("-") == 2 and "e" not in edge else edge


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

"""What training has in common with the rows that judge it: the verdict on a split."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import nsmallest
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data import near_duplicates
from xinzhi.data.fingerprints import NOTHING, batches, common_types, of_rows, of_texts, of_values
from xinzhi.data.records import require_columns

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from xinzhi.data.fingerprints import Prints, Rows
    from xinzhi.data.near_duplicates import Indices

COMPARED = 50_000  # rows of each part among which near-duplicates are looked for
_EXAMPLES = 3  # per kind and pair of parts
_SHOWN = 300  # characters of an example
_HASH = ["first", "second"]
_ROLES = frozenset({"label", "row", "time", "group", "key"})


class Leakage(NamedTuple):
    """What two parts have in common; pairs are named like train/test.

    Attributes:
        exact: pair → rows of the second whose text (or features) the first has too.
        near: pair → rows of the second that are near-duplicates of texts of the first.
        groups: pair → groups that have rows in both; empty where no group is declared.
        sentence: all that for a person.
        examples: up to three of each kind and pair: kind, parts and shared: what both have, or
            the text of the first and that of the second.
    """

    exact: dict[str, int]
    near: dict[str, int]
    groups: dict[str, int]
    sentence: str
    examples: list[dict[str, Any]]


class _Reading(NamedTuple):
    """What of a row is compared, and as what."""

    columns: tuple[str, ...]
    prints: "Callable[[pa.RecordBatch], Prints]"


class _Found(NamedTuple):
    """What is shared: counts per pair, of how many per part, and examples."""

    counts: dict[str, int]
    of: dict[str, int]
    examples: list[dict[str, Any]]


def verdict(
    parts: "Mapping[str, Rows]",
    *,
    near: float = 0.9,
    group: str | None = None,
    text: str = "text",
    records: "Mapping[str, ibis.Table] | None" = None,
) -> Leakage:
    """Judge whether the parts of a data set keep apart.

    Texts are equal if they are once form, case and white space are tidied; near-duplicates are
    looked for among 50,000 rows of each part. Where there is no text, rows are equal if all their
    features are. To tidy millions of texts takes minutes: where hashes are known already, texts are
    equal if these are, and those that only tidying makes equal are near-duplicates.

    Args:
        parts: train, val, test in this order: Arrow tables or expressions.
        near: the Jaccard similarity from which texts are near-duplicates.
        group: the column whose values should stay on one side.
        text: the column of the text.
        records: the same parts with the columns `first` and `second`, the hash of each text.

    Raises:
        DataError: there is no such group, or `near` is not between 0.5 and 1.
    """
    near_duplicates.bands(near)  # refuses a bad threshold before anything is read
    schemas = {name: _schema(rows) for name, rows in parts.items()}
    for name, schema in schemas.items():
        require_columns(schema.names, [group] if group else [], name)
    first, *others = schemas.values()
    there = [name for name in first.names if all(name in other.names for other in others)]
    alike = groups = _Found({}, {}, [])
    if text in there:
        reading = _Reading((text,), lambda batch: of_texts(batch.column(0)))
        alike = _near(parts, text, near, of_values if records else of_texts)
    else:
        features = tuple(name for name in there if name not in {*_ROLES, group})
        types = common_types(list(schemas.values()), features)
        reading = _Reading(features, lambda batch: of_rows(batch, types))
    unknown = _Found(dict.fromkeys([pair for pair, _, _ in _pairs(parts)], 0), {}, [])
    if records and text in there:
        exact = _equal(records, text)
    else:
        exact = _shared(parts, reading, "exact") if reading.columns else unknown
    if group:
        grouping = _Reading((group,), lambda batch: of_values(batch.column(0)))
        groups = _shared(parts, grouping, "group")
    noun = "text" if text in there else "row"
    clauses = _clauses(exact, noun, f"{noun}s")
    clauses += _near_clauses(alike) if text in there else []
    clauses += _group_clauses(groups, group) if group else []
    sentence = "; ".join(clauses)
    examples = [*exact.examples, *alike.examples, *groups.examples]
    return Leakage(
        exact.counts, alike.counts, groups.counts, f"{sentence[0].upper()}{sentence[1:]}.", examples
    )


def _schema(rows: "Rows") -> "pa.Schema":
    import pyarrow as pa

    return rows.schema if isinstance(rows, pa.Table) else rows.schema().to_pyarrow()


def _pairs(parts: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [(f"{first}/{second}", first, second) for first, second in combinations(parts, 2)]


def _shared(parts: "Mapping[str, Rows]", reading: _Reading, kind: str) -> _Found:
    """Count what equals something in an earlier part: rows, or values where groups are meant."""
    import numpy as np

    prints = {}
    for name, rows in parts.items():
        found = [reading.prints(batch) for batch in batches(rows, reading.columns)]
        prints[name] = np.concatenate([np.empty(0, np.uint64), *found])
        if kind == "group":
            prints[name] = np.setdiff1d(prints[name], [NOTHING])
    counts, examples = {}, []
    for pair, first, second in _pairs(parts):
        known = prints[second][prints[second] != NOTHING]
        both = known[np.isin(known, prints[first])]
        counts[pair] = len(both)
        if len(both):
            shown = _cells(parts[second], reading, both)
            examples += [{"kind": kind, "parts": pair, "shared": [cell]} for cell in shown]
    return _Found(counts, {name: len(found) for name, found in prints.items()}, examples)


def _equal(records: "Mapping[str, ibis.Table]", text: str) -> _Found:
    """Count the rows whose hash an earlier part has too, where the rows are."""
    sizes = {name: _count(rows) for name, rows in records.items()}
    counts, examples = {}, []
    for pair, first, second in _pairs(records):
        shared = records[second].semi_join(records[first].select(*_HASH), _HASH)
        counts[pair] = _count(shared)
        if counts[pair]:
            shown = shared.order_by(_HASH).select(text).limit(_EXAMPLES).to_pyarrow()
            examples += [
                {"kind": "exact", "parts": pair, "shared": [_shortened(cell)]}
                for cell in shown[text].to_pylist()
            ]
    return _Found(counts, sizes, examples)


def _count(rows: "ibis.Table") -> int:
    return int(rows.count().to_pyarrow().as_py())


def _cells(rows: "Rows", reading: _Reading, wanted: "Prints") -> list[str]:
    """Find what has one of the fingerprints: the first by its text, whatever the order of rows."""
    import numpy as np

    shown = "{1}" if len(reading.columns) == 1 else "{}={}"

    def hits() -> Iterator[str]:
        for batch in batches(rows, reading.columns):
            found = np.flatnonzero(np.isin(reading.prints(batch), wanted))
            for row in batch.take(found).to_pylist():
                yield _shortened(", ".join(shown.format(*cell) for cell in row.items()))

    return nsmallest(_EXAMPLES, set(hits()))


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _near(
    parts: "Mapping[str, Rows]",
    text: str,
    threshold: float,
    equal: "Callable[[pa.Array | pa.ChunkedArray], Prints]",
) -> _Found:
    """Count texts that are like one of an earlier part without being equal to it."""
    import numpy as np

    samples = {name: _sample(rows, text) for name, rows in parts.items()}
    sizes = {name: len(sample) for name, sample in samples.items()}
    prints = np.concatenate([equal(sample) for sample in samples.values()])
    sides = np.repeat(np.arange(len(sizes)), list(sizes.values()))
    corpus = near_duplicates.Corpus(samples.values())
    partners = np.full((len(sizes), len(corpus)), -1)  # of each text in each earlier part
    for side in range(len(sizes)):
        settled = np.isin(prints, prints[sides == side])  # these are equal, or of that part
        partners[side, settled] = -2

    def open_pairs(left: "Indices", right: "Indices") -> "NDArray[np.bool_]":
        early, late = _in_order(left, right, sides)
        is_open: NDArray[np.bool_] = partners[sides[early], late] == -1
        return is_open & (sides[early] < sides[late])

    for left, right in near_duplicates.search(corpus, threshold, open_pairs):
        early, late = _in_order(left, right, sides)
        partners[sides[early], late] = early
    counts, examples = {}, []
    for (pair, _, _), (side, later) in zip(
        _pairs(parts), combinations(range(len(sizes)), 2), strict=True
    ):
        hits = np.flatnonzero((partners[side] >= 0) & (sides == later))
        counts[pair] = len(hits)
        for hit in hits[:_EXAMPLES]:
            shared = [corpus.text(int(partners[side, hit])), corpus.text(int(hit))]
            examples.append(
                {"kind": "near", "parts": pair, "shared": list(map(_shortened, shared))}
            )
    return _Found(counts, sizes, examples)


def _in_order(left: "Indices", right: "Indices", sides: "Indices") -> "tuple[Indices, Indices]":
    import numpy as np

    swapped = sides[left] > sides[right]
    return np.where(swapped, right, left), np.where(swapped, left, right)


def _sample(rows: "Rows", text: str) -> "pa.ChunkedArray":
    """Read the texts among which near-duplicates are looked for."""
    import pyarrow as pa

    if isinstance(rows, pa.Table):
        return rows[text].slice(0, COMPARED)
    if "row" in rows.columns:
        rows = rows.order_by("row")  # a hash, so the first are as good as drawn
    return rows.select(text).limit(COMPARED).to_pyarrow()[text]


def _clauses(exact: _Found, one: str, many: str) -> list[str]:
    """Say what is equal."""
    if not exact.of:
        return ["the parts have no feature in common by which rows could be compared"]
    first, *others = [name for name, rows in exact.of.items() if rows] or ["train"]
    if not others:
        return ["there are rows in one part only"]
    nowhere = f"no {one} of {' or '.join(reversed(others))} is in {first}"
    if len(others) > 1:
        nowhere = f"no {one} is in two of {_listed([first, *others])}"
    return _hits(exact, many, ("is in {} too", "are in {} too")) or [nowhere]


def _near_clauses(alike: _Found) -> list[str]:
    """Say what is nearly equal."""
    what = ("is a near-duplicate of a {} text", "are near-duplicates of {} texts")
    clauses = _hits(alike, "texts", what) or ["no near-duplicates are on two sides"]
    if max(alike.of.values()) == COMPARED:
        clauses[-1] += f" (looked for among {COMPARED:,} rows of each part at most)"
    return clauses


def _group_clauses(groups: _Found, group: str) -> list[str]:
    """Say which groups are torn apart."""
    what = ("is in {} too", "are in {} too")
    return _hits(groups, f"values of {group}", what) or [f"no {group} is on two sides"]


def _hits(found: _Found, many: str, what: tuple[str, str]) -> list[str]:
    """Say for each part what of the later ones is in it too."""
    clauses = []
    for first in found.of:
        hits = {}
        for pair, other, second in _pairs(found.of):
            if other == first and found.counts[pair]:
                hits[second] = found.counts[pair]
        told = [
            f"{count:,} of {found.of[name]:,} {name} {many} ({_share(count, found.of[name])})"
            for name, count in hits.items()
        ]
        if told:
            clauses.append(f"{_listed(told)} {what[sum(hits.values()) > 1].format(first)}")
    return clauses


def _share(count: int, total: int) -> str:
    share = 100 * count / total
    return f"{share:.1f} %" if share >= 0.1 else "under 0.1 %"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))

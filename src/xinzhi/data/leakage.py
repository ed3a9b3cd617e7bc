"""What training has in common with the rows that judge it: the verdict on a split."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import nsmallest
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data.corpus import Corpus
from xinzhi.data.fingerprints import NOTHING, batches, common_types, of_rows, of_texts, of_values
from xinzhi.data.minhash import bands
from xinzhi.data.near_duplicates import partners
from xinzhi.data.records import require_columns
from xinzhi.data.sentence import Found, pairs_of, sentence

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from xinzhi.data.fingerprints import Prints, Rows

TIDIED = 1_000_000  # rows of all parts whose texts are tidied before they are compared
COMPARED = 50_000  # rows of each part among which near-duplicates are looked for
LETTERS = 1 << 24  # of the texts of each part among which these are looked for
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


def verdict(
    parts: "Mapping[str, Rows]",
    *,
    near: float = 0.9,
    group: str | None = None,
    text: str = "text",
    records: "Mapping[str, ibis.Table] | None" = None,
    features: Sequence[str] | None = None,
    timed: bool = False,
) -> Leakage:
    """Judge whether the parts of a data set keep apart.

    Texts are equal if they are once form, case and white space are tidied; near-duplicates are
    looked for among 50,000 rows of each part, fewer if these are long. Where there is no text, rows
    are equal if all their features are. To tidy many millions of texts takes minutes: where hashes
    are known and there are more than a million rows, texts are equal if these are, as written.

    Args:
        parts: train, val, test in this order: Arrow tables or expressions.
        near: the Jaccard similarity from which texts are near-duplicates.
        group: the column whose values should stay on one side.
        text: the column of the text.
        records: the same parts with the columns `first` and `second`, the hash of each record.
        features: the columns of a record without a text; without them all but those with a role.
        timed: whether equal records at different times are different ones.

    Raises:
        DataError: there is no such group, or `near` is not between 0.5 and 1.
    """
    bands(near)  # refuses a bad threshold before anything is read
    schemas = {name: _schema(rows) for name, rows in parts.items()}
    for name, schema in schemas.items():
        require_columns(schema.names, [group] if group else [], name)
    first, *others = schemas.values()
    there = [name for name in first.names if all(name in other.names for other in others)]
    alike, groups = None, Found({}, {}, [])
    written = records if text in there and records and _rows(records) > TIDIED else None
    if written:
        exact = _equal(written, [text])
        alike = _near(parts, text, near, of_values)
    elif text in there:
        exact = _shared(parts, _Reading((text,), lambda batch: of_texts(batch.column(0))), "exact")
        alike = _near(parts, text, near, of_texts)
    elif records and features:
        exact = _equal(records, features, ["time"] if timed else [])
    else:
        exact = _shared_features(parts, schemas, [n for n in there if n not in {*_ROLES, group}])
    if group:
        grouping = _Reading((group,), lambda batch: of_values(batch.column(0)))
        groups = _shared(parts, grouping, "group")
    noun = "row" if alike is None else "text"
    how = "compared as written" if written else ""
    told = sentence(noun, exact, alike, groups, group, how=how)
    near_counts, examples = (alike.counts, alike.examples) if alike else ({}, [])
    examples = [*exact.examples, *examples, *groups.examples]
    return Leakage(exact.counts, near_counts, groups.counts, told, examples)


def _schema(rows: "Rows") -> "pa.Schema":
    import pyarrow as pa

    return rows.schema if isinstance(rows, pa.Table) else rows.schema().to_pyarrow()


def _shared(parts: "Mapping[str, Rows]", reading: _Reading, kind: str) -> Found:
    """Count what equals something in an earlier part: rows, or values where groups are meant."""
    import numpy as np

    prints = {}
    for name, rows in parts.items():
        found = [reading.prints(batch) for batch in batches(rows, reading.columns)]
        prints[name] = np.concatenate([np.empty(0, np.uint64), *found])
        if kind == "group":
            prints[name] = np.setdiff1d(prints[name], [NOTHING])
    counts, examples = {}, []
    for pair, first, second in pairs_of(parts):
        known = prints[second][prints[second] != NOTHING]
        both = known[np.isin(known, prints[first])]
        counts[pair] = len(both)
        if len(both):
            shown = _cells(parts[second], reading, both)
            examples += [{"kind": kind, "parts": pair, "shared": [cell]} for cell in shown]
    return Found(counts, {name: len(found) for name, found in prints.items()}, examples)


def _shared_features(
    parts: "Mapping[str, Rows]", schemas: "Mapping[str, pa.Schema]", features: list[str]
) -> Found:
    """Count the rows all of whose features an earlier part has too."""
    if not features:
        return Found({pair: 0 for pair, _, _ in pairs_of(parts)}, {}, [])
    types = common_types(list(schemas.values()), features)
    return _shared(parts, _Reading(tuple(features), lambda batch: of_rows(batch, types)), "exact")


def _rows(records: "Mapping[str, ibis.Table]") -> int:
    return sum(map(_count, records.values()))


def _equal(
    records: "Mapping[str, ibis.Table]", shown: Sequence[str], more: Sequence[str] = ()
) -> Found:
    """Count the rows whose hash an earlier part has too, where the rows are."""
    sizes = {name: _count(rows) for name, rows in records.items()}
    alike = [*_HASH, *more]
    counts, examples = {}, []
    for pair, first, second in pairs_of(records):
        shared = records[second].semi_join(records[first].select(*alike), alike)
        counts[pair] = _count(shared)
        if counts[pair]:
            found = shared.order_by(alike).select(*shown).limit(_EXAMPLES).to_pyarrow()
            examples += [
                {"kind": "exact", "parts": pair, "shared": [_shortened(_written(row))]}
                for row in found.to_pylist()
            ]
    return Found(counts, sizes, examples)


def _written(row: "Mapping[str, Any]") -> str:
    if len(row) == 1:
        return str(*row.values())
    return ", ".join(f"{name}={value}" for name, value in row.items())


def _count(rows: "ibis.Table") -> int:
    return int(rows.count().to_pyarrow().as_py())


def _cells(rows: "Rows", reading: _Reading, wanted: "Prints") -> list[str]:
    """Find what has one of the fingerprints: the first by its text, whatever the order of rows."""
    import numpy as np

    def hits() -> Iterator[str]:
        for batch in batches(rows, reading.columns):
            found = np.flatnonzero(np.isin(reading.prints(batch), wanted))
            for row in batch.take(found).to_pylist():
                yield _shortened(_written(row))

    return nsmallest(_EXAMPLES, set(hits()))


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _near(
    parts: "Mapping[str, Rows]",
    text: str,
    threshold: float,
    equal: "Callable[[pa.Array | pa.ChunkedArray], Prints]",
) -> Found:
    """Count texts that are like one of an earlier part without being equal to it."""
    import numpy as np

    samples = {name: _sample(rows, text) for name, rows in parts.items()}
    sizes = {name: len(sample) for name, sample in samples.items()}
    prints = np.concatenate([equal(sample) for sample in samples.values()])
    sides = np.repeat(np.arange(len(sizes)), list(sizes.values()))
    corpus = Corpus(samples.values())
    likest = partners(corpus, sides, prints, threshold, count=len(sizes))
    counts, examples = {}, []
    for (pair, _, _), (side, later) in zip(
        pairs_of(parts), combinations(range(len(sizes)), 2), strict=True
    ):
        hits = np.flatnonzero((likest[side] >= 0) & (sides == later))
        counts[pair] = len(hits)
        for hit in hits[:_EXAMPLES]:
            shared = [corpus.text(int(likest[side, hit])), corpus.text(int(hit))]
            examples.append(
                {"kind": "near", "parts": pair, "shared": list(map(_shortened, shared))}
            )
    return Found(counts, sizes, examples)


def _sample(rows: "Rows", text: str) -> "pa.ChunkedArray":
    """Read the texts among which near-duplicates are looked for; fewer of them if they are long."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(rows, pa.Table):
        texts = rows[text].slice(0, COMPARED)
        return texts.slice(0, _enough(len(texts), pc.sum(pc.utf8_length(texts)).as_py()))
    if "row" not in rows.columns:
        return rows.select(text).limit(COMPARED).to_pyarrow()[text]
    # the first by a hash are as good as drawn, and lie together: the others need not be read
    places = rows.select(place=rows.row).order_by("place").limit(COMPARED)
    last = places.aggregate(last=places.place.max()).to_pyarrow()["last"][0].as_py()
    first = rows if last is None else rows.filter(rows.row <= last)
    told = first.aggregate(n=first.count(), letters=first[text].length().sum()).to_pyarrow()
    limit = min(COMPARED, _enough(told["n"][0].as_py(), told["letters"][0].as_py()))
    return first.order_by("row").select(text).limit(limit).to_pyarrow()[text]


def _enough(n: int, letters: int | None) -> int:
    return n if not letters or letters <= LETTERS else max(1, n * LETTERS // int(letters))

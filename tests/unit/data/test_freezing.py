"""The digest follows the content and nothing else."""

import datetime as dt
import hashlib

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from road import taken_in

from xinzhi.data.freezing import digest, keyed, write
from xinzhi.data.hashing import content_hash

several = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LETTERS = st.characters(codec="utf-8", exclude_categories=["Z", "C"])
PAIRS = st.lists(
    st.tuples(st.text(LETTERS, min_size=1, max_size=6), st.sampled_from(["x", "y"])),
    min_size=1,
    max_size=20,
    unique=True,
)


def keyed_in(engine, columns, **roles):
    return keyed(taken_in(engine, columns, **roles))


def rows(engine, pairs, *, extras=(), **others):
    texts, labels = zip(*pairs, strict=True)
    return keyed_in(engine, {"text": texts, "label": labels} | others, extras=extras)


def written(rows, tmp_path):
    path = tmp_path / f"{id(rows)}.parquet"
    write(rows, path)
    return pq.read_table(path)


@several
@given(PAIRS, st.randoms())
def test_the_order_of_rows_makes_no_difference(duckdb_engine, tmp_path, pairs, random):
    one = rows(duckdb_engine, pairs)
    two = rows(duckdb_engine, random.sample(pairs, len(pairs)))
    assert digest({"train": one}) == digest({"train": two})
    assert written(one, tmp_path).equals(written(two, tmp_path))


@several
@given(PAIRS, PAIRS)
def test_other_rows_have_another_digest(duckdb_engine, one, two):
    first, second = (digest({"train": rows(duckdb_engine, pairs)}) for pairs in (one, two))
    assert (first == second) == (set(one) == set(two))


def test_the_split_a_label_and_a_further_column_make_a_difference(duckdb_engine):
    engine, pairs = duckdb_engine, [("a", "x"), ("b", "y")]
    made = rows(engine, pairs)
    several_labels = keyed_in(engine, {"text": ["a", "b"], "label": [["x"], ["y"]]}, multilabel="|")
    parts = [
        {"train": made},
        {"test": made},
        {"train": rows(engine, [("a", "y"), ("b", "y")])},
        {"train": rows(engine, pairs, extras=("n",), n=[1.0, 2.0])},
        {"train": rows(engine, pairs, extras=("n",), n=[1, 2])},
        {"train": rows(engine, pairs, extras=("n",), n=["1", "2"])},
        {"train": rows(engine, pairs, extras=("m",), m=[1.0, 2.0])},
        {"train": rows(engine, pairs, extras=("n",), n=["", None])},
        {"train": rows(engine, pairs, extras=("n",), n=[None, ""])},
        {"train": several_labels},
    ]
    assert len({digest(part) for part in parts}) == len(parts)


def test_equal_values_of_a_kind_have_one_digest(duckdb_engine):
    engine, pairs = duckdb_engine, [("a", "x"), ("b", "y")]
    zone = dt.timezone(dt.timedelta(hours=8))
    alike = [
        [[0.0, 1.5], [-0.0, 1.5]],
        [pa.array([1.5, 2], pa.float32()), pa.array([1.5, 2], pa.float64())],
        [pa.array([1, 2], pa.int8()), pa.array([1, 2], pa.uint16())],
        [
            [dt.datetime(2024, 1, 1, 8, tzinfo=zone), None],
            [dt.datetime(2024, 1, 1, tzinfo=dt.UTC), None],
        ],
    ]
    for one, two in alike:
        parts = ({"train": rows(engine, pairs, extras=("n",), n=n)} for n in (one, two))
        assert len({digest(part) for part in parts}) == 1


def test_types_keys_and_places(duckdb_engine, tmp_path):
    times = [dt.datetime(2024, 1, 1, tzinfo=dt.UTC), dt.datetime(2024, 1, 2, tzinfo=dt.UTC)]
    columns = {"text": ["a", "a"], "label": [["x", "y"], ["x"]], "n": [2**62, -1], "at": times}
    given_rows = keyed_in(duckdb_engine, columns, multilabel="|", extras=("n", "at"))
    made = written(given_rows, tmp_path)
    assert made.column_names == ["text", "label", "row", "n", "at"]
    types = [str(field.type).replace("element", "item") for field in made.schema]
    assert types == ["string", "list<item: string>", "int64", "int64", "timestamp[us, tz=UTC]"]
    keys = made["row"].to_pylist()
    assert keys == sorted(set(keys))
    assert min(keys) >= 0


def test_a_key_can_be_computed_by_hand(duckdb_engine, tmp_path):
    made = written(rows(duckdb_engine, [("Tür 😀", "x")]), tmp_path)
    record = hashlib.md5("Tür 😀".encode(), usedforsecurity=False).hexdigest()
    first, second = int(record[:15], 16), int(record[15:30], 16)
    told = f"i{first};i{second};s1:x"
    whole = hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()
    assert made["row"].to_pylist() == [int(whole[:15], 16)]


def test_it_is_as_long_as_a_run_may_log(duckdb_engine):
    assert len(digest({"train": rows(duckdb_engine, [("a", "x")])})) == 32


def test_strings_are_told_apart_by_their_lengths():
    assert content_hash(["ab", "c"]) != content_hash(["a", "bc"])

"""Parts: laws of every way to split, and what becomes of parts that were given."""

from collections import Counter, defaultdict

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from road import taken_in

from xinzhi.data.freezing import full
from xinzhi.data.hashing import uniform
from xinzhi.data.partition import Partition, complete, without_shared
from xinzhi.data.splits import Shares, quota

SHARES = Shares(0.1, 0.2)
several = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def rows(engine, texts, label="x", **others):
    columns = {"text": pa.array(texts, pa.string()), "label": [label] * len(texts)} | others
    return taken_in(engine, columns, **{name: name for name in others if name != "label"})


def found(part, *columns):
    table = full(part).select(*columns or ["text"]).to_pyarrow()
    values = zip(*(table.column(name).to_pylist() for name in columns or ["text"]), strict=True)
    return sorted(value[0] if len(value) == 1 else value for value in values)


def parted(given, kind="stratified", shares=SHARES, seed=0):
    return complete({"train": given}, Partition(kind, shares, seed))


def side_of(parts, column="text"):
    return {value: name for name, part in parts.items() for value in found(part, column)}


def test_only_what_is_missing_is_split_off(duckdb_engine):
    given = {
        "train": rows(duckdb_engine, list(map(str, range(100)))),
        "test": rows(duckdb_engine, list("abc")),
    }
    parts = complete(given, Partition("stratified", SHARES))
    assert {name: part.size() for name, part in parts.items()} == {
        "train": 90,
        "val": 10,
        "test": 3,
    }
    both = complete({**given, "val": rows(duckdb_engine, list("de"))}, Partition("hash", SHARES))
    assert [both[name].size() for name in ("train", "val", "test")] == [100, 2, 3]


def shared_records(parts):
    """How many texts of test train holds too."""
    train, test = (set(found(parts[name])) for name in ("train", "test"))
    return len(train & test)


def test_shared_texts_leave_train_and_then_val_never_test(engine):
    texts = {"train": "abcd", "val": "bce", "test": "cf"}
    given = {name: rows(engine, list(letters)) for name, letters in texts.items()}
    kept, steps = without_shared(given)
    assert {name: "".join(found(part)) for name, part in kept.items()} == {
        "train": "ad", "val": "be", "test": "cf",
    }  # fmt: skip
    assert {name: step.rows_in - step.rows_out for name, step in steps.items()} == {
        "train": 2, "val": 1,
    }  # fmt: skip
    assert shared_records(kept) == 0
    assert shared_records(given) == 1


def test_rows_with_several_labels_are_stratified_by_the_rarest(engine):
    labels = [["often"]] * 80 + [["often", "seldom"]] * 20
    given = taken_in(
        engine, {"text": [str(i) for i in range(100)], "label": labels}, multilabel="|"
    )
    seldom = {
        name: sum("seldom" in cell for cell in found(part, "label"))
        for name, part in parted(given).items()
    }
    assert seldom == {"train": 14, "val": 2, "test": 4}


def drawn_by_hand(pairs, seed):
    """The split as it was before there were engines: stratum by stratum, by draw."""
    stratum = {}
    for text, label in pairs:
        stratum[text] = min(label, stratum.get(text, label))
    sides = {}
    for name in set(stratum.values()):
        texts = [text for text in stratum if stratum[text] == name]
        order = sorted(zip(uniform(texts, seed).tolist(), texts, strict=True))
        n_val, n_test = quota(len(order), SHARES)
        for place, (_, text) in enumerate(order):
            sides[text] = "test" if place < n_test else "val" if place < n_test + n_val else "train"
    return sides


@several
@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1,
                          max_size=4), st.sampled_from("abc")),
        min_size=1, max_size=60, unique=True,
    ),
    st.integers(0, 3),
)  # fmt: skip
def test_stratified_is_what_it_always_was(duckdb_engine, pairs, seed):
    texts, labels = zip(*pairs, strict=True)
    given = taken_in(duckdb_engine, {"text": texts, "label": labels})
    if seed:  # draws are made with the roles
        given = given._replace(narrow=_redrawn(given, seed))
    assert side_of(parted(given, seed=seed)) == drawn_by_hand(pairs, seed)


def _redrawn(given, seed):
    from xinzhi.data.portable import drawn

    texts = given.wide.select("id", "text")
    joined = given.narrow.drop("draw").inner_join(texts, "id")
    return joined.mutate(draw=drawn(joined.text, seed, given.engine)).drop("text")


def test_stratified_gives_every_class_its_fractions(duckdb_engine):
    labels = ["common"] * 900 + ["seldom"] * 100
    given = taken_in(duckdb_engine, {"text": [str(i) for i in range(1000)], "label": labels})
    counts = {name: Counter(found(part, "label")) for name, part in parted(given).items()}
    assert counts == {
        "train": {"common": 630, "seldom": 70}, "val": {"common": 90, "seldom": 10},
        "test": {"common": 180, "seldom": 20},
    }  # fmt: skip


@several
@given(st.sets(st.integers(0, 400), min_size=1), st.sets(st.integers(0, 400)), st.integers(0, 3))
def test_hash_adding_rows_never_moves_an_old_one(duckdb_engine, old, new, seed):
    before = side_of(parted(rows(duckdb_engine, list(map(str, old))), "hash", seed=seed))
    more = list(map(str, sorted(old | new, reverse=True)))
    after = side_of(parted(rows(duckdb_engine, more), "hash", seed=seed))
    assert before.items() <= after.items()


def test_hash_meets_the_fractions(duckdb_engine):
    given = rows(duckdb_engine, [f"row {i}" for i in range(20_000)])
    counts = [part.size() / 20_000 for part in parted(given, "hash").values()]
    assert counts == pytest.approx([0.7, 0.1, 0.2], abs=0.01)


def test_hash_goes_by_the_key_where_there_is_one(duckdb_engine):
    keys = [str(i % 20) for i in range(200)]
    given = rows(duckdb_engine, list(map(str, range(200))), key=keys)
    sides = defaultdict(set)
    for name, part in parted(given, "hash").items():
        for key in found(part, "key"):
            sides[key].add(name)
    assert len(sides) == 20
    assert all(len(side) == 1 for side in sides.values())


@several
@given(
    st.lists(st.integers(0, 12), min_size=3, max_size=80).filter(lambda g: len(set(g)) >= 3),
    st.randoms(),
)
def test_groups_never_straddle_and_order_makes_no_difference(duckdb_engine, groups, random):
    def sides(order):
        given = rows(duckdb_engine, [str(i) for i in order], group=[str(groups[i]) for i in order])
        return side_of(parted(given, "group"))

    order = list(range(len(groups)))
    one = sides(order)
    by_group = defaultdict(set)
    for text, name in one.items():
        by_group[groups[int(text)]].add(name)
    assert all(len(side) == 1 for side in by_group.values())
    assert set(one.values()) == {"train", "val", "test"}
    assert sides(random.sample(order, len(order))) == one


def test_another_seed_parts_otherwise(duckdb_engine):
    given = rows(duckdb_engine, [str(i) for i in range(100)])
    assert side_of(parted(given, "hash")) != side_of(parted(given, "hash", seed=1))

"""Dirt is dropped, merged or mapped, and counted: alike on both engines."""

import pyarrow as pa
import pytest
from road import taken_in

from xinzhi.data.cleaning import Rules, clean, dropped, judge
from xinzhi.data.freezing import full
from xinzhi.data.oddities import oddities
from xinzhi.data.rare import with_labels
from xinzhi.data.rows import counts
from xinzhi.errors import DataError


def rows(engine, *pairs, **others):
    texts, labels = zip(*pairs, strict=True)
    kind = pa.string() if any(isinstance(label, str) for label in labels) else None
    columns = {"text": pa.array(texts, pa.string()), "label": pa.array(labels, kind)}
    many = {"multilabel": "|"} if pa.types.is_list(columns["label"].type) else {}
    return taken_in(engine, columns | others, **many, **{name: name for name in others})


def counted(cleaned):
    return {s.step: s.rows_in - s.rows_out for s in cleaned.steps if s.rows_in != s.rows_out}


def pairs(found):
    table = full(found.rows if hasattr(found, "rows") else found)
    return sorted((row["text"], row["label"]) for row in found_rows(table))


def found_rows(table):
    return table.to_pyarrow().to_pylist()


def dirty(engine):
    return rows(
        engine,
        ("a", "x"), ("a", "x"), ("b", "x"), ("b", "y"), (None, "x"), ("c", None), ("d", "z"),
        ("e", "y"), ("f", "y"),
    )  # fmt: skip


def test_every_kind_of_dirt_is_counted(engine):
    cleaned = clean(dirty(engine), Rules(min_count=2, conflicts="keep"), ours=True)
    assert counted(cleaned) == {"empty": 1, "unlabelled": 1, "duplicates": 1, "rare: drop": 1}
    assert pairs(cleaned) == [("a", "x"), ("b", "x"), ("b", "y"), ("e", "y"), ("f", "y")]
    assert dropped(cleaned.steps) == 3  # merged duplicates are not lost


def test_every_step_that_left_rows_out_shows_some_of_them(duckdb_engine):
    given = dirty(duckdb_engine)
    cleaned = clean(given, Rules(min_count=2, conflicts="drop"), ours=True)
    shown = given.shown([example.id for example in cleaned.examples])
    told = {(e.step, shown[e.id]["text"], shown[e.id]["label"]) for e in cleaned.examples}
    assert told == {
        ("empty", None, "x"), ("unlabelled", "c", None), ("duplicates", "a", "x"),
        ("conflicts", "b", "x"), ("conflicts", "b", "y"), ("rare: drop", "a", "x"),
        ("rare: drop", "d", "z"),
    }  # fmt: skip


def test_conflicts_may_go(duckdb_engine):
    cleaned = clean(dirty(duckdb_engine), Rules(min_count=1, conflicts="drop"), ours=True)
    assert counted(cleaned)["conflicts"] == 2
    assert "b" not in {text for text, _ in pairs(cleaned)}


def test_rare_labels_may_become_other(duckdb_engine):
    cleaned = clean(
        dirty(duckdb_engine), Rules(min_count=3, rare="other", conflicts="keep"), ours=True
    )
    assert pairs(cleaned) == [
        ("a", "other"), ("b", "other"), ("b", "y"), ("d", "other"), ("e", "y"), ("f", "y"),
    ]  # fmt: skip
    assert dropped(cleaned.steps) == 2


def test_a_persons_own_test_rows_keep_conflicts_and_rare_labels(duckdb_engine):
    cleaned = clean(dirty(duckdb_engine), Rules(min_count=5, conflicts="drop"), ours=False)
    assert set(counted(cleaned)) == {"empty", "unlabelled", "duplicates"}


@pytest.mark.parametrize("order", [1, -1])
def test_of_equal_rows_the_earliest_stays_whatever_their_order(duckdb_engine, order):
    given = [("a", "x"), ("a", "x"), ("b", "y")][::order]
    cleaned = clean(
        rows(duckdb_engine, *given, time=["3", "1", "2"][::order]), Rules(min_count=1), ours=True
    )
    found = {row["text"]: row["time"] for row in found_rows(full(cleaned.rows))}
    assert found == {"a": 1.0, "b": 2.0}


def test_several_labels_lose_the_rare_ones_only(duckdb_engine):
    given = rows(duckdb_engine, ("a", ["x", "z"]), ("b", ["x"]), ("c", ["z2"]))
    cleaned = clean(given, Rules(min_count=2), ours=True)
    assert pairs(cleaned) == [("a", ["x"]), ("b", ["x"])]


def test_several_labels_become_other(duckdb_engine):
    given = rows(duckdb_engine, ("a", ["x", "z"]), ("b", ["x"]), ("c", ["z2", "z3"]))
    cleaned = clean(given, Rules(min_count=2, rare="other"), ours=True)
    assert pairs(cleaned) == [("a", ["other", "x"]), ("b", ["x"]), ("c", ["other"])]


def test_labels_made_other_merge_again(duckdb_engine):
    given = rows(duckdb_engine, ("a", "x"), ("a", "y"), ("b", "z"))
    found = counts(given)
    mapped = with_labels(given, found.filter(found.label == "z"), found, other=True)
    assert pairs(mapped) == [("a", "other"), ("b", "z")]


def test_near_duplicates_leave_the_first(duckdb_engine):
    long = "the hydraulic pump of excavator number {} leaks oil at the front seal since monday"
    given = rows(
        duckdb_engine, (long.format(7), "x"), (long.format(7) + "!", "x"), ("quite another", "y")
    )
    cleaned = clean(given, Rules(min_count=1, near_duplicates=0.8), ours=True)
    assert counted(cleaned) == {"near duplicates": 1}


def test_too_much_dirt_stops_and_names_its_kinds(duckdb_engine):
    cleaned = clean(dirty(duckdb_engine), Rules(min_count=2), ours=True)
    with pytest.raises(DataError, match=r"33\.3% of 9 .*empty 1, unlabelled 1.*rare: drop 1"):
        judge(cleaned.steps, Rules(min_count=2, max_dropped=0.1), where="t.csv", hints=[])
    judge(cleaned.steps, Rules(min_count=2, max_dropped=0.34), where="t.csv", hints=[])


def test_the_limit_that_is_proposed_is_enough(duckdb_engine):
    cleaned = clean(dirty(duckdb_engine), Rules(min_count=2), ours=True)
    with pytest.raises(DataError) as error:
        judge(cleaned.steps, Rules(max_dropped=0.1), where="t.csv", hints=[])
    proposed = float(str(error.value).split("data.max_dropped=")[1].split()[0])
    judge(cleaned.steps, Rules(max_dropped=proposed), where="t.csv", hints=[])


def test_nothing_left_stops(duckdb_engine):
    cleaned = clean(rows(duckdb_engine, (None, "x")), Rules(), ours=True)
    with pytest.raises(DataError, match="no row is left of 1"):
        judge(cleaned.steps, Rules(max_dropped=1.0), where="t.csv", hints=[])
    with pytest.raises(DataError, match="100") as error:
        judge(cleaned.steps, Rules(), where="t.csv", hints=[])
    assert error.value.mend == "mend the source"  # to drop all of it mends nothing


def test_labels_that_are_no_classes_are_noticed(duckdb_engine):
    ids = rows(duckdb_engine, *((f"t{i}", f"id-{i}") for i in range(60)))
    prices = rows(duckdb_engine, *((f"t{i}", str(i + 0.5)) for i in range(60)))
    stars = rows(duckdb_engine, *((f"t{i}", str(i % 5)) for i in range(60)))
    assert "an id" in oddities(ids)[0]
    assert "a measured number" in oddities(prices)[0]
    assert oddities(stars) == []

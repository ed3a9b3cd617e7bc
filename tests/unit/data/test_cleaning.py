"""Dirt is dropped, merged or mapped, and counted."""

import pandas as pd
import pytest

from xinzhi.data.cleaning import Rules, clean, judge, oddities, with_labels
from xinzhi.errors import DataError


def rows(*pairs, **columns):
    frame = pd.DataFrame(list(pairs), columns=["text", "label"], dtype="object")
    return frame.assign(**columns)


def counted(cleaned):
    return {s.step: s.rows_in - s.rows_out for s in cleaned.steps if s.rows_in != s.rows_out}


def pairs(cleaned):
    return sorted(zip(cleaned.frame["text"], cleaned.frame["label"], strict=True))


DIRTY = rows(
    ("a", "x"), ("a", "x"), ("b", "x"), ("b", "y"), (None, "x"), ("c", None), ("d", "z"),
    ("e", "y"), ("f", "y"),
)  # fmt: skip


def test_every_kind_of_dirt_is_counted():
    cleaned = clean(DIRTY, Rules(min_count=2, conflicts="keep"), ours=True)
    assert counted(cleaned) == {"empty": 1, "unlabelled": 1, "duplicates": 1, "rare: drop": 1}
    assert pairs(cleaned) == [("a", "x"), ("b", "x"), ("b", "y"), ("e", "y"), ("f", "y")]
    assert cleaned.dropped == 3  # merged duplicates are not lost


def test_conflicts_may_go():
    cleaned = clean(DIRTY, Rules(min_count=1, conflicts="drop"), ours=True)
    assert counted(cleaned)["conflicts"] == 2
    assert "b" not in set(cleaned.frame["text"])


def test_rare_labels_may_become_other():
    cleaned = clean(DIRTY, Rules(min_count=3, rare="other", conflicts="keep"), ours=True)
    assert pairs(cleaned) == [
        ("a", "other"), ("b", "other"), ("b", "y"), ("d", "other"), ("e", "y"), ("f", "y"),
    ]  # fmt: skip
    assert cleaned.dropped == 2


def test_a_persons_own_test_rows_keep_conflicts_and_rare_labels():
    cleaned = clean(DIRTY, Rules(min_count=5, conflicts="drop"), ours=False)
    assert set(counted(cleaned)) == {"empty", "unlabelled", "duplicates"}


def test_of_equal_rows_the_earliest_stays_whatever_their_order():
    frame = rows(("a", "x"), ("a", "x"), ("b", "y"), time=[3.0, 1.0, 2.0])
    for ordered in (frame, frame.iloc[::-1]):
        cleaned = clean(ordered, Rules(min_count=1), ours=True)
        assert cleaned.frame.set_index("text")["time"].to_dict() == {"a": 1.0, "b": 2.0}


def test_several_labels_lose_the_rare_ones_only():
    frame = rows(("a", ("x", "z")), ("b", ("x",)), ("c", ("z2",)))
    cleaned = clean(frame, Rules(min_count=2), ours=True)
    assert pairs(cleaned) == [("a", ("x",)), ("b", ("x",))]


def test_labels_made_other_merge_again():
    frame = rows(("a", "x"), ("a", "y"), ("b", "z"))
    assert len(with_labels(frame, {"z"}, other=True)) == 2


def test_too_much_dirt_stops_and_names_its_kinds():
    cleaned = clean(DIRTY, Rules(min_count=2), ours=True)
    with pytest.raises(DataError, match=r"33\.3% of 9 .*empty 1, unlabelled 1.*rare: drop 1"):
        judge(cleaned, 9, Rules(min_count=2, max_dropped=0.1), where="t.csv", hints=[])
    judge(cleaned, 9, Rules(min_count=2, max_dropped=0.34), where="t.csv", hints=[])


def test_the_limit_that_is_proposed_is_enough():
    cleaned = clean(DIRTY, Rules(min_count=2), ours=True)
    with pytest.raises(DataError) as error:
        judge(cleaned, 9, Rules(max_dropped=0.1), where="t.csv", hints=[])
    proposed = float(str(error.value).split("data.max_dropped=")[1].split()[0])
    judge(cleaned, 9, Rules(max_dropped=proposed), where="t.csv", hints=[])


def test_nothing_left_stops():
    cleaned = clean(rows((None, "x")), Rules(), ours=True)
    with pytest.raises(DataError, match="no row is left of 1"):
        judge(cleaned, 1, Rules(max_dropped=1.0), where="t.csv", hints=[])


def test_labels_that_are_no_classes_are_noticed():
    ids = rows(*((f"t{i}", f"id-{i}") for i in range(60)))
    prices = rows(*((f"t{i}", str(i + 0.5)) for i in range(60)))
    stars = rows(*((f"t{i}", str(i % 5)) for i in range(60)))
    assert "an id" in oddities(ids)[0]
    assert "a measured number" in oddities(prices)[0]
    assert oddities(stars) == []

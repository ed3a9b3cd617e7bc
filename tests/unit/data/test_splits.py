"""Laws of the splits: order makes no difference, old rows stay, nothing straddles."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinzhi.data import splits
from xinzhi.data.splits import Shares
from xinzhi.errors import DataError

SHARES = Shares(val=0.1, test=0.2)
texts = st.lists(st.text(max_size=8), min_size=1, max_size=60)
seeds = st.integers(0, 3)


@given(texts, texts, seeds)
def test_hash_adding_rows_never_moves_an_old_one(old, new, seed):
    before = splits.hashed(old, SHARES, seed=seed)
    after = splits.hashed(old + new, SHARES, seed=seed)
    assert (after[: len(old)] == before).all()


def test_hash_meets_the_fractions():
    codes = splits.hashed([f"row {i}" for i in range(20_000)], SHARES, seed=0)
    train, val, test = np.bincount(codes) / len(codes)
    assert (train, val, test) == pytest.approx((0.7, 0.1, 0.2), abs=0.01)


@given(
    st.lists(st.tuples(st.text(max_size=4), st.sampled_from("abc")), min_size=1, max_size=60),
    seeds,
    st.randoms(),
)
def test_stratified_does_not_depend_on_the_order(rows, seed, random):
    def parted(ordered):
        codes = splits.stratified(
            [t for t, _ in ordered], [s for _, s in ordered], SHARES, seed=seed
        )
        return dict(zip(ordered, codes.tolist(), strict=True))

    mixed = list(rows)
    random.shuffle(mixed)
    assert parted(rows) == parted(mixed)


@given(st.lists(st.tuples(st.text(max_size=2), st.sampled_from("abc")), min_size=1, max_size=60))
def test_stratified_keeps_a_text_on_one_side(rows):
    codes = splits.stratified([t for t, _ in rows], [s for _, s in rows], SHARES, seed=0)
    sides = defaultdict(set)
    for (text, _), code in zip(rows, codes, strict=True):
        sides[text].add(int(code))
    assert all(len(side) == 1 for side in sides.values())


def test_stratified_gives_every_class_its_fractions():
    labels = ["common"] * 900 + ["seldom"] * 100
    codes = splits.stratified([str(i) for i in range(1000)], labels, SHARES, seed=0)
    counted = Counter(zip(labels, codes.tolist(), strict=True))
    assert [counted["common", code] for code in range(3)] == [630, 90, 180]
    assert [counted["seldom", code] for code in range(3)] == [70, 10, 20]


@given(st.integers(1, 200), st.floats(0, 0.45), st.floats(0, 0.45))
def test_stratified_always_leaves_something_to_learn_from(n, val, test):
    codes = splits.stratified([str(i) for i in range(n)], ["x"] * n, Shares(val, test), seed=0)
    counts = np.bincount(codes, minlength=3)
    assert counts[0] >= 1
    if n >= 3:
        assert (counts[1] > 0, counts[2] > 0) == (val > 0, test > 0)


def test_another_seed_parts_otherwise():
    rows = [str(i) for i in range(100)]
    one, two = (splits.stratified(rows, rows[:1] * 100, SHARES, seed=seed) for seed in (0, 1))
    assert (one != two).any()


@given(st.lists(st.integers(0, 20), min_size=3, max_size=80).filter(lambda t: len(set(t)) >= 3))
def test_time_goes_from_train_over_val_to_test(times):
    codes = splits.by_time(times, SHARES)
    parts = [[t for t, code in zip(times, codes, strict=True) if code == c] for c in range(3)]
    assert all(parts)
    assert max(parts[0]) < min(parts[1])
    assert max(parts[1]) < min(parts[2])


def test_time_meets_the_fractions_where_it_can():
    codes = splits.by_time(list(range(1000)), SHARES)
    assert np.bincount(codes).tolist() == [700, 100, 200]


@pytest.mark.parametrize(
    ("shares", "parts"), [(Shares(0.0, 0.2), [80, 0, 20]), (Shares(0.1, 0.0), [90, 10, 0])]
)
def test_time_with_one_part_only(shares, parts):
    assert np.bincount(splits.by_time(list(range(100)), shares), minlength=3).tolist() == parts


@given(
    st.lists(st.integers(0, 12), min_size=3, max_size=80).filter(lambda g: len(set(g)) >= 3), seeds
)
def test_groups_never_straddle_and_no_part_is_empty(groups, seed):
    codes = splits.by_group(groups, SHARES, seed=seed)
    sides = defaultdict(set)
    for group, code in zip(groups, codes, strict=True):
        sides[group].add(int(code))
    assert all(len(side) == 1 for side in sides.values())
    assert set(codes.tolist()) == {0, 1, 2}


@settings(max_examples=30)
@given(st.lists(st.integers(0, 12), min_size=20, max_size=80), st.randoms())
def test_groups_do_not_depend_on_the_order(groups, random):
    groups += [0, 1, 2]
    mixed = random.sample(groups, len(groups))
    side = dict(zip(groups, splits.by_group(groups, SHARES, seed=0).tolist(), strict=True))
    again = dict(zip(mixed, splits.by_group(mixed, SHARES, seed=0).tolist(), strict=True))
    assert side == again


def test_too_few_times_or_groups_are_said():
    with pytest.raises(DataError, match="at least 3 different times"):
        splits.by_time([1, 1, 2, 2], SHARES)
    with pytest.raises(DataError, match="at least 3 groups"):
        splits.by_group(["a", "b"], SHARES, seed=0)

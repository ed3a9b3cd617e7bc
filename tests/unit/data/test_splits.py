"""Where the lines are drawn: against a reference that goes row by row, and by laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinzhi.data import splits
from xinzhi.data.splits import Shares
from xinzhi.errors import DataError

SHARES = Shares(val=0.1, test=0.2)
sizes = st.lists(st.integers(1, 9), min_size=3, max_size=40)
shares = st.tuples(st.floats(0, 0.45), st.floats(0, 0.45)).map(lambda pair: Shares(*pair))


@given(st.integers(1, 200), st.floats(0, 0.45), st.floats(0, 0.45))
def test_a_quota_always_leaves_something_to_learn_from(n, val, test):
    n_val, n_test = splits.quota(n, Shares(val, test))
    assert n - n_val - n_test >= 1
    if n >= 3:
        assert (n_val > 0, n_test > 0) == (val > 0, test > 0)


def parted_by_time(times, asked):
    moments, counts = np.unique(np.asarray(times), return_counts=True)
    cuts = splits.time_cuts(moments, counts, asked)
    test, val = (np.inf if cut is None else cut for cut in (cuts.test, cuts.val))
    return [2 if time >= test else 1 if time >= val else 0 for time in times]


@given(st.lists(st.integers(0, 20), min_size=3, max_size=80).filter(lambda t: len(set(t)) >= 3))
def test_time_goes_from_train_over_val_to_test(times):
    codes = parted_by_time(times, SHARES)
    parts = [[t for t, code in zip(times, codes, strict=True) if code == c] for c in range(3)]
    assert all(parts)
    assert max(parts[0]) < min(parts[1])
    assert max(parts[1]) < min(parts[2])


def test_time_meets_the_fractions_where_it_can():
    assert np.bincount(parted_by_time(list(range(1000)), SHARES)).tolist() == [700, 100, 200]


@pytest.mark.parametrize(
    ("asked", "parts"), [(Shares(0.0, 0.2), [80, 0, 20]), (Shares(0.1, 0.0), [90, 10, 0])]
)
def test_time_with_one_part_only(asked, parts):
    found = parted_by_time(list(range(100)), asked)
    assert np.bincount(found, minlength=3).tolist() == parts


def one_by_one(counts, asked):
    """Take group after group until a part has enough."""
    parts = [share for share in (asked.test, asked.val) if share]
    place, ends = 0, []
    for later, share in zip(range(len(parts))[::-1], parts, strict=True):
        taken = 0
        while place < len(counts) - 1 - later and taken < share * sum(counts):
            taken += counts[place]
            place += 1
        ends.append(place)
    return (ends[-1], ends[0] if asked.test else 0)


@given(sizes, shares.filter(any))
def test_groups_are_taken_until_a_part_has_enough(counts, asked):
    cuts = splits.group_cuts(np.asarray(counts), asked)
    assert (cuts.val, cuts.test) == one_by_one(counts, asked)


@given(sizes)
def test_no_part_of_groups_is_empty(counts):
    cuts = splits.group_cuts(np.asarray(counts), SHARES)
    assert 0 < cuts.test < cuts.val < len(counts)


def test_too_few_times_or_groups_are_said():
    with pytest.raises(DataError, match="at least 3 different times"):
        splits.time_cuts(np.array([1, 2]), np.array([2, 2]), SHARES)
    with pytest.raises(DataError, match="at least 3 groups"):
        splits.group_cuts(np.array([1, 1]), SHARES)

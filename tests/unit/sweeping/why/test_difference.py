"""Whether two runs differ by more than seeds make them differ: against scipy's test."""

import numpy as np
import pytest
from scipy import stats

from xinzhi.sweeping.why.difference import between


@pytest.mark.parametrize(("first", "second"), [(3, 3), (1, 4), (2, 5)])
def test_the_p_value_is_that_of_students_test(first, second):
    random = np.random.default_rng(first)
    a, b = random.normal(0, 1, first), random.normal(1, 1, second)
    found = between(a.tolist(), b.tolist())
    assert found.p_value == pytest.approx(stats.ttest_ind(a, b).pvalue)
    assert found.size == pytest.approx(b.mean() - a.mean())
    assert found.seeds == (first, second)


def test_of_one_seed_each_nothing_is_known():
    found = between([0.1], [0.9])
    assert (found.deviation, found.p_value, found.is_real(0.05)) == (None, None, False)


def test_runs_that_seeds_do_not_change_are_told_apart_by_anything():
    found = between([1.0, 1.0], [2.0, 2.0])
    assert found.is_real(0.05)
    assert found.noise.deviation > 0
    assert not between([1.0, 1.0], [1.0, 1.0]).is_real(0.05)

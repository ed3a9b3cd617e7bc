"""Closed forms are those of scipy, and an interval leaves out just what its test rejects."""

import math

import pytest
import scipy.optimize
import scipy.stats

from xinzhi.evaluation import closed_forms


@pytest.mark.parametrize(("first", "second"), [(0, 5), (3, 3), (12, 30), (400, 480), (0, 0)])
def test_mcnemar_is_the_binomial_test(first, second):
    expected = scipy.stats.binomtest(first, first + second).pvalue if first + second else 1.0
    assert closed_forms.mcnemar(first, second) == pytest.approx(expected, rel=1e-9)


def test_what_was_never_met_is_hidden_as_clopper_and_pearson_say():
    expected = scipy.stats.binomtest(0, 73).proportion_ci(0.95, method="exact").high
    assert closed_forms.hidden(73, 0.95) == pytest.approx(expected)


@pytest.mark.parametrize(("first", "second"), [(9, 3), (20, 8), (14, 8), (30, 18), (2, 0), (0, 3)])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_the_interval_leaves_out_zero_where_the_test_rejects(first, second, level):
    low, high = closed_forms.score_difference(first, second, 200, level)
    assert low <= (first - second) / 200 <= high
    assert (low > 0 or high < 0) == (closed_forms.score_p_value(first, second) < 1 - level)


def _likeliest(first, second, size, difference):
    """Gives the share of `second` that is likeliest where the difference is known."""
    rest = size - first - second

    def unlikely(share):
        logs = math.log(share + difference), math.log(share), math.log(1 - 2 * share - difference)
        return -(first * logs[0] + second * logs[1] + rest * logs[2])

    edges = max(0.0, -difference) + 1e-9, (1 - difference) / 2 - 1e-9
    found = scipy.optimize.minimize_scalar(
        unlikely, bounds=edges, method="bounded", options={"xatol": 1e-12}
    )
    return found.x


@pytest.mark.parametrize(("first", "second"), [(9, 3), (1, 2), (40, 31)])
def test_the_ends_are_where_the_score_test_begins_to_reject(first, second):
    for end in closed_forms.score_difference(first, second, 150, 0.95):
        other = _likeliest(first, second, 150, end)
        variance = (2 * other + end - end**2) / 150
        score = ((first - second) / 150 - end) / math.sqrt(variance)
        assert abs(score) == pytest.approx(1.95996, rel=1e-4)


def test_no_difference_still_may_be_one():
    low, high = closed_forms.score_difference(0, 0, 50, 0.95)
    assert low == pytest.approx(-high)
    assert high == pytest.approx(3.8415 / (50 + 3.8415), rel=1e-3)  # Wilson's bound of 0 of 50


def test_sides_change_places():
    low, high = closed_forms.score_difference(21, 9, 300, 0.9)
    other = closed_forms.score_difference(9, 21, 300, 0.9)
    assert (low, high) == pytest.approx((-other.high, -other.low))
    assert math.isclose(closed_forms.score_p_value(21, 9), closed_forms.score_p_value(9, 21))

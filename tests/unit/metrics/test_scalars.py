"""Single precision leaves no trace in what is printed, and doubles stay what they are."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xinzhi.metrics.scalars import shortened, shortest


def is_no_single(value):
    with np.errstate(over="ignore"):
        return float(np.float32(value)) != value


@given(st.integers(0, 10**6))
def test_a_decimal_of_six_digits_survives_single_precision(digits):
    assert shortest(float(np.float32(digits / 10**6))) == digits / 10**6


@given(st.floats(width=32, allow_nan=False))
def test_it_is_the_same_number_in_single_precision(value):
    assert np.float32(shortest(value)) == np.float32(value)


@given(st.floats(allow_nan=False, allow_infinity=False).filter(is_no_single))
def test_a_double_stays_what_it_is(value):
    assert shortest(value) == value


def test_nan_and_counts_stay_what_they_are():
    assert math.isnan(shortest(math.nan))
    assert shortened({"inf": -math.inf, "bytes": 2**40}) == {"inf": -math.inf, "bytes": 2.0**40}

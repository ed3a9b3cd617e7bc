"""Agreement against scikit-learn, published tables and closed forms."""

import math
from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score

from xinzhi.data.labelling import kappa

# Fleiss' kappa by hand in the literature: ten rows, fourteen people, five labels, kappa 0.210
FOURTEEN = [
    (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
]  # fmt: skip
PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1)


def votes(*counts):
    return Counter(dict(enumerate(counts)))


@given(PAIRS)
def test_cohen_is_that_of_scikit_learn(pairs):
    one, other = zip(*pairs, strict=True)
    assume(len({*one, *other}) > 1)
    ours, theirs = kappa.cohen(one, other), cohen_kappa_score(one, other)
    assert ours == pytest.approx(theirs, nan_ok=True)
    assert kappa.cohen(other, one) == pytest.approx(ours, nan_ok=True)


def test_fleiss_is_the_published_one():
    rows = [votes(*row) for row in FOURTEEN]
    assert kappa.fleiss(rows) == pytest.approx(0.210, abs=5e-4)
    # its own steps: mean agreement of rows 0.378, of chance 0.213
    mean = sum(map(kappa.row_agreement, rows)) / len(rows)
    assert mean == pytest.approx(0.378, abs=5e-4)


def test_fleiss_weighs_rows_alike_and_votes_alike_where_people_come_and_go():
    rows = [votes(2, 0), votes(1, 1), votes(0, 3), votes(1, 0)]  # the last says nothing
    observed, chance = (1 + 0 + 1) / 3, (3 / 7) ** 2 + (4 / 7) ** 2
    assert kappa.fleiss(rows) == pytest.approx((observed - chance) / (1 - chance))


@given(PAIRS)
def test_fleiss_of_two_people_is_scotts_pi(pairs):
    both = [label for pair in pairs for label in pair]
    assume(len(set(both)) > 1)
    chance = sum((both.count(label) / len(both)) ** 2 for label in set(both))
    same = sum(a == b for a, b in pairs) / len(pairs)
    expected = (same - chance) / (1 - chance)
    assert kappa.fleiss([Counter(pair) for pair in pairs]) == pytest.approx(expected)


@given(PAIRS)
def test_specific_agreement_of_two_people_is_f1(pairs):
    one, other = zip(*pairs, strict=True)
    assume("a" in {*one, *other})
    theirs = f1_score([a == "a" for a in one], [b == "a" for b in other])
    assert kappa.specific_agreement([Counter(p) for p in pairs], "a") == pytest.approx(theirs)


@given(st.lists(st.tuples(*[st.sets(st.integers(0, 4))] * 2), min_size=1))
def test_f1_of_marks_is_that_of_scikit_learn(rows):
    one, other = zip(*rows, strict=True)
    found = kappa.overlap(one, other)
    assume(found.one + found.other)
    flat = [[i in marks for marks in person for i in range(5)] for person in (one, other)]
    assert found.f1 == pytest.approx(f1_score(*flat))


def test_what_is_not_defined_is_nan():
    assert math.isnan(kappa.cohen(["a", "a"], ["a", "a"]))
    assert math.isnan(kappa.cohen([], []))
    assert math.isnan(kappa.fleiss([votes(3), votes(2)]))
    assert math.isnan(kappa.fleiss([votes(1)]))
    assert math.isnan(kappa.overlap([[]], [[]]).f1)
    assert math.isnan(kappa.specific_agreement([votes(2)], 7))

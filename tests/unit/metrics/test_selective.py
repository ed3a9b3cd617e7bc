"""Selective answering against a search over all thresholds, and laws."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from xinzhi.metrics.selective import (
    answerable_share,
    apply_threshold,
    choose_threshold,
    coverage_curve,
)


def two_classes(confidence, correct):
    probabilities = torch.tensor([[value, 1 - value] for value in confidence])
    return probabilities, torch.tensor([0 if right else 1 for right in correct])


def best_by_search(confidence, correct, accept):
    shares = [0.0]
    for threshold in set(confidence):
        answered = [r for c, r in zip(confidence, correct, strict=True) if c >= threshold]
        if sum(answered) / len(answered) >= accept - 1e-12:
            shares.append(len(answered) / len(confidence))
    return max(shares)


cases = st.lists(
    st.tuples(st.sampled_from([0.55, 0.6, 0.7, 0.8, 0.9, 0.99]), st.booleans()),
    min_size=1,
    max_size=30,
)


@settings(max_examples=100, deadline=None)
@given(cases=cases, accept=st.sampled_from([0.5, 0.75, 0.9, 1.0]))
def test_share_is_the_largest_and_keeps_the_precision(cases, accept):
    confidence, correct = [case[0] for case in cases], [case[1] for case in cases]
    probabilities, targets = two_classes(confidence, correct)
    share, threshold = answerable_share(probabilities, targets, accept=accept)
    assert share == pytest.approx(best_by_search(confidence, correct, accept))
    applied = apply_threshold(probabilities, targets, threshold)
    assert applied.share == share
    assert math.isnan(applied.precision) or applied.precision >= accept - 1e-9
    assert math.isinf(threshold) == (share == 0)


@settings(max_examples=30, deadline=None)
@given(cases=cases, seed=st.integers(0, 1000))
def test_order_does_not_matter_and_strictness_costs_share(cases, seed):
    probabilities, targets = two_classes(*zip(*cases, strict=True))
    order = torch.randperm(len(cases), generator=torch.Generator().manual_seed(seed))
    assert answerable_share(probabilities, targets) == answerable_share(
        probabilities[order], targets[order]
    )
    strict = answerable_share(probabilities, targets, accept=0.99)[0]
    assert strict <= answerable_share(probabilities, targets, accept=0.6)[0]


def test_a_threshold_chosen_on_validation_is_applied_to_test():
    validation = two_classes([0.9, 0.8, 0.7, 0.6], [True, True, False, True])
    threshold = choose_threshold(*validation, accept=0.95)
    test = two_classes([0.95, 0.85, 0.75, 0.65], [True, False, True, True])
    result = apply_threshold(*test, threshold)
    assert result == pytest.approx((0.5, 0.5, 0.8))


def test_examples_of_equal_confidence_are_answered_together():
    curve = coverage_curve(torch.tensor([0.5, 0.5, 0.9]), torch.tensor([True, False, True]))
    assert curve.share.tolist() == pytest.approx([1 / 3, 1])
    assert curve.precision.tolist() == pytest.approx([1, 2 / 3])


def test_several_labels_are_right_only_together():
    probabilities = torch.tensor([[0.9, 0.2], [0.9, 0.6]])
    targets = torch.tensor([[True, False], [True, False]])
    share, threshold = answerable_share(probabilities, targets, accept=1.0)
    assert (share, threshold) == pytest.approx((0.5, 0.8))


@pytest.mark.parametrize("accept", [0, -1, 1.1])
def test_an_impossible_precision_is_refused(accept):
    with pytest.raises(ValueError, match="accept must be above 0"):
        choose_threshold(*two_classes([0.9], [True]), accept=accept)

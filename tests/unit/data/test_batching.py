"""Batches: each example once, the budget held, the count constant, the ranks equal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinzhi.data.batching import TokenBudgetSampler, plan_sizes
from xinzhi.errors import ConfigError

LENGTHS = st.lists(st.integers(1, 60), min_size=8, max_size=300).map(np.array)


def samplers(lengths, *, ranks=1, accumulate=1, **keys):
    keys = {"token_budget": 120, "max_examples": 16, "seed": 3} | keys
    return [
        TokenBudgetSampler(lengths, ranks=ranks, rank=rank, accumulate=accumulate, **keys)
        for rank in range(ranks)
    ]


@settings(max_examples=60, deadline=None)
@given(LENGTHS, st.sampled_from([(1, 1), (2, 1), (1, 3), (2, 2)]), st.integers(0, 5))
def test_each_example_once_within_budget_and_equal_on_ranks(lengths, shape, epoch):
    ranks, accumulate = shape
    seen, counts = [], []
    for sampler in samplers(lengths, ranks=ranks, accumulate=accumulate):
        sampler.set_epoch(epoch)
        batches = list(sampler)
        assert len(batches) == len(sampler)
        counts.append(len(batches))
        for batch in batches:
            assert 1 <= len(batch.indices) <= 16
            assert len(batch.indices) * lengths[batch.indices].max() <= 120
            seen.extend(batch.indices)
    assert len(set(counts)) == 1
    assert counts[0] % accumulate == 0
    assert sorted(seen) == list(range(len(lengths)))


@given(LENGTHS, st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_step_examples_is_the_sum_over_ranks_and_accumulated_batches(lengths, epoch):
    both = samplers(lengths, ranks=2, accumulate=2)
    for sampler in both:
        sampler.set_epoch(epoch)
    first, second = (list(sampler) for sampler in both)
    for start in range(0, len(first), 2):
        step = first[start : start + 2] + second[start : start + 2]
        assert {batch.step_examples for batch in step} == {sum(len(b.indices) for b in step)}


def test_composition_differs_between_epochs_and_returns_with_the_epoch():
    lengths = np.random.default_rng(0).integers(5, 40, 500)
    (sampler,) = samplers(lengths)

    def compositions(epoch):
        sampler.set_epoch(epoch)
        return [frozenset(map(int, batch.indices)) for batch in sampler]

    zero, one = compositions(0), compositions(1)
    assert len(zero) == len(one)
    assert len(set(zero) & set(one)) < 0.1 * len(zero)
    assert compositions(0) == zero


def test_little_is_padded():
    lengths = np.random.default_rng(0).lognormal(3, 0.6, 5000).astype(int).clip(1, 128)
    (sampler,) = samplers(lengths, token_budget=4096, max_examples=32)
    width = sum(len(b.indices) * lengths[b.indices].max() for b in sampler)
    assert lengths.sum() / width > 0.85


def test_budget_below_the_longest_example_is_refused():
    with pytest.raises(ConfigError, match="at least 50, the longest example, was 40"):
        plan_sizes(np.array([10, 50]), token_budget=40, max_examples=8)


def test_fewer_examples_than_ranks_are_refused():
    with pytest.raises(ConfigError, match="4 batches make one step"):
        plan_sizes(np.array([3, 3]), token_budget=40, max_examples=8, multiple=4)

"""Conformal intervals: their promise, and what they are by hand."""

import math

import pytest
import torch

from xinzhi.metrics.intervals import conformal_margin, interval_scores


def test_the_margin_by_hand():
    zeros, true = torch.zeros(9), torch.arange(1.0, 10.0)
    # of 9 distances 1…9 the ⌈10 · 0.8⌉ = 8th
    assert conformal_margin(zeros, zeros, true, level=0.8) == 8
    assert conformal_margin(zeros, zeros, true, level=0.9) == 9
    assert conformal_margin(zeros, zeros, true, level=0.95) == math.inf


def test_intervals_that_are_too_wide_are_narrowed():
    true = torch.linspace(-1, 1, 99)
    margin = conformal_margin(true.new_full((99,), -5), true.new_full((99,), 5), true, level=0.9)
    assert margin == pytest.approx(-4.1, abs=0.02)


@pytest.mark.parametrize("size", [50, 200])
def test_new_truths_are_held_as_often_as_promised(size):
    random = torch.Generator().manual_seed(0)
    held = []
    for _ in range(400):
        noise = torch.randn(size + 500, generator=random).exp()
        lower, upper = torch.zeros(size + 500), torch.ones(size + 500)
        margin = conformal_margin(lower[:size], upper[:size], noise[:size], level=0.9)
        scores = interval_scores(
            lower[size:] - margin, upper[size:] + margin, noise[size:], level=0.9
        )
        held.append(scores["coverage_90"])
    expected = math.ceil(0.9 * (size + 1)) / (size + 1)
    assert sum(held) / len(held) == pytest.approx(expected, abs=0.01)

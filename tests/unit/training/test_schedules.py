"""Schedules: the warm-up rises, the end is reached."""

import pytest
import torch
from torch import nn

from xinzhi.training.schedules import warmup_constant, warmup_cosine, warmup_linear


def rates(make, total, warmup):
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    schedule = make(optimizer, total_steps=total, warmup=warmup)
    seen = []
    for _ in range(total):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return seen, optimizer.param_groups[0]["lr"]


@pytest.mark.parametrize("make", [warmup_linear, warmup_cosine])
def test_rises_then_falls_to_zero(make):
    seen, last = rates(make, 100, 0.1)
    assert seen[:10] == sorted(seen[:10])
    assert seen[0] > 0
    assert max(seen) == pytest.approx(1.0)
    assert seen[10:] == sorted(seen[10:], reverse=True)
    assert last == pytest.approx(0.0, abs=1e-12)


def test_linear_is_a_line_and_cosine_is_half_way_in_the_middle():
    linear, _ = rates(warmup_linear, 100, 0.0)
    assert linear[25] == pytest.approx(0.75)
    cosine, _ = rates(warmup_cosine, 100, 0.0)
    assert cosine[50] == pytest.approx(0.5)


def test_constant_stays():
    assert set(rates(warmup_constant, 10, 0.0)[0]) == {1.0}

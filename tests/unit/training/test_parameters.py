"""Parameter groups: what decays, what learns slower, and the decoupled update itself."""

import pytest
import torch
from torch import nn

from xinzhi.errors import ConfigError
from xinzhi.training.parameters import freeze, parameter_groups


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(5, 4)
        self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(2))
        self.norm = nn.LayerNorm(4)
        self.head = nn.Linear(4, 2)


def names_of(model, group):
    wanted = {id(p) for p in group["params"]}
    return {name for name, p in model.named_parameters() if id(p) in wanted}


def test_biases_and_norms_do_not_decay_and_nothing_is_lost():
    model = Tiny()
    groups = parameter_groups(model)
    still = set().union(*(names_of(model, g) for g in groups if g.get("weight_decay") == 0.0))
    expected = {"norm.weight", "norm.bias", "head.bias", "layers.0.bias", "layers.1.bias"}
    assert still == expected
    assert sum(len(g["params"]) for g in groups) == len(list(model.parameters()))


def test_layer_decay_gives_each_depth_its_rate():
    model = Tiny()
    rates = {}
    for group in parameter_groups(model, lr=1.0, layer_decay=0.5):
        for name in names_of(model, group):
            rates[name] = group.get("lr", 1.0)
    assert rates["head.weight"] == 1.0
    assert rates["layers.1.weight"] == 0.5
    assert rates["layers.0.weight"] == 0.25
    assert rates["embedding.weight"] == 0.125


def test_frozen_parameters_are_left_out():
    model = Tiny()
    assert freeze(model, ["embedding"]) == 20
    kept = {id(p) for g in parameter_groups(model) for p in g["params"]}
    assert id(model.embedding.weight) not in kept


def test_freezing_what_is_not_there_names_what_is():
    with pytest.raises(ConfigError, match="'embeding' is in no parameter"):
        freeze(Tiny(), ["embeding"])


def test_decoupled_weight_decay_closed_form():
    """Loshchilov & Hutter 2019: θ ← θ − η(m̂ / (√v̂ + ε) + λθ), λ only for matrices."""
    model = nn.Linear(3, 2).double()
    before = [p.detach().clone() for p in (model.weight, model.bias)]
    lr, decay, eps = 0.1, 0.3, 1e-8
    groups = parameter_groups(model)
    optimizer = torch.optim.AdamW(groups, lr=lr, weight_decay=decay, eps=eps, fused=True)
    model(torch.ones(1, 3, dtype=torch.double)).pow(2).sum().backward()
    gradients = [p.grad.clone() for p in (model.weight, model.bias)]
    optimizer.step()
    for now, then, gradient, weight in zip(
        (model.weight, model.bias), before, gradients, (decay, 0.0), strict=True
    ):
        expected = then - lr * weight * then - lr * gradient / (gradient.abs() + eps)
        torch.testing.assert_close(now.detach(), expected)

"""Losses against the closed forms of the literature."""

import math

import torch

from xinzhi.nn.losses import losses


def test_cross_entropy_and_its_gradient():
    """−log softmax at the target, and softmax − one-hot."""
    scores = torch.tensor([[1.0, 2.0, 0.5], [0.0, 0.0, 3.0]], dtype=torch.double)
    scores.requires_grad_()
    targets = torch.tensor([1, 0])
    each = losses(scores, targets)
    exps = scores.detach().exp()
    shares = exps / exps.sum(1, keepdim=True)
    torch.testing.assert_close(each.detach(), -shares[[0, 1], targets].log())
    each.sum().backward()
    one_hot = torch.eye(3, dtype=torch.double)[targets]
    torch.testing.assert_close(scores.grad, shares - one_hot)


def test_sigmoid_cross_entropy_closed_form():
    """h = σ(Wx + b); the loss is −log h for 1 and −log(1 − h) for 0, averaged over classes."""
    linear = torch.nn.Linear(2, 2).double()
    x = torch.tensor([[0.3, -1.2]], dtype=torch.double)
    score = linear(x)
    h = 1 / (1 + torch.exp(-(x @ linear.weight.T + linear.bias)))
    expected = (-h[0, 0].log() - (1 - h[0, 1]).log()) / 2
    each = losses(score, torch.tensor([[1.0, 0.0]], dtype=torch.double))
    torch.testing.assert_close(each[0], expected)


def test_unknown_label_costs_nothing():
    each = losses(torch.zeros(2, 3), torch.tensor([-1, 0]))
    torch.testing.assert_close(each, torch.tensor([0.0, math.log(3)]))


def test_label_smoothing_closed_form():
    scores, smoothing = torch.randn(4, 5, dtype=torch.double), 0.2
    targets = torch.tensor([0, 1, 2, 3])
    logs = scores.log_softmax(1)
    spread = torch.full((4, 5), smoothing / 5, dtype=torch.double)
    spread[range(4), targets] += 1 - smoothing
    expected = -(spread * logs).sum(1)
    torch.testing.assert_close(losses(scores, targets, label_smoothing=smoothing), expected)


def test_focal_loss_closed_form():
    """−(1 − p)^γ · log p, with its gradient by differences."""
    scores = torch.tensor([[1.0, -0.5, 0.2], [0.1, 0.4, 2.0]], dtype=torch.double)
    targets = torch.tensor([0, 1])
    right = scores.softmax(1)[[0, 1], targets]
    torch.testing.assert_close(
        losses(scores, targets, focal=2.0), -((1 - right) ** 2) * right.log()
    )
    torch.testing.assert_close(losses(scores, targets, focal=0.0), -right.log())
    asked = scores.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda s: losses(s, targets, focal=1.5), (asked,))

"""Vectors of rows and networks of members."""

import itertools

import pytest
import torch

from xinzhi.nn.members import MemberLinear, MemberNetwork, pooled
from xinzhi.nn.tabular import PiecewiseLinear, TabularLinear, TabularNetwork, TabularVector

ROWS = torch.randn(300, 3, generator=torch.Generator().manual_seed(0))


def bins_of(values, edges):
    """How far values got through each bin, by the definition."""
    return torch.stack(
        [((values - a) / (b - a)).clamp(0, 1) for a, b in itertools.pairwise(edges)], -1
    )


def test_numbers_are_encoded_by_the_quantiles_of_training():
    layer = PiecewiseLinear(numbers=3, bins=4, width=4, training=ROWS)
    with torch.no_grad():
        layer.direct.zero_()
        layer.shift.zero_()
        layer.by_bin.copy_(torch.eye(4).expand(3, 4, 4))
    asked = torch.tensor([[0.3, -9.0, 9.0]])
    found = layer(asked).view(3, 4)
    for place in range(3):
        edges = torch.quantile(ROWS[:, place], torch.linspace(0, 1, 5))
        torch.testing.assert_close(found[place], bins_of(asked[0, place], edges))


def test_equal_training_values_leave_fewer_bins_and_no_nan():
    few = torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(10)[:, None]
    layer = PiecewiseLinear(numbers=1, bins=8, width=2, training=few)
    assert int((layer.slope > 0).sum()) < 8
    assert layer(torch.tensor([[0.5], [1e6]])).isfinite().all()


def test_an_unseen_category_is_no_known_one():
    vector = TabularVector(numbers=0, cardinalities=[5], bins=4)
    said = vector(torch.zeros(5, 0), torch.arange(5)[:, None])
    assert said.shape == (5, vector.width)
    assert not said[0].any()
    assert said[1:].any(1).all()


def test_members_are_linear_layers_of_their_own():
    layer = MemberLinear(members=3, inputs=4, outputs=2, first=True)
    features = torch.randn(5, 4)
    found = layer(features)
    for member in range(3):
        weight = layer.after[member][:, None] * layer.weight * layer.before[member]
        expected = features @ weight.T + layer.bias[member]
        torch.testing.assert_close(found[:, member], expected)


def test_pooled_members_are_the_mean_of_their_probabilities():
    scores = torch.randn(6, 4, 3)
    torch.testing.assert_close(pooled(scores).exp(), scores.softmax(2).mean(1))


def test_a_row_does_not_depend_on_its_neighbours():
    network = TabularNetwork(
        numbers=3, cardinalities=[4], outputs=2, members=4, hidden=8, layers=2, dropout=0.0,
        bins=4, embedding=3, training_numbers=ROWS,
    )  # fmt: skip
    codes = torch.randint(0, 4, (300, 1))
    together = network(ROWS, codes)
    assert together.shape == (300, 4, 2)
    torch.testing.assert_close(network(ROWS[7:9], codes[7:9]), together[7:9])


def test_the_linear_layer_is_logistic_regression():
    model = TabularLinear(numbers=2, cardinalities=[3], outputs=2)
    torch.nn.init.normal_(model.weight)
    torch.nn.init.normal_(model.categories[0].weight)
    numbers, codes = torch.randn(4, 2), torch.tensor([[0], [1], [2], [1]])
    hot = torch.nn.functional.one_hot(codes[:, 0], 3).float()
    expected = numbers @ model.weight.T + model.bias + hot @ model.categories[0].weight
    torch.testing.assert_close(model(numbers, codes), expected[:, None])


@pytest.mark.parametrize("members", [1, 5])
def test_the_network_learns_what_no_line_divides(members):
    torch.manual_seed(0)
    x = torch.rand(256, 2) * 2 - 1
    y = (x[:, 0] * x[:, 1] > 0).long()
    model = MemberNetwork(inputs=2, outputs=2, members=members, hidden=16, layers=2, dropout=0.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(150):
        scores = model(x)
        loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), y.repeat_interleave(members))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float((pooled(model(x)).argmax(1) == y).float().mean()) > 0.95

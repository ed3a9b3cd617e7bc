"""Chains of tags: sums, gradients, best paths and entities against all paths, one by one."""

import itertools

import numpy as np
import pytest
import torch

from xinzhi.nn import chains
from xinzhi.nn.crf import LinearChain, Spans, bio_rules

TAGS = ["O", "B-X", "I-X", "B-Y", "I-Y"]
LENGTHS = torch.tensor([5, 3, 1, 4])


@pytest.fixture
def chain():
    torch.manual_seed(0)
    made = LinearChain(bio_rules(TAGS)).double()
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter)
    return made


@pytest.fixture
def emissions():
    return torch.randn(4, 5, 5, dtype=torch.double, generator=torch.Generator().manual_seed(1))


def all_paths(chain, emissions, length):
    """Every path of tags through one chain, and its score."""
    steps, first, last = (one.detach().numpy() for one in chain.potentials())
    scores = emissions.detach().numpy()
    told = {}
    for path in itertools.product(range(len(TAGS)), repeat=length):
        score = first[path[0]] + last[path[-1]] + sum(scores[t, tag] for t, tag in enumerate(path))
        told[path] = score + sum(steps[a, b] for a, b in itertools.pairwise(path))
    return told


def test_sums_and_best_paths_are_those_of_all_paths(chain, emissions):
    potentials = chain.potentials()
    totals = chains.log_partition(emissions, LENGTHS, *potentials)
    best = chain.decode(emissions, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        told = all_paths(chain, emissions[row], length)
        assert totals[row].item() == pytest.approx(np.logaddexp.reduce(list(told.values())))
        assert tuple(best[row, :length].tolist()) == max(told, key=told.get)


def test_gold_paths_have_their_score(chain, emissions):
    gold = torch.tensor([[0, 1, 2, 0, 3], [3, 4, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 1, 1, 0]])
    each = chain.losses(emissions, gold, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        told = all_paths(chain, emissions[row], length)
        expected = (
            np.logaddexp.reduce(list(told.values())) - told[tuple(gold[row, :length].tolist())]
        )
        assert each[row].item() == pytest.approx(expected, rel=1e-5)
    assert (each > 0).all()


def test_gradients_are_right(chain, emissions):
    parts = [emissions, chain.steps.detach(), chain.first.detach(), chain.last.detach()]
    asked = [part.clone().requires_grad_() for part in parts]
    assert torch.autograd.gradcheck(
        lambda e, *others: chains.log_partition(e, LENGTHS, *others), asked
    )


def test_padding_changes_nothing(chain, emissions):
    gold = torch.zeros(4, 5, dtype=torch.long)
    longer = torch.cat([emissions, torch.full((4, 3, 5), 1e6, dtype=torch.double)], 1)
    more = torch.cat([gold, torch.ones(4, 3, dtype=torch.long)], 1)
    torch.testing.assert_close(
        chain.losses(longer, more, LENGTHS), chain.losses(emissions, gold, LENGTHS)
    )
    asked = longer.requires_grad_()
    (gradient,) = torch.autograd.grad(chain.losses(asked, more, LENGTHS).sum(), asked)
    assert gradient.isfinite().all()
    assert not gradient[torch.arange(8) >= LENGTHS[:, None]].any()
    alone = chain.decode(emissions[1:2, :3], LENGTHS[1:2])
    assert chain.decode(longer, LENGTHS)[1, :3].tolist() == alone[0].tolist()


def test_rules_hold_whatever_the_scores_are():
    chain = LinearChain(bio_rules(TAGS), learned=False)
    assert not list(chain.parameters())
    scores = 20 * torch.randn(64, 12, 5, generator=torch.Generator().manual_seed(2))
    scores[..., [2, 4]] += 30  # inside is what each place says
    paths = chain.decode(scores, torch.full((64,), 12))
    assert not set(paths[:, 0].tolist()) & {2, 4}
    before, after = paths[:, :-1], paths[:, 1:]
    for inside, begin in ((2, 1), (4, 3)):
        came_from = set(before[after == inside].tolist())
        assert came_from <= {inside, begin}


def test_probabilities_of_entities_are_sums_over_all_paths(chain, emissions):
    """Of places 1 and 2 of chain 0 and place 2 of chain 1, the last there: just these are X."""
    asked = [(0, 1, 3), (1, 2, 3), (0, 4, 5), (2, 0, 1)]
    columns = torch.tensor(asked).T
    begins, insides = torch.full((4,), 1), torch.full((4,), 2)
    given = chain.span_probabilities(emissions, LENGTHS, Spans(*columns, begins, insides))
    for (row, start, end), value in zip(asked, given.tolist(), strict=True):
        length = int(LENGTHS[row])
        told = all_paths(chain, emissions[row], length)
        total = np.logaddexp.reduce(list(told.values()))
        wanted = (1, *[2] * (end - start - 1))
        share = sum(
            np.exp(score - total)
            for path, score in told.items()
            if path[start:end] == wanted and path[end : end + 1] != (2,)
        )
        assert value == pytest.approx(share, abs=1e-6)


def test_a_chain_learns_what_follows_what():
    """Places say nothing; the chain alone learns B-X I-X O, over and over."""
    chain = LinearChain(bio_rules(TAGS))
    gold = torch.tensor([[1, 2, 0, 1, 2, 0]])
    scores, length = torch.zeros(1, 6, 5), torch.tensor([6])
    optimizer = torch.optim.Adam(chain.parameters(), lr=0.2)
    for _ in range(60):
        optimizer.zero_grad()
        chain.losses(scores, gold, length).sum().backward()
        optimizer.step()
    assert chain.decode(scores, length).tolist() == gold.tolist()

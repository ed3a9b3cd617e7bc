import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from xinzhi.metrics.ranking import ranking_scores, realistic_ranks, top_scores


def by_hand(scores, target, known):
    """The mean of the best and the worst place that ties allow, other right answers left out."""
    others = [s for i, s in enumerate(scores) if i != target and i not in known]
    best = 1 + sum(score > scores[target] for score in others)
    worst = best + sum(score == scores[target] for score in others)
    return (best + worst) / 2


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(2, 9))
def test_ranks_are_those_of_a_plain_loop(seed, queries, candidates):
    random = torch.Generator().manual_seed(seed)
    # few different scores, so that there are ties
    scores = torch.randint(0, 4, (queries, candidates), generator=random).float()
    targets = torch.randint(0, candidates, (queries,), generator=random)
    known = torch.rand(queries, candidates, generator=random) < 0.3
    known[torch.arange(queries), targets] |= torch.rand(queries, generator=random) < 0.5
    ranks = realistic_ranks(scores, targets, tuple(known.nonzero().T))
    expected = [
        by_hand(scores[row].tolist(), int(targets[row]), known[row].nonzero().flatten().tolist())
        for row in range(queries)
    ]
    assert ranks.tolist() == expected
    unfiltered = [by_hand(scores[row].tolist(), int(targets[row]), []) for row in range(queries)]
    assert realistic_ranks(scores, targets).tolist() == unfiltered


def test_a_model_that_scores_all_alike_or_nothing_gains_nothing():
    for value in (0.0, float("nan"), float("inf"), float("-inf")):
        ranks = realistic_ranks(torch.full((3, 9), value), torch.tensor([0, 4, 8]))
        assert ranks.tolist() == [5.0, 5.0, 5.0]


def test_nan_is_worse_than_any_number():
    scores = torch.tensor([[float("nan"), -1e30, 2.0]])
    assert realistic_ranks(scores, torch.tensor([0])).tolist() == [3.0]
    assert realistic_ranks(scores, torch.tensor([1])).tolist() == [2.0]


def test_ranking_scores_by_closed_form():
    values = ranking_scores(torch.tensor([1.0, 2.5, 4.0, 20.0]))
    assert values["mrr"] == pytest.approx((1 + 1 / 2.5 + 1 / 4 + 1 / 20) / 4)
    shares = (values["hits_at_1"], values["hits_at_3"], values["hits_at_10"])
    assert shares == (0.25, 0.5, 0.75)
    assert values["mean_rank"] == 27.5 / 4


def test_recall_and_ndcg_are_scikit_learns():
    random = torch.Generator().manual_seed(0)
    scores = torch.rand(20, 30, generator=random)
    right = torch.rand(20, 30, generator=random) < 0.2
    right[:, 0] = True
    best = scores.topk(10, dim=1).indices
    values = top_scores(right.gather(1, best), right.sum(1))
    expected = ndcg_score(right.double().numpy(), scores.double().numpy(), k=10)
    assert values["ndcg_at_10"] == pytest.approx(expected)
    recalls = [right[u, best[u]].sum().item() / right[u].sum().item() for u in range(20)]
    assert values["recall_at_10"] == pytest.approx(sum(recalls) / 20)


def test_users_who_are_asked_nothing_are_left_out():
    hits = torch.tensor([[True, False], [False, False]])
    values = top_scores(hits, torch.tensor([2, 0]))
    assert values["recall_at_2"] == 0.5
    assert values["ndcg_at_2"] == pytest.approx(1 / (1 + 1 / math.log2(3)))

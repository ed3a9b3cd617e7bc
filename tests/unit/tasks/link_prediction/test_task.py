"""Losses, recommendation, baselines and figures."""

import math

import pytest
import torch
from torch.nn import functional as F

from xinzhi.tasks.link_prediction.baseline import RulesAndFrequency
from xinzhi.tasks.link_prediction.blending import Blend, best_weight
from xinzhi.tasks.link_prediction.judgement import RankJudgement
from xinzhi.tasks.link_prediction.judging import Judge
from xinzhi.tasks.link_prediction.mining import RuleMiner
from xinzhi.tasks.link_prediction.model import DistMult
from xinzhi.tasks.link_prediction.negatives import (
    sampled_losses,
    sampled_softmax,
    self_adversarial,
)
from xinzhi.tasks.link_prediction.neighbours import Neighbours
from xinzhi.tasks.link_prediction.recommendation import recommending

LIKES = [("u1", "likes", "a"), ("u1", "likes", "b"), ("u2", "likes", "b"), ("u2", "likes", "c"),
         ("u3", "likes", "a"), ("u3", "likes", "c"), ("u3", "likes", "d"),
         ("a", "genre", "g")]  # fmt: skip


def test_with_every_wrong_entity_drawn_the_sampled_softmax_is_the_softmax():
    scores = torch.randn(4, 9)
    targets = torch.tensor([0, 3, 8, 5])
    wrong = torch.stack([torch.cat([row[:t], row[t + 1 :]]) for row, t in
                         zip(scores, targets, strict=True)])  # fmt: skip
    right = scores.gather(1, targets[:, None])
    found = sampled_softmax(right, wrong, num_entities=9)
    torch.testing.assert_close(found, F.cross_entropy(scores, targets, reduction="none"))


def test_self_adversarial_by_its_formula_and_without_temperature_the_mean():
    right, wrong = torch.tensor([[0.3]]), torch.tensor([[1.0, -2.0]])
    share = math.exp(2.0) / (math.exp(2.0) + math.exp(-4.0))
    cost = [-math.log(1 / (1 + math.exp(x))) for x in (1.0, -2.0)]
    plain = -math.log(1 / (1 + math.exp(-0.3)))
    expected = (plain + share * cost[0] + (1 - share) * cost[1]) / 2
    assert self_adversarial(right, wrong, temperature=2.0).item() == pytest.approx(expected)
    expected = (plain + sum(cost) / 2) / 2
    assert self_adversarial(right, wrong, temperature=0.0).item() == pytest.approx(expected)


@pytest.mark.parametrize("adversarial", [None, 1.0])
def test_a_negative_that_is_the_target_costs_nothing(adversarial):
    model = DistMult(num_entities=1, num_relations=1, dimension=2)
    zero = torch.zeros(3, dtype=torch.long)
    each = sampled_losses(model, zero, zero, zero, negatives=4, adversarial=adversarial)
    score = model(zero, zero)[:, 0]
    expected = torch.zeros(3) if adversarial is None else F.softplus(-score) / 2
    torch.testing.assert_close(each, expected)


def test_ten_items_that_are_new_to_the_user(graph):
    data = graph(LIKES, [("u1", "likes", "c")], [("u1", "likes", "d"), ("u2", "likes", "a"),
                                                 ("u2", "likes", "z")])  # fmt: skip
    asked = recommending(data, "test", data.names.relation["likes"])
    items = [data.names.entities[i] for i in asked.items.tolist()]
    assert items == ["a", "b", "c", "d"]
    # d is all that u1 has left; of u2's a and z only a can be found, after d by these scores
    scores = torch.tensor([[1.0, 9, 9, 2]])
    values = asked.judged(lambda users: scores.expand(len(users), 4), chunk_rows=1).means()
    assert values["recall_at_10"] == pytest.approx((1 + 1 / 2) / 2)
    best = 1 + 1 / math.log2(3)
    assert values["ndcg_at_10"] == pytest.approx((1 + 1 / math.log2(3) / best) / 2)


def test_item_neighbours_by_hand(graph):
    data = graph(LIKES, LIKES[:1], [("u1", "likes", "d")])
    likes = data.names.relation["likes"]
    near = Neighbours(data.edges, likes, neighbours=9, shrinkage=0.0)
    # a: u1 u3, b: u1 u2, c: u2 u3, d: u3; u1 likes a and b
    user = data.names.entity["u1"]
    (found,) = near.scores(torch.tensor([user])).tolist()
    assert found == pytest.approx([1 / 2, 1 / 2, 1 / 2 + 1 / 2, 1 / math.sqrt(2)])  # largest 1
    item, value = near.nearest(user, data.names.entity["d"])
    assert (data.names.entities[item], value) == ("a", pytest.approx(1 / math.sqrt(2)))
    assert near.nearest(user, data.names.entity["g"]) is None


def test_baselines_know_a_family_and_are_kept(graph, family, tmp_path):
    held = [("ann", "grandparent", "cat"), ("hal", "parent", "ida")]
    data = graph([row for row in family if row not in held], held[:1], held[1:])
    reached = {}
    for name, rules in (("rules", RuleMiner()), ("often", None)):
        baseline = RulesAndFrequency(rules=rules)
        reached[name] = baseline.metrics(data.snapshot, cache_folder=tmp_path)["test/mrr"]
    assert reached["rules"] == 1.0 > reached["often"]
    assert len(list(tmp_path.iterdir())) == 2


def test_validation_chooses_the_rules_where_the_model_knows_nothing(data):
    def ignorant(anchors, relations):
        return torch.zeros(len(anchors), data.names.num_entities) + 0 * relations[:, None]

    judge = Judge(data.names, data.known)
    rules = RuleMiner().mine(data.edges, num_relations=data.names.num_relations)
    blend = Blend(ignorant, rules, data.edges)
    weight = best_weight(blend, judge, data.queries["val"], chunk_rows=1)
    assert weight == 0.1  # the smallest of those that are as good
    chosen = Blend(ignorant, rules, data.edges, weight)
    ranks = chosen.ranks(judge, data.queries["val"])
    assert torch.equal(ranks.blend, ranks.rules)
    assert ranks.blend.mean() < ranks.model.mean()


def test_report_and_figures_of_ranks(data, tmp_path):
    queries = data.queries["train"]
    ranks = torch.arange(len(queries.anchors)).double() % 7 + 1
    rows = torch.arange(len(ranks))
    judgement = RankJudgement(names=data.names, rows=rows, ranks=ranks, relations=queries.relations)
    table = judgement.by_relation()
    assert sum(row[1] for row in table) == len(ranks)
    mine = queries.relations == data.names.relation["sibling"]
    sibling = next(row for row in table if row[0] == "sibling")
    assert sibling[2] == pytest.approx(float((1 / ranks[mine]).mean()))
    assert "sibling" in judgement.report()
    for name, figure in judgement.figures().items():
        figure.savefig(tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size > 5_000

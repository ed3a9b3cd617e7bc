"""Mined rules against a count by hand over every pair of entities."""

from itertools import product

import pytest
import torch

from xinzhi.tasks.link_prediction import mining, rules
from xinzhi.tasks.link_prediction.mining import RuleMiner
from xinzhi.tasks.link_prediction.rules import NONE, parts

EVERYTHING = {"min_support": 1, "min_confidence": 0.0, "max_rules": 10_000}


def by_hand(data, *, pca):
    """Every rule with support: (head, first, second) → support, body."""
    edges, base = data.edges, data.names.num_relations
    pairs = {r: set() for r in range(2 * base)}
    for x, r, y in zip(*(v.tolist() for v in (edges.anchors, edges.relations, edges.targets)),
                       strict=True):  # fmt: skip
        pairs[r].add((x, y))
    bodies = {(first, NONE): pairs[first] for first in pairs}
    for first, second in product(pairs, pairs):
        back = (first + base) % (2 * base) == second
        bodies[first, second] = {
            (x, y) for x, z in pairs[first] for w, y in pairs[second]
            if z == w and not (back and x == y)
        }  # fmt: skip
    found = {}
    for (first, second), body in bodies.items():
        for head, edge in pairs.items():
            if second == NONE and head == first:
                continue
            starts = {x for x, _ in edge}
            counted = [pair for pair in body if not pca or pair[0] in starts]
            if support := len(body & edge):
                found[head, first, second] = (support, len(counted))
    return found


def table(mined):
    columns = [getattr(mined, name).tolist()
               for name in ("heads", "first", "second", "support", "body")]  # fmt: skip
    return {(h, f, s): (n, b) for h, f, s, n, b in zip(*columns, strict=True)}


@pytest.mark.parametrize("confidence", ["pca", "standard"])
@pytest.mark.parametrize("limit", [1 << 22, 7])
def test_support_and_confidence_are_those_counted_by_hand(data, confidence, limit, monkeypatch):
    monkeypatch.setattr(mining, "_PATHS", limit)  # in parts as at once
    miner = RuleMiner(confidence=confidence, **EVERYTHING)
    mined = table(miner.mine(data.edges, num_relations=data.names.num_relations))
    assert mined == by_hand(data, pca=confidence == "pca")


def test_the_rules_of_a_family_are_found(data):
    mined = RuleMiner().mine(data.edges, num_relations=data.names.num_relations)
    number = data.names.relation
    parent, child = number["parent"], number["child"]
    found = table(mined)
    support, body = found[number["grandparent"], parent, parent]
    assert (support, body) == (4, 5)  # ann is known to have other grandchildren than cat
    base = data.names.num_relations
    assert found[parent, child + base, NONE][0] == found[child, parent + base, NONE][0] == 9
    assert found[number["sibling"], number["sibling"] + base, NONE] == (6, 6)


def test_too_rare_too_weak_and_too_many_rules_are_left_out(data):
    def mine(**settings):
        return RuleMiner(**settings).mine(data.edges, num_relations=data.names.num_relations)

    everything = mine(**EVERYTHING)
    some = mine(min_support=4, min_confidence=0.5, max_rules=2)
    assert len(some) < len(everything)
    assert bool((some.support >= 4).all() and (some.confidence >= 0.5).all())
    assert int(torch.bincount(some.heads).max()) == 2
    assert mine(max_rules=0).heads.tolist() == []
    assert bool((mine(max_degree=0, min_support=1).second == NONE).all())


def test_rules_lead_to_the_held_out_grandchild(data, monkeypatch):
    mined = RuleMiner().mine(data.edges, num_relations=data.names.num_relations)
    query = data.queries["val"].at(slice(0, 1))  # ann grandparent of whom?
    rows, targets, sums = mined.evidence(data.edges, query.anchors, query.relations)
    named = {data.names.entities[t] for t in targets.tolist()}
    assert rows.tolist() == [0] * len(targets)
    assert "cat" in named
    assert bool((sums > 0).all())
    monkeypatch.setattr(rules, "_PATHS", 1)
    again = mined.evidence(data.edges, query.anchors, query.relations)
    assert all(torch.equal(a, b) for a, b in zip(again, (rows, targets, sums), strict=True))


def test_evidence_is_the_3_norm_over_rules_and_each_counts_once(data):
    mined = RuleMiner(**EVERYTHING).mine(data.edges, num_relations=data.names.num_relations)
    queries = data.queries["test"]
    rows, targets, sums = mined.evidence(data.edges, queries.anchors, queries.relations)
    followed = {}
    for grounds in mined.grounds(data.edges, queries.anchors, queries.relations):
        triple = (v.tolist() for v in (grounds.rows, grounds.targets, grounds.rules))
        for row, target, rule in zip(*triple, strict=True):
            followed.setdefault((row, target), set()).add(rule)
    weights = -torch.log1p(-(mined.support / (mined.body + 5)))
    for row, target, value in zip(rows.tolist(), targets.tolist(), sums.tolist(), strict=True):
        expected = sum(float(weights[rule]) ** 3 for rule in followed.pop((row, target)))
        assert value == pytest.approx(expected ** (1 / 3), rel=1e-5)
    assert not followed


def test_parts_hold_every_place_once_within_the_limit():
    counts = torch.tensor([3, 1, 9, 0, 2, 2, 0])
    runs = list(parts(counts, 4))
    assert [place for run in runs for place in range(run.start, run.stop)] == list(range(7))
    assert all(counts[run].sum() <= 4 or run.stop - run.start == 1 for run in runs)
    assert all(run.stop - run.start <= 2 for run in parts(counts, 100, most=2))

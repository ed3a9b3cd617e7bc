"""Queries, edges and what training never saw."""

import pytest
import torch

from xinzhi.data.batching import Batch
from xinzhi.errors import ConfigError, DataError
from xinzhi.tasks.link_prediction.graph import Edges, Names, Queries
from xinzhi.tasks.link_prediction.judging import Judge

TRAIN = [("a", "likes", "b"), ("a", "likes", "c"), ("b", "knows", "a"), ("c", "likes", "b")]


def test_each_triple_is_asked_for_its_tail_and_its_head(graph):
    data = graph(TRAIN, TRAIN[:1], TRAIN[1:2])
    assert data.names.entities == ("a", "b", "c")
    assert data.names.relations == ("knows", "likes")
    queries = data.queries["train"]
    assert queries.anchors.tolist() == [0, 0, 1, 2, 1, 2, 0, 1]
    assert queries.relations.tolist() == [1, 1, 0, 1, 3, 3, 2, 3]
    assert queries.targets.tolist() == [1, 2, 0, 1, 0, 0, 1, 2]
    assert data.names.directed(3) == "likes⁻¹"


def test_edges_are_found_as_in_a_set():
    random = torch.Generator().manual_seed(0)
    queries = Queries(*(torch.randint(0, top, (200,), generator=random) for top in (9, 4, 9)))
    edges = Edges(queries, num_entities=9)
    triples = set(zip(*(part.tolist() for part in queries), strict=True))
    assert len(edges) == len(triples)
    asked = torch.cartesian_prod(torch.arange(9), torch.arange(4)).T
    rows, targets = edges.followed(*asked)
    found = {(int(asked[0][r]), int(asked[1][r]), t) for r, t in
             zip(rows.tolist(), targets.tolist(), strict=True)}  # fmt: skip
    assert found == triples
    everything = torch.cartesian_prod(torch.arange(9), torch.arange(4), torch.arange(9)).T
    there = edges.holds(*everything)
    assert {tuple(row) for row in everything.T[there].tolist()} == triples


def test_what_training_never_saw_is_counted_and_ranked_last(graph):
    test = [("a", "likes", "new"), ("new", "likes", "newer"), ("a", "hates", "b")]
    data = graph(TRAIN, TRAIN[:1], test)
    assert (data.names.num_entities, data.names.num_relations) == (3, 2)
    assert data.unseen("test") == 3
    (warning,) = data.warnings()
    assert "3 of 3 test triples" in warning
    assert "new, newer, hates" in warning
    judge = Judge(data.names, data.known)
    scores = torch.tensor([3.0, 2.0, 1.0]).repeat(6, 1)
    ranks = judge.ranks(scores, data.queries["test"])
    # a likes new: b and c are known; a is before, `newer` beside: 2 or 3. new likes newer: all five
    # alike, 1 to 5. a hates b: nothing is known of hates, 1 to 5. Then the heads, the same way:
    # likes⁻¹ of new and of newer and hates⁻¹ of b start from or follow what is unknown
    assert ranks.tolist() == [2.5, 3.0, 3.0, 3.0, 3.0, 3.0]
    anchors, relations = judge.askable(data.queries["test"])
    assert int(anchors.max()) < 3
    assert int(relations.max()) < 4


def test_labels_of_a_query_are_all_its_answers(graph):
    data = graph(TRAIN, TRAIN[:1], TRAIN[1:2], training="bce")
    split = data.split("train")
    import numpy as np

    batch = split[Batch(np.arange(len(split)), len(split))]
    table = torch.zeros(len(split), 3)
    table.view(-1)[batch["labels"]] = 1
    for row, (anchor, relation) in enumerate(
        zip(batch["anchors"].tolist(), batch["relations"].tolist(), strict=True)
    ):
        queries = data.queries["train"]
        right = queries.targets[(queries.anchors == anchor) & (queries.relations == relation)]
        assert table[row].nonzero().flatten().tolist() == sorted(right.tolist())


def test_auto_scores_everything_where_that_can_be_done(graph, monkeypatch):
    assert graph(TRAIN, TRAIN[:1], TRAIN[1:2]).training == "softmax"
    monkeypatch.setattr("xinzhi.tasks.link_prediction.datamodule._ALL_ENTITIES", 2)
    assert graph(TRAIN, TRAIN[:1], TRAIN[1:2]).training == "sampled"


def test_settings_that_are_too_small_and_a_graph_of_one(graph):
    with pytest.raises(ConfigError, match="chunk_scores must be at least 1"):
        graph(TRAIN, TRAIN, TRAIN, chunk_scores=0)
    loops = [("a", "r", "a")]
    with pytest.raises(DataError, match="two entities"):
        graph(loops, loops, loops).check()


def test_of_many_validation_triples_some_are_looked_at(graph, family):
    data = graph(family, family, family, max_val=5)
    queries = data.split("val").queries
    assert len(queries.anchors) == 10
    assert queries.anchors[5:].tolist() == queries.targets[:5].tolist()


def test_names_of_training_come_first():
    one = {"head": ["z"], "relation": ["r"], "tail": ["y"]}
    other = {"head": ["a"], "relation": ["r"], "tail": ["z"]}
    names = Names.of([one, other, other])
    assert names.entities == ("y", "z", "a")
    assert names.num_entities == 2

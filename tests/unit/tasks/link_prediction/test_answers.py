"""Answers of a bundle: the best entities, why, and what cannot be answered."""

import pandas as pd
import pytest
import torch

from xinzhi.errors import DataError
from xinzhi.tasks.link_prediction.blending import Blend
from xinzhi.tasks.link_prediction.inference import LinkPredictor, write_bundle
from xinzhi.tasks.link_prediction.mining import RuleMiner
from xinzhi.tasks.link_prediction.model import ComplEx


@pytest.fixture
def bundle(data, tmp_path):
    """Writes a bundle of an unfitted model and answers from it."""

    def bundle(**settings):
        torch.manual_seed(0)
        sizes = {"num_entities": data.names.num_entities, "num_relations": data.names.num_relations}
        model = ComplEx(**sizes, dimension=3).eval()
        rules = RuleMiner().mine(data.edges, num_relations=data.names.num_relations)
        target = f"{ComplEx.__module__}.ComplEx"
        write_bundle(
            tmp_path, model=model,
            architecture={"target": target, "arguments": {"dimension": 3}},
            names=data.names, edges=data.edges, rules=rules,
            settings={"rule_weight": 5.0, "recommend": None, "answers": 4, "chunk_scores": 30,
                      **settings},
        )  # fmt: skip
        return LinkPredictor.load(tmp_path), Blend(model, rules, data.edges, 5.0)

    return bundle


def test_answers_are_the_best_scores_of_model_and_rules(data, bundle):
    predictor, blend = bundle()
    heads = list(data.names.entities)
    answers = predictor.predict(pd.DataFrame({"head": heads, "relation": "parent"}))
    relation = data.names.relation["parent"]
    with torch.no_grad():
        scores = blend(torch.arange(len(heads)), torch.full((len(heads),), relation))
    shares = scores.double().softmax(1)
    for row, listed in enumerate(answers["answers"]):
        order = scores[row].argsort(descending=True)[:4].tolist()
        assert [one["answer"] for one in listed] == [data.names.entities[i] for i in order]
        assert [one["probability"] for one in listed] == pytest.approx(shares[row, order].tolist())
        known = set(data.edges.targets[(data.edges.anchors == row)
                                       & (data.edges.relations == relation)].tolist())  # fmt: skip
        assert [one["known"] for one in listed] == [i in known for i in order]
    assert answers["answer"].tolist() == [one[0]["answer"] for one in answers["answers"]]
    assert set(answers["note"]) == {""}


def test_the_rule_and_the_way_explain_an_answer(bundle):
    predictor, _ = bundle()
    asked = pd.DataFrame({"head": ["ann", None], "relation": "grandparent", "tail": [None, "cat"]})
    tails, heads = predictor.predict(asked)["answers"]
    why = {one["answer"]: one["why"] for one in tails}
    assert "parent(ann, bob) ∧ parent(bob, cat)" in why["cat"].replace(
        "child(bob, ann)", "parent(ann, bob)"
    ).replace("child(cat, bob)", "parent(bob, cat)")
    assert "by grandparent(X, Y) ⇐ " in why["cat"]
    assert " of " in why["cat"]
    assert heads[0]["answer"] == "ann"
    assert "by grandparent(Y, X) ⇐ " in heads[0]["why"]


def test_a_recommendation_is_new_and_of_its_kind(data, bundle):
    relation = data.names.relation["grandparent"]
    predictor, _ = bundle(recommend=relation, answers=50)
    (listed,) = predictor.predict(pd.DataFrame({"head": ["ann"], "relation": ["grandparent"]}))[
        "answers"
    ]
    # of those who are grandchildren of somebody in training, ann's known ones are left out
    assert {one["answer"] for one in listed} == {"ida", "joe", "max"}
    assert sum(one["probability"] for one in listed) == pytest.approx(1)
    assert predictor.example()["relation"].tolist() == ["grandparent"]


def test_what_cannot_be_asked(bundle):
    predictor, _ = bundle()

    def refused(says, **record):
        with pytest.raises(DataError, match=says) as error:
            predictor.predict(pd.DataFrame([record]))
        return str(error.value)

    assert "candidates: parent, grandparent" in refused("parent", head="ann", relation="parnt")
    assert "did you mean gus" in refused("entity `guss`", head="guss", relation="parent")
    assert "mend" in refused("either its head or its tail", relation="parent")
    refused("either its head or its tail", head="ann", relation="parent", tail="bob")


def test_in_a_file_an_unknown_entity_is_noted_beside_its_record(bundle):
    predictor, _ = bundle()
    answers = predictor.predict(pd.DataFrame({"head": ["ann", "guss"], "relation": "parent"}))
    assert answers["note"].tolist() == [
        "", "entity `guss` is not in the graph of training; did you mean gus?",
    ]  # fmt: skip
    assert answers["answers"][1] == []
    assert answers["answer"][0]


def test_cells_are_read_as_triples_are_written(graph, tmp_path):
    rows = [("1", "r", "2"), ("2", "r", "3"), ("3", "r", "1")]
    data = graph(rows, rows, rows)
    model = ComplEx(num_entities=3, num_relations=1, dimension=2)
    rules = RuleMiner().mine(data.edges, num_relations=1)
    write_bundle(
        tmp_path, model=model, names=data.names, edges=data.edges, rules=rules,
        architecture={"target": f"{ComplEx.__module__}.ComplEx", "arguments": {"dimension": 2}},
        settings={"rule_weight": 0.0, "recommend": None, "answers": 9, "chunk_scores": 9},
    )  # fmt: skip
    predictor = LinkPredictor.load(tmp_path)
    given = predictor.predict(pd.DataFrame({"head": [1.0, float("nan")], "relation": "r",
                                            "tail": [None, 2]}))  # fmt: skip
    texts = predictor.predict(pd.DataFrame({"head": ["1", ""], "relation": "r",
                                            "tail": ["", "2"]}))  # fmt: skip
    pd.testing.assert_frame_equal(given, texts)
    assert len(predictor.example()) == 1

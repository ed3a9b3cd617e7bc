"""Scores of every model against its formula, number by number."""

import cmath

import pytest
import torch

from xinzhi.nn.interactions import complex_distances, distances
from xinzhi.tasks.link_prediction.distances import RotatE, TransE
from xinzhi.tasks.link_prediction.model import ComplEx, DistMult, TuckER

E, R, D = 7, 3, 4
SIZES = {"num_entities": E, "num_relations": R, "dimension": D, "dropout": 0.0, "std": 0.7}


def complex_rows(table):
    half = table.shape[1] // 2
    return [[complex(x, y) for x, y in zip(row[:half], row[half:], strict=True)]
            for row in table.tolist()]  # fmt: skip


def transe(model, h, r, t):
    x, w, y = (v.tolist() for v in (model.entities.weight[h], model.relations.weight[r],
                                    model.entities.weight[t]))  # fmt: skip
    return model.margin - sum(abs(a + b - c) for a, b, c in zip(x, w, y, strict=True))


def distmult(model, h, r, t):
    return (model.entities.weight[h] * model.relations.weight[r] * model.entities.weight[t]).sum()


def complex_(model, h, r, t):
    entities, relations = complex_rows(model.entities.weight), complex_rows(model.relations.weight)
    triple = zip(entities[h], relations[r], entities[t], strict=True)
    return sum(a * b * c.conjugate() for a, b, c in triple).real


def rotate(model, h, r, t):
    entities = complex_rows(model.entities.weight)
    phases = model.relations.weight[r].tolist()
    triple = zip(entities[h], phases, entities[t], strict=True)
    return model.margin - sum(abs(a * cmath.exp(1j * p) - c) for a, p, c in triple)


def tucker(model, h, r, t):
    return torch.einsum(
        "rde,r,d,e->", model.core, model.relations.weight[r], model.entities.weight[h],
        model.entities.weight[t],
    )  # fmt: skip


MODELS = [(TransE, transe), (DistMult, distmult), (ComplEx, complex_), (RotatE, rotate),
          (TuckER, tucker)]  # fmt: skip


def built(kind, **settings):
    torch.manual_seed(0)
    sizes = {**SIZES, **settings}
    if kind is TuckER:
        sizes["relation_dimension"] = 3
    return kind(**sizes).eval()


@pytest.mark.parametrize(("kind", "formula"), MODELS)
@torch.no_grad()
def test_scores_are_those_of_the_formula(kind, formula):
    model = built(kind, reciprocal=False)
    for relation in range(R):
        tails = model(torch.arange(E), torch.full((E,), relation))
        heads = model(torch.arange(E), torch.full((E,), relation + R))
        expected = torch.tensor(
            [[float(formula(model, h, relation, t)) for t in range(E)] for h in range(E)]
        )
        torch.testing.assert_close(tails, expected, atol=2e-4, rtol=1e-4)
        # asked for the head, the same triple has the same score
        torch.testing.assert_close(heads, expected.T, atol=2e-4, rtol=1e-4)


@pytest.mark.parametrize(("kind", "formula"), MODELS)
@torch.no_grad()
def test_some_candidates_score_as_among_all(kind, formula):
    model = built(kind, reciprocal=True)
    anchors, relations = torch.tensor([0, 5, 2]), torch.tensor([1, 2 * R - 1, 0])
    everyone = model(anchors, relations)
    shared = torch.tensor([6, 1])
    own = torch.tensor([[0, 1], [2, 3], [5, 4]])
    close = {"atol": 2e-4, "rtol": 1e-4}
    torch.testing.assert_close(model(anchors, relations, shared), everyone[:, shared], **close)
    torch.testing.assert_close(model(anchors, relations, own), everyone.gather(1, own), **close)
    forwards = model(anchors, torch.zeros(3, dtype=torch.long))
    assert not torch.allclose(forwards, model(anchors, torch.full((3,), R)))
    del formula


@pytest.mark.parametrize("kind", [kind for kind, _ in MODELS])
def test_every_parameter_learns(kind):
    model = built(kind, reciprocal=True).train()
    everything = torch.arange(2 * R)
    scores = model(torch.arange(6), everything)
    (scores.logsumexp(1).sum() + model.cubes(torch.arange(6), everything, None).sum()).backward()
    assert all(p.grad.abs().sum() > 0 and p.grad.isfinite().all() for p in model.parameters())


def test_cubes_of_complex_numbers_are_those_of_their_lengths():
    model = built(ComplEx, reciprocal=False)
    found = model.cubes(torch.tensor([1]), torch.tensor([2]), torch.tensor([3]))
    rows = [complex_rows(model.entities.weight)[1], complex_rows(model.relations.weight)[2],
            complex_rows(model.entities.weight)[3]]  # fmt: skip
    assert found.item() == pytest.approx(sum(abs(x) ** 3 for row in rows for x in row), rel=1e-4)


def test_distances_are_torchs_and_do_not_depend_on_parts(monkeypatch):
    queries, table = torch.randn(5, 6), torch.randn(9, 6)
    torch.testing.assert_close(distances(queries, table, norm=2), torch.cdist(queries, table))
    whole = complex_distances(queries, table)
    monkeypatch.setattr("xinzhi.nn.interactions._CELLS", 60)
    torch.testing.assert_close(complex_distances(queries, table), whole)

"""Scores of a model and evidence of rules, added with a weight that validation chooses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from xinzhi.metrics.ranking import ranking_scores
from xinzhi.tasks.link_prediction.graph import Edges, Queries
from xinzhi.tasks.link_prediction.judging import Judge, Scorer, densely
from xinzhi.tasks.link_prediction.rules import Rules

WEIGHTS = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Ranks(NamedTuple):
    """Ranks of the same answers by three scorers, each of shape (N,), float64."""

    blend: Tensor
    model: Tensor
    rules: Tensor


@dataclass(frozen=True)
class Blend:
    """A model beside rules.

    Args:
        model: anchors (B,) and directed relations (B,) to scores (B, E).
        rules: mined from the edges.
        edges: of training.
        weight: of the rules' evidence.
    """

    model: Scorer
    rules: Rules
    edges: Edges
    weight: float = 0.0

    def evidence(self, anchors_B: Tensor, relations_B: Tensor, like: Tensor) -> Tensor:
        """Gives what the rules say, shape, device and type of `like`, (B, E)."""
        found = self.rules.evidence(self.edges, anchors_B.cpu(), relations_B.cpu())
        return densely(found, (like.shape[0], like.shape[1])).to(like)

    def __call__(self, anchors_B: Tensor, relations_B: Tensor) -> Tensor:
        """Gives scores, shape (B, E)."""
        scores = self.model(anchors_B, relations_B)
        if not self.weight:
            return scores
        return scores + self.weight * self.evidence(anchors_B, relations_B, scores)

    def ranks(self, judge: Judge, queries: Queries) -> Ranks:
        """Ranks by both together, by the model alone and by the rules alone."""
        asked = judge.askable(queries)
        scores = self.model(*asked)
        evidence = self.evidence(*asked, scores)
        return Ranks(
            judge.ranks(scores + self.weight * evidence, queries),
            judge.ranks(scores, queries),
            judge.ranks(evidence, queries),
        )


def best_weight(blend: Blend, judge: Judge, queries: Queries, *, chunk_rows: int) -> float:
    """Gives the weight with the best mean reciprocal rank; the smallest of equal ones.

    Args:
        blend: whose own weight does not matter.
        judge: ranks.
        queries: of validation.
        chunk_rows: queries scored together.
    """
    ranks: dict[float, list[Tensor]] = {weight: [] for weight in WEIGHTS}
    for start in range(0, len(queries.anchors), chunk_rows):
        some = queries.at(slice(start, start + chunk_rows))
        asked = judge.askable(some)
        scores = blend.model(*asked)
        evidence = blend.evidence(*asked, scores)
        for weight in WEIGHTS:
            ranks[weight].append(judge.ranks(scores + weight * evidence, some))
    reached = {weight: ranking_scores(torch.cat(ranks[weight]))["mrr"] for weight in WEIGHTS}
    return max(WEIGHTS, key=lambda weight: reached[weight])


Bound = Callable[[Tensor], Tensor]


def of_items(score: Scorer, relation: int, items: Tensor, *, num_entities: int) -> Bound:
    """Binds a scorer to one relation and to some of the entities.

    Args:
        score: anchors (B,) and directed relations (B,) to scores (B, E).
        relation: directed.
        items: entities, shape (I,).
        num_entities: E; users beyond, whom training never saw, are scored as another is.
    """

    def scored(users: Tensor) -> Tensor:
        scores = score(users.clamp(max=num_entities - 1), torch.full_like(users, relation))
        return scores[:, items.to(scores.device)]

    return scored

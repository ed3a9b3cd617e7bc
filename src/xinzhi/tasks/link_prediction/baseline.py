"""What needs no learning: rules, frequencies, and neighbours of items."""

from pathlib import Path

import torch
from torch import Tensor

from xinzhi.data.snapshot import Snapshot
from xinzhi.evaluation.baselines import cached
from xinzhi.metrics.ranking import ranking_scores
from xinzhi.tasks.link_prediction.blending import of_items
from xinzhi.tasks.link_prediction.datamodule import LinkPredictionData
from xinzhi.tasks.link_prediction.judging import Judge, Scorer, densely
from xinzhi.tasks.link_prediction.mining import RuleMiner
from xinzhi.tasks.link_prediction.neighbours import Neighbours
from xinzhi.tasks.link_prediction.recommendation import recommending

_VERSION = 2  # of what is computed, so that an older cache is not believed


def frequency(data: LinkPredictionData) -> Scorer:
    """Gives a scorer by how often a directed relation led to an entity in training."""
    num_entities, edges = data.names.num_entities, data.edges
    counts = torch.zeros(2 * data.names.num_relations, num_entities)
    ones = torch.ones(len(edges))
    counts.index_put_((edges.relations, edges.targets), ones, accumulate=True)
    return lambda _, relations: counts[relations]


class RulesAndFrequency:
    """Rules of one and two steps, and where they say nothing, how frequent an answer is.

    Args:
        rules: finds the rules; None leaves frequency alone.
    """

    def __init__(self, *, rules: RuleMiner | None = None) -> None:
        self.rules = rules

    def metrics(self, snapshot: Snapshot, *, cache_folder: Path) -> dict[str, float]:
        """Gives test metrics, filtered as the model's are, cached by data digest."""
        key = f"{snapshot.digest}-rules-{self.rules}-v{_VERSION}".replace(" ", "")
        return cached(cache_folder, key, lambda: self._measured(snapshot))

    def _measured(self, snapshot: Snapshot) -> dict[str, float]:
        data = LinkPredictionData(snapshot=snapshot)
        judge = Judge(data.names, data.known)
        ranks = judge.all_ranks(
            self._scorer(data), data.queries["test"], chunk_rows=data.chunk_rows
        )
        return {f"test/{name}": value for name, value in ranking_scores(ranks).items()}

    def _scorer(self, data: LinkPredictionData) -> Scorer:
        often, edges = frequency(data), data.edges
        if self.rules is None:
            return often
        rules = self.rules.mine(edges, num_relations=data.names.num_relations)

        def scored(anchors: Tensor, relations: Tensor) -> Tensor:
            frequent = often(anchors, relations)
            shape = frequent.shape[0], frequent.shape[1]
            evidence = densely(rules.evidence(edges, anchors, relations), shape)
            # below any evidence: it only parts what the rules leave alike
            return evidence + 1e-3 * frequent / (1 + frequent.max())

        return scored


class ItemNeighbours:
    """Items liked by those who liked what a user liked (Sarwar et al. 2001), and popularity.

    Args:
        relation: from users to items.
        neighbours: of an item that count, the most similar ones by cosine.
        shrinkage: users that a similarity is charged with beside those counted.
    """

    def __init__(self, *, relation: str, neighbours: int = 300, shrinkage: float = 0.0) -> None:
        self.relation, self.neighbours, self.shrinkage = relation, neighbours, shrinkage

    def metrics(self, snapshot: Snapshot, *, cache_folder: Path) -> dict[str, float]:
        """Gives recall and NDCG of the best ten, and those of popularity, cached by data digest."""
        chosen = f"{self.relation}-{self.neighbours}-{self.shrinkage:g}"
        key = f"{snapshot.digest}-items-{chosen}-v{_VERSION}"
        return cached(cache_folder, key, lambda: self._measured(snapshot))

    def _measured(self, snapshot: Snapshot) -> dict[str, float]:
        data = LinkPredictionData(snapshot=snapshot)
        relation = data.names.relation[self.relation]
        asked = recommending(data, "test", relation)
        popular = of_items(
            frequency(data), relation, asked.items, num_entities=data.names.num_entities
        )
        near = Neighbours(
            data.edges, relation, neighbours=self.neighbours, shrinkage=self.shrinkage
        )
        scorers = {"": near.scores, "popularity_": popular}
        return {
            f"test/{before}{name}": value
            for before, score in scorers.items()
            for name, value in asked.judged(score, chunk_rows=data.chunk_rows).means().items()
        }

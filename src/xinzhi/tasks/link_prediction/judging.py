"""Ranks of right answers, whatever scores the entities: a model, rules, or how frequent they are.

Shapes: B queries, E entities that training knows, U further ones, N queries of a split.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from xinzhi.metrics.ranking import realistic_ranks
from xinzhi.tasks.link_prediction.graph import Edges, Names, Queries

Scorer = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Judge:
    """Ranks right answers among all entities that are not known to be right too.

    An entity that training never saw has no score and stands behind those that have one; of a query
    that starts from one, or follows an unknown relation, all entities stand alike.

    Args:
        names: how many entities and relations training knows.
        known: the edges of all splits.
    """

    names: Names
    known: Edges

    def askable(self, queries: Queries) -> tuple[Tensor, Tensor]:
        """Gives anchors and relations that a model can be asked about, shapes (B,).

        Those that training never saw are replaced by others: `ranks` looks at no score of theirs.
        """
        anchors = queries.anchors.clamp(max=self.names.num_entities - 1)
        return anchors, queries.relations.clamp(max=2 * self.names.num_relations - 1)

    def ranks(self, scores_BE: Tensor, queries: Queries) -> Tensor:
        """Gives the rank of each target, shape (B,), float64.

        Args:
            scores_BE: of the entities that training knows.
            queries: B of them.
        """
        names = self.names
        beyond = len(names.entities) - names.num_entities
        scores = torch.nn.functional.pad(scores_BE, (0, beyond), value=float("-inf"))
        unseen = (queries.anchors >= names.num_entities) | (
            queries.relations >= 2 * names.num_relations
        )
        scores = scores.masked_fill(unseen[:, None], float("-inf"))
        known = self.known.to(scores.device).followed(queries.anchors, queries.relations)
        return realistic_ranks(scores, queries.targets, known)

    def all_ranks(self, score: Scorer, queries: Queries, *, chunk_rows: int) -> Tensor:
        """Gives the ranks of a split in chunks of bounded memory, shape (N,), float64.

        Args:
            score: anchors (B,) and directed relations (B,) to scores (B, E).
            queries: N of them.
            chunk_rows: scored together.
        """
        ranks = []
        for start in range(0, len(queries.anchors), chunk_rows):
            some = queries.at(slice(start, start + chunk_rows))
            ranks.append(self.ranks(score(*self.askable(some)), some))
        return torch.cat(ranks)


def densely(found: tuple[Tensor, Tensor, Tensor], shape: tuple[int, int]) -> Tensor:
    """Writes rows, entities and values into a table of zeros; entities beyond it are left out."""
    rows, entities, values = found
    inside = entities < shape[1]
    table = values.new_zeros(shape)
    table[rows[inside], entities[inside]] = values[inside]
    return table

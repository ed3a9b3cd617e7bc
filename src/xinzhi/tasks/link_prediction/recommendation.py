"""The best of what is not known yet: for each user, items by one relation.

Shapes: B users at a time, U users, I items, K places.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from xinzhi.metrics.ranking import top_columns
from xinzhi.tasks.link_prediction.graph import Edges, Queries, together
from xinzhi.tasks.link_prediction.outcomes import Best

if TYPE_CHECKING:
    from xinzhi.tasks.link_prediction.datamodule import LinkPredictionData

PLACES = 10


class Recommending:
    """Held-out edges of one relation against each user's best items.

    Items are what the relation led to in training; those that a user is known to have are left out,
    and held-out items that training never saw count as missed.

    Args:
        trained: edges of training.
        seen: edges known before the held-out ones, those of training among them.
        held_out: what is asked.
        relation: directed; its anchors are the users.
    """

    def __init__(self, *, trained: Edges, seen: Edges, held_out: Queries, relation: int) -> None:
        self.seen, self.relation = seen, relation
        asked = held_out.at(held_out.relations == relation)
        self.right = Edges(asked, num_entities=seen.num_entities)
        self.users = torch.unique(asked.anchors)
        self.items = trained.led_to(relation)

    def judged(self, score: Callable[[Tensor], Tensor], *, chunk_rows: int) -> Best:
        """Gives recall and NDCG of the best ten of each user.

        Args:
            score: users (B,) to scores of `items`, shape (B, I).
            chunk_rows: users scored together.
        """
        hits, relevant = [], []
        for users in self.users.split(chunk_rows):
            best = self.best(score(users).cpu(), users)
            relations = torch.full_like(users, self.relation)
            relevant.append(self.right.spans(users, relations)[1])
            asked = (
                users.repeat_interleave(best.shape[1]),
                relations.repeat_interleave(best.shape[1]),
            )
            hits.append(self.right.holds(*asked, best.flatten()).view(best.shape))
        found = torch.cat(hits)
        short = PLACES - found.shape[1]  # fewer items than places
        found = torch.nn.functional.pad(found, (0, max(0, short)))
        return Best(self.users, top_columns(found, torch.cat(relevant)))

    def best(self, scores_BI: Tensor, users: Tensor) -> Tensor:
        """Gives the best items that a user is not known to have, shape (B, K)."""
        rows, known = self.seen.followed(users, torch.full_like(users, self.relation))
        there = torch.isin(known, self.items)
        scores = scores_BI.clone()
        scores[rows[there], torch.searchsorted(self.items, known[there])] = float("-inf")
        places = scores.topk(min(PLACES, len(self.items)), dim=1).indices
        return self.items[places]


def recommending(
    data: "LinkPredictionData", split: Literal["val", "test"], relation: int
) -> Recommending:
    """Gives what a split holds out of a relation, all that came before being known.

    Args:
        data: of the graph.
        split: val or test.
        relation: directed.
    """
    before = {"val": ["train"], "test": ["train", "val"]}[split]
    seen = together([data.queries[name] for name in before])
    return Recommending(
        trained=data.edges,
        seen=Edges(seen, num_entities=len(data.names.entities)),
        held_out=data.queries[split],
        relation=relation,
    )

"""Items that those like who like what a user likes: one relation, followed there, back and there.

Shapes: B users, I items.
"""

import torch
from torch import Tensor

from xinzhi.tasks.link_prediction.graph import Edges

WEIGHTS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_MOST = 10_000  # items beyond which a table of all pairs takes too much room


class Neighbours:
    """Similar items by the cosine of who is led to them (Sarwar et al. 2001).

    Args:
        edges: of training.
        relation: directed, from users to items.
        neighbours: of an item that count, the most similar ones.
        shrinkage: users that a similarity is charged with beside those counted.

    Attributes:
        items: what the relation leads to, sorted, shape (I,).
        similar: of an item to its neighbours, 0 elsewhere, shape (I, I).
    """

    def __init__(
        self, edges: Edges, relation: int, *, neighbours: int = 300, shrinkage: float = 0.0
    ) -> None:
        self.edges, self.relation, self.items = edges, relation, edges.led_to(relation)
        # with too many items only the most popular ones have neighbours
        count = torch.bincount(edges.targets[edges.relations == relation])[self.items]
        self.some = torch.sort(torch.topk(count, min(_MOST, len(count))).indices).values
        users = torch.unique(edges.anchors[edges.relations == relation])
        together = torch.zeros(len(self.some), len(self.some))
        for part in users.split(4096):
            table = self.had(part)
            together += table.T @ table
        seen = together.diagonal().clone()
        similar = together / ((seen[:, None] * seen).sqrt() + shrinkage).clamp_min(1e-12)
        kept = similar.fill_diagonal_(0.0).topk(min(neighbours, len(self.some)), dim=1)
        self.similar = torch.zeros_like(similar).scatter_(1, kept.indices, kept.values)

    def had(self, users_B: Tensor) -> Tensor:
        """Says which items each user has, 0 or 1, shape (B, some of I)."""
        rows, found = self.edges.followed(users_B, torch.full_like(users_B, self.relation))
        table = torch.zeros(len(users_B), len(self.items))
        table[rows, torch.searchsorted(self.items, found)] = 1.0
        return table[:, self.some]

    def scores(self, users_B: Tensor) -> Tensor:
        """Sums, over a user's items, their similarity to each item, the largest 1, shape (B, I)."""
        summed = self.had(users_B) @ self.similar
        whole = torch.zeros(len(users_B), len(self.items))
        whole[:, self.some] = summed / summed.amax(1, keepdim=True).clamp_min(1e-12)
        return whole

    def nearest(self, user: int, item: int) -> tuple[int, float] | None:
        """Gives the user's item that is most similar to another, and how much; None for none."""
        place = torch.searchsorted(self.items[self.some], item)
        if place >= len(self.some) or int(self.items[self.some][place]) != item:
            return None
        near = self.had(torch.tensor([user]))[0] * self.similar[:, place]
        value, best = near.max(0)
        return (int(self.items[self.some[best]]), float(value)) if value > 0 else None

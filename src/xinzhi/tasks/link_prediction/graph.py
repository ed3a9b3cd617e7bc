"""A graph as numbers: names, directed edges, and what follows which.

Shapes: N triples, M directed edges, B queries, P pairs of a query and an entity. Entities and
relations that training never saw are numbered behind the others, so that no model is asked for
them by mistake: known entities are below E, known directed relations below 2 · R.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class Queries(NamedTuple):
    """What is asked: an anchor, a directed relation and the right answer, each of shape (B,)."""

    anchors: Tensor
    relations: Tensor
    targets: Tensor

    def at(self, rows: Tensor | slice) -> "Queries":
        """Gives some of them."""
        return Queries(self.anchors[rows], self.relations[rows], self.targets[rows])

    def to(self, device: torch.device) -> "Queries":
        """Gives them on a device."""
        return Queries(*(part.to(device) for part in self))


def together(several: Sequence[Queries]) -> Queries:
    """Joins queries."""
    return Queries(*(torch.cat(parts) for parts in zip(*several, strict=True)))


@dataclass(frozen=True)
class Names:
    """Names of entities and relations, those of training first.

    Args:
        entities: sorted within training and without.
        relations: likewise.
        num_entities: E, those that training knows.
        num_relations: R.
    """

    entities: tuple[str, ...]
    relations: tuple[str, ...]
    num_entities: int
    num_relations: int

    @classmethod
    def of(cls, splits: Sequence[Mapping[str, Sequence[str]]]) -> "Names":
        """Numbers the names of splits, the training's first, of columns head, relation, tail."""
        entities, num_entities = _numbered([{*one["head"], *one["tail"]} for one in splits])
        relations, num_relations = _numbered([set(one["relation"]) for one in splits])
        return cls(entities, relations, num_entities, num_relations)

    @cached_property
    def entity(self) -> dict[str, int]:
        """Number of each entity's name."""
        return {name: number for number, name in enumerate(self.entities)}

    @cached_property
    def relation(self) -> dict[str, int]:
        """Number of each relation's name."""
        return {name: number for number, name in enumerate(self.relations)}

    def queries(self, columns: Mapping[str, Sequence[str]]) -> Queries:
        """Asks each triple for its tail, then each for its head, shapes (2 · N,)."""
        heads = _numbers(columns["head"], self.entity)
        tails = _numbers(columns["tail"], self.entity)
        relations = _numbers(columns["relation"], self.relation)
        unseen = relations >= self.num_relations
        beyond = 2 * self.num_relations + 2 * (relations - self.num_relations)
        forwards = torch.where(unseen, beyond, relations)
        backwards = torch.where(unseen, beyond + 1, relations + self.num_relations)
        return Queries(
            torch.cat([heads, tails]), torch.cat([forwards, backwards]), torch.cat([tails, heads])
        )

    def directed(self, relation: int) -> str:
        """Names a directed relation; one asked for its heads is marked."""
        if relation < self.num_relations:
            return self.relations[relation]
        if relation < 2 * self.num_relations:
            return f"{self.relations[relation - self.num_relations]}⁻¹"
        return self.relations[self.num_relations + (relation - 2 * self.num_relations) // 2]


def _numbered(splits: Sequence[Iterable[str]]) -> tuple[tuple[str, ...], int]:
    first = sorted(splits[0])
    later = sorted(set().union(*splits[1:]) - set(first))
    return (*first, *later), len(first)


def _numbers(names: Sequence[str], number: Mapping[str, int]) -> Tensor:
    return torch.from_numpy(np.fromiter((number[n] for n in names), np.int64, len(names)))


class Edges:
    """Directed edges, sorted so that the targets of any anchor and relation are found at once.

    Args:
        queries: each an edge from its anchor to its target; equal ones count once.
        num_entities: those without a number below it have no edge to follow; any bound does.
    """

    def __init__(self, queries: Queries, *, num_entities: int) -> None:
        self.num_entities = num_entities
        keys = queries.relations * num_entities + queries.anchors
        both = torch.unique(torch.stack([keys, queries.targets]), dim=1)
        self.keys, self.targets = both[0].contiguous(), both[1].contiguous()

    def __len__(self) -> int:
        return len(self.keys)

    def to(self, device: torch.device) -> "Edges":
        """Moves them, for good."""
        if self.keys.device != device:
            self.keys, self.targets = self.keys.to(device), self.targets.to(device)
        return self

    @property
    def anchors(self) -> Tensor:
        """Where the edges start, shape (M,)."""
        anchors: Tensor = self.keys % self.num_entities
        return anchors

    @property
    def relations(self) -> Tensor:
        """Along which directed relation, shape (M,)."""
        relations: Tensor = self.keys // self.num_entities
        return relations

    def spans(self, anchors_B: Tensor, relations_B: Tensor) -> tuple[Tensor, Tensor]:
        """Gives where the edges of each query begin and how many there are, shapes (B,)."""
        keys = relations_B * self.num_entities + anchors_B
        begin = torch.searchsorted(self.keys, keys)
        return begin, torch.searchsorted(self.keys, keys, right=True) - begin

    def followed(self, anchors_B: Tensor, relations_B: Tensor) -> tuple[Tensor, Tensor]:
        """Gives the queries' rows and the entities that their edges lead to, shapes (P,)."""
        rows, places = spread(*self.spans(anchors_B, relations_B))
        return rows, self.targets[places]

    def led_to(self, relation: int) -> Tensor:
        """Gives the entities that a directed relation leads to, sorted."""
        found: Tensor = torch.unique(self.targets[self.relations == relation])
        return found

    def holds(self, anchors_B: Tensor, relations_B: Tensor, targets_B: Tensor) -> Tensor:
        """Says which edges there are, shape (B,), bool."""
        rows, found = self.followed(anchors_B, relations_B)
        there = torch.zeros(len(anchors_B), dtype=torch.bool, device=rows.device)
        there[rows[found == targets_B[rows]]] = True
        return there


def spread(begin_B: Tensor, counts_B: Tensor) -> tuple[Tensor, Tensor]:
    """Writes runs out: the row of each place, and the place, shapes (P,).

    >>> spread(torch.tensor([5, 0]), torch.tensor([2, 1]))
    (tensor([0, 0, 1]), tensor([5, 6, 0]))
    """
    rows = torch.repeat_interleave(counts_B)
    first = counts_B.cumsum(0) - counts_B
    places = torch.arange(len(rows), device=rows.device) - first[rows] + begin_B[rows]
    return rows, places

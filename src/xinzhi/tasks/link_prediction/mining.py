"""Counts how often what follows a chain of one or two steps is an edge itself.

Shapes: M directed edges, X anchors looked at together, S second steps, R relations.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from xinzhi.tasks.link_prediction.graph import Edges, spread
from xinzhi.tasks.link_prediction.rules import NONE, Rules, parts

_PATHS = 1 << 22  # that are looked at at once
_ANCHORS = 4096  # likewise


@dataclass(frozen=True, kw_only=True)
class RuleMiner:
    """Finds the rules that hold often enough.

    Args:
        confidence: pca: a pair counts against a rule only if its first entity has some edge of the
            head, since the graph may be incomplete elsewhere (Galárraga et al. 2013); standard:
            every pair that is no edge of the head does.
        min_support: pairs that a rule explains, at least.
        min_confidence: share of its conclusions that are right, at least.
        max_rules: kept for a head, the most confident ones.
        max_degree: entities with more edges are no middle of a chain: they join all with all.
    """

    confidence: Literal["pca", "standard"] = "pca"
    min_support: int = 2
    min_confidence: float = 0.1
    max_rules: int = 200
    max_degree: int = 1000

    def mine(self, edges: Edges, *, num_relations: int) -> Rules:
        """Gives the best rules of every directed relation.

        Args:
            edges: of training, in both directions.
            num_relations: R.
        """
        graph = _Graph(edges, 2 * num_relations, self.max_degree)
        found = [self._starting(graph, first) for first in range(2 * num_relations)]
        table = torch.cat([torch.zeros(5, 0, dtype=torch.float64), *found], 1)
        # the best of each head: by head, then by confidence, and the place within the head
        value = table[3] / (table[4] + 5.0)
        order = torch.argsort(value, descending=True, stable=True)
        order = order[torch.argsort(table[0][order], stable=True)]
        heads = table[0][order].contiguous()
        place = torch.arange(len(heads)) - torch.searchsorted(heads, heads)
        kept = table[:, order[place < self.max_rules]]
        whole = kept[:3].long()
        return Rules(whole[0].contiguous(), whole[1], whole[2], kept[3], kept[4])

    def _starting(self, graph: "_Graph", first: int) -> Tensor:
        """Gives rules whose body begins with a relation, a column each: see the fields of Rules."""
        size = graph.size
        support = torch.zeros(size + 1, size, dtype=torch.float64)
        body = torch.zeros(size + 1, size, dtype=torch.float64)
        for seconds, anchors, ends in graph.chains(first):
            pairs, relations = graph.joined(anchors, ends)
            cells = seconds[pairs] * size + relations
            support += torch.bincount(cells, minlength=(size + 1) * size).view(size + 1, size)
            if self.confidence == "pca":
                body += graph.asked(seconds, anchors)
            else:
                body += torch.bincount(seconds, minlength=size + 1)[:, None]
        support[size, first] = 0.0  # r ⇐ r
        good = (support >= self.min_support) & (support >= self.min_confidence * body)
        seconds, heads = good.nonzero(as_tuple=True)
        steps = seconds.masked_fill(seconds == size, NONE)
        firsts = torch.full_like(heads, first)
        columns = torch.stack([heads, firsts, steps]).double()
        return torch.cat([columns, support[good][None], body[good][None]])


class _Graph:
    """Edges by anchor, by relation and anchor, and by the pair that they join.

    Args:
        edges: in both directions.
        size: 2 · R.
        max_degree: edges of an entity in the middle, at most.
    """

    def __init__(self, edges: Edges, size: int, max_degree: int) -> None:
        self.edges, self.size, self.width = edges, size, edges.num_entities
        anchors, relations = edges.anchors, edges.relations
        order = torch.argsort(anchors, stable=True)
        self.sources = anchors[order].contiguous()
        self.leaving = torch.stack([relations[order], edges.targets[order]])
        degrees = torch.bincount(anchors, minlength=self.width)
        self.hub = degrees > max_degree
        keys, order = torch.sort(anchors * self.width + edges.targets, stable=True)
        self.pairs, self.joining = keys, relations[order]
        has = torch.zeros(self.width * size, dtype=torch.bool)
        has[anchors * size + relations] = True
        self.has = has.view(self.width, size)

    def chains(self, first: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Gives second step, anchor and end of every chain that begins with a relation, each once.

        Yields:
            Chains of some anchors. The second step `size` stands for staying where the first one
            led.
        """
        bound = torch.tensor([first, first + 1]) * self.width
        low, high = torch.searchsorted(self.edges.keys, bound).tolist()
        anchors, middles = self.edges.anchors[low:high], self.edges.targets[low:high]
        begin = torch.searchsorted(self.sources, middles)
        counts = torch.searchsorted(self.sources, middles, right=True) - begin
        counts = counts.masked_fill(self.hub[middles], 0)
        starts, of_anchor = torch.unique_consecutive(anchors, return_inverse=True)
        costs = torch.zeros(len(starts), dtype=torch.long).index_add_(0, of_anchor, counts + 1)
        for some in parts(costs, _PATHS, most=_ANCHORS):
            # anchors stay whole, so that a pair that two ways join is seen once
            inside = slice(
                int(torch.searchsorted(of_anchor, some.start)),
                int(torch.searchsorted(of_anchor, some.stop)),
            )
            rows, places = spread(begin[inside], counts[inside])
            seconds, ends = self.leaving[:, places]
            here = anchors[inside]
            back = (seconds == self._turned(first)) & (ends == here[rows])
            seconds = torch.cat([seconds[~back], torch.full_like(here, self.size)])
            starting = torch.cat([here[rows][~back], here])
            ends = torch.cat([ends[~back], middles[inside]])
            keys = torch.unique((seconds * self.width + starting) * self.width + ends)
            yield keys // self.width**2, keys // self.width % self.width, keys % self.width

    def _turned(self, relation: int) -> int:
        half = self.size // 2
        return relation + half if relation < half else relation - half

    def joined(self, anchors: Tensor, ends: Tensor) -> tuple[Tensor, Tensor]:
        """Gives, for each pair and each relation that joins it, the pair's row and the relation."""
        keys = anchors * self.width + ends
        begin = torch.searchsorted(self.pairs, keys)
        counts = torch.searchsorted(self.pairs, keys, right=True) - begin
        rows, places = spread(begin, counts)
        return rows, self.joining[places]

    def asked(self, seconds: Tensor, anchors: Tensor) -> Tensor:
        """Counts chains whose anchor has an edge of each relation, shape (2 · R + 1, 2 · R)."""
        starts, place = torch.unique(anchors, return_inverse=True)
        cells = seconds * len(starts) + place
        counts = torch.bincount(cells, minlength=(self.size + 1) * len(starts))
        return counts.view(self.size + 1, -1).double() @ self.has[starts].double()

"""Horn rules mined from a graph: r(x, y) ⇐ b(x, y), and r(x, y) ⇐ b(x, z) ∧ c(z, y).

With directed relations these are all chains of at most two steps, inverse, symmetric and
sub-relations among them (Galárraga et al. 2013, AMIE; Meilicke et al. 2019, AnyBURL).

Shapes: H rules, B queries, P groundings.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

import torch
from torch import Tensor

from xinzhi.tasks.link_prediction.graph import Edges, spread

_PATHS = 1 << 22  # that are looked at at once
_NORM = 3.0  # between the sum of weights (1) and the largest (∞); found on validation
_UNSEEN = 5  # groundings that a rule is charged with beside those counted: few prove little
NONE = -1  # second relation of a rule of one step


class Grounds(NamedTuple):
    """What rules say of queries: shapes (P,); a rule that leads to a target twice is there twice.

    Attributes:
        rows: of the queries.
        rules: that apply.
        targets: that they lead to.
        middles: the entity on the way; the target itself for a rule of one step.
    """

    rows: Tensor
    rules: Tensor
    targets: Tensor
    middles: Tensor


@dataclass(frozen=True)
class Rules:
    """Rules, sorted by their head, each with what it was worth in training.

    Args:
        heads: directed relation that a rule concludes, shape (H,).
        first: directed relation of its first step.
        second: of its second step, or NONE.
        support: pairs for which body and head hold.
        body: pairs for which the body holds; with PCA confidence, only those whose first entity
            has some edge of the head.
    """

    heads: Tensor
    first: Tensor
    second: Tensor
    support: Tensor
    body: Tensor

    def __len__(self) -> int:
        return len(self.heads)

    @property
    def confidence(self) -> Tensor:
        """Gives the share of a rule's conclusions that are known to be right, shape (H,)."""
        return self.support / self.body

    @property
    def weights(self) -> Tensor:
        """Gives −log(1 − confidence), the confidence charged for few groundings, shape (H,)."""
        return -torch.log1p(-(self.support / (self.body + _UNSEEN)))

    def tensors(self) -> dict[str, Tensor]:
        """Gives the columns by name."""
        return {field.name: getattr(self, field.name).contiguous() for field in fields(self)}

    def grounds(self, edges: Edges, anchors_B: Tensor, relations_B: Tensor) -> Iterator[Grounds]:
        """Follows the rules of each query's relation from its anchor, in parts of bounded memory.

        Args:
            edges: of training.
            anchors_B: where the queries start.
            relations_B: what they ask.

        Yields:
            What was found for some of the queries.
        """
        begin = torch.searchsorted(self.heads, relations_B)
        counts = torch.searchsorted(self.heads, relations_B, right=True) - begin
        rows, rules = spread(begin, counts)
        first = spread(*edges.spans(anchors_B[rows], self.first[rules]))
        pairs, middles = first[0], edges.targets[first[1]]
        single = self.second[rules[pairs]] == NONE
        yield Grounds(rows[pairs[single]], rules[pairs[single]], middles[single], middles[single])
        pairs, middles = pairs[~single], middles[~single]
        begin, counts = edges.spans(middles, self.second[rules[pairs]])
        for part in parts(counts, _PATHS):
            steps, places = spread(begin[part], counts[part])
            along = pairs[part][steps]
            yield Grounds(rows[along], rules[along], edges.targets[places], middles[part][steps])

    def evidence(
        self, edges: Edges, anchors_B: Tensor, relations_B: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Gives how much the rules speak for entities: rows, entities and evidence, shapes (P,).

        Each rule counts once for a query and an entity, however many ways lead there. The evidence
        is the 3-norm of the rules' weights: their sum, a noisy or, would count again what rules say
        that follow from one another; the largest alone leaves too many ties.
        """
        width, height = edges.num_entities, max(1, len(self))
        seen = [
            torch.unique((found.rows * height + found.rules) * width + found.targets)
            for found in self.grounds(edges, anchors_B, relations_B)
        ]
        keys = torch.unique(torch.cat(seen))
        pairs, targets = keys // width, keys % width
        cells, place = torch.unique(pairs // height * width + targets, return_inverse=True)
        sums = torch.zeros(len(cells), dtype=torch.float64)
        if len(self):
            sums.index_add_(0, place, self.weights[pairs % height] ** _NORM)
        return cells // width, cells % width, (sums ** (1 / _NORM)).float()


def parts(counts: Tensor, limit: int, *, most: int | None = None) -> Iterator[slice]:
    """Gives runs of places whose counts sum to the limit at most, or single places.

    Args:
        counts: of each place.
        limit: of the sum.
        most: places in a run.

    Yields:
        The runs.
    """
    total, start = counts.cumsum(0), 0
    while start < len(counts):
        before = int(total[start - 1]) if start else 0
        end = int(torch.searchsorted(total, before + limit, right=True))
        end = max(min(end, start + (most or len(counts))), start + 1)
        yield slice(start, end)
        start = end

"""What the ranks of a split are worth: numbers, a table of relations, figures."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from xinzhi.metrics.ranking import ranking_scores
from xinzhi.tasks.link_prediction.graph import Names
from xinzhi.tasks.link_prediction.outcomes import Best

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN = 25  # relations in a table


@dataclass(frozen=True, kw_only=True)
class RankJudgement:
    """Ranks of a split, the tail and the head of each triple asked.

    Args:
        names: of relations.
        rows: which queries of the split, shape (N,).
        ranks: of the answers, shape (N,).
        relations: directed ones that were asked, shape (N,).
        best: what was recommended to each user.
        others: further numbers by name.
    """

    names: Names
    rows: Tensor
    ranks: Tensor
    relations: Tensor
    best: Best | None = None
    others: dict[str, float] = field(default_factory=dict)

    def metrics(self) -> dict[str, float]:
        """Gives every number by its name."""
        return ranking_scores(self.ranks) | self.others

    def by_relation(self) -> list[tuple[str, int, float, float]]:
        """Gives name, queries, MRR of tails and of heads, the most frequent relation first."""
        base = self.names.num_relations
        known = self.relations < 2 * base
        plain = torch.where(known, self.relations % base, base)
        table = []
        for relation in torch.unique(plain).tolist():
            mine = plain == relation
            name = self.names.relations[relation] if relation < base else "(never seen)"
            backwards = self.relations >= base
            tails, heads = (
                float(self.ranks[mine & side].reciprocal().mean())
                for side in (~backwards, backwards)
            )
            table.append((name, int(mine.sum()), tails, heads))
        return sorted(table, key=lambda row: -row[1])

    def report(self) -> str:
        """Gives the table of relations and what was found beside."""
        rows = self.by_relation()
        width = max(len("relation"), *(len(row[0]) for row in rows[:_SHOWN]))
        lines = [f"{'relation':<{width}}  {'queries':>8}  {'MRR tail':>8}  {'MRR head':>8}"]
        lines += [f"{n:<{width}}  {c:>8,}  {t:>8.3f}  {h:>8.3f}" for n, c, t, h in rows[:_SHOWN]]
        if len(rows) > _SHOWN:
            lines.append(f"… and {len(rows) - _SHOWN} further relations")
        lines += [f"{name}: {value:.4g}" for name, value in self.others.items()]
        return "\n".join(lines)

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures by name."""
        from xinzhi.tasks.link_prediction.figures import by_relation, rank_histogram

        return {
            "ranks": rank_histogram(self.ranks, num_entities=len(self.names.entities)),
            "mrr_by_relation": by_relation(self.by_relation()),
        }

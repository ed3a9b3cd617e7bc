"""Where the right answers stand among all candidates.

Shapes: B queries, K candidates, P pairs of a query and a candidate, N queries of a split, U users.
"""

import torch
from torch import Tensor

HITS = (1, 3, 10)


def realistic_ranks(
    scores_BK: Tensor, targets_B: Tensor, known: tuple[Tensor, Tensor] | None = None
) -> Tensor:
    """Gives the rank of each target, ties at their mean place, shape (B,), float64.

    The mean over ties is the mean of the optimistic and the pessimistic rank (Berrendorf et al.
    2020, arXiv:2002.06914), so that a model that scores all alike gains nothing. NaN counts as the
    lowest score.

    Args:
        scores_BK: of every candidate.
        targets_B: the candidate whose rank is asked.
        known: rows and candidates of other right answers, shapes (P,), each pair once; they do not
            count (Bordes et al. 2013, "filtered"); a target among them is left in.
    """
    scores = scores_BK.masked_fill(scores_BK.isnan(), float("-inf"))
    target = scores.gather(1, targets_B[:, None])
    above = (scores > target).sum(1)
    level = (scores == target).sum(1) - 1
    if known is not None:
        rows, candidates = known
        others = candidates != targets_B[rows]
        rows, candidates = rows[others], candidates[others]
        found, limit = scores[rows, candidates], target[rows, 0]
        above = above.index_add(0, rows, -(found > limit).long())
        level = level.index_add(0, rows, -(found == limit).long())
    return 1.0 + above.double() + level.double() / 2.0


def ranking_scores(ranks_N: Tensor) -> dict[str, float]:
    """Gives mean reciprocal rank, the share at or above some ranks, and the mean rank.

    >>> ranking_scores(torch.tensor([1.0, 2.0]))["mrr"]
    0.75
    """
    return {name: float(values.mean()) for name, values in ranking_columns(ranks_N).items()}


def ranking_columns(ranks_N: Tensor) -> dict[str, Tensor]:
    """Gives what `ranking_scores` are the means of, each of shape (N,), float64."""
    ranks = ranks_N.double()
    values = {"mrr": ranks.reciprocal()}
    values |= {f"hits_at_{k}": (ranks <= k).double() for k in HITS}
    return values | {"mean_rank": ranks}


def top_scores(hits_UK: Tensor, relevant_U: Tensor) -> dict[str, float]:
    """Gives recall and NDCG of each user's best candidates, averaged over users.

    Args:
        hits_UK: whether the candidate at each place is right, the best first, bool.
        relevant_U: how many right ones there are; users without any are left out.
    """
    asked = relevant_U > 0
    columns = top_columns(hits_UK[asked], relevant_U[asked])
    return {name: float(values.mean()) for name, values in columns.items()}


def top_columns(hits_UK: Tensor, relevant_U: Tensor) -> dict[str, Tensor]:
    """Gives recall and NDCG of each user's best candidates, each of shape (U,), float64.

    NDCG takes a gain of 1 for each right one and the best order that is possible as 1 (Järvelin
    and Kekäläinen 2002).

    Args:
        hits_UK: whether the candidate at each place is right, the best first, bool.
        relevant_U: how many right ones there are, at least 1.
    """
    hits, relevant = hits_UK.double(), relevant_U.double()
    places = hits.shape[1]
    discounts = 1.0 / torch.log2(torch.arange(2.0, places + 2.0, dtype=torch.float64))
    ideal = torch.cat([torch.zeros(1, dtype=torch.float64), discounts.cumsum(0)])
    best = ideal[relevant.clamp(max=places).long()]
    return {
        f"recall_at_{places}": hits.sum(1) / relevant,
        f"ndcg_at_{places}": (hits * discounts).sum(1) / best,
    }

"""Sums and maxima over all paths of tags through a chain.

Shapes: B chains, T places, C tags. Chain b has places 0 to lengths[b] − 1; what lies beyond is
padding and changes nothing. Scores of steps (C, C) go from row to column; `first` (C,) is the
score of beginning with a tag, `last` (C,) that of ending with it.
"""

import torch
from torch import Tensor


def path_score(
    emissions_BTC: Tensor,
    tags_BT: Tensor,
    lengths_B: Tensor,
    steps: Tensor,
    first: Tensor,
    last: Tensor,
) -> Tensor:
    """Gives the score of one path of tags through each chain, shape (B,)."""
    inside = torch.arange(tags_BT.shape[1], device=tags_BT.device) < lengths_B[:, None]
    at_places = emissions_BTC.gather(2, tags_BT.unsqueeze(2)).squeeze(2)
    between = steps[tags_BT[:, :-1], tags_BT[:, 1:]]
    ending = tags_BT.gather(1, (lengths_B - 1)[:, None]).squeeze(1)
    along = torch.where(inside, at_places, 0.0).sum(1)
    along = along + torch.where(inside[:, 1:], between, 0.0).sum(1)
    return along + first[tags_BT[:, 0]] + last[ending]


def forward_scores(emissions_BTC: Tensor, steps: Tensor, first: Tensor) -> Tensor:
    """Gives the log-sum of all paths that end in a tag at a place, shape (B, T, C)."""
    alpha = first + emissions_BTC[:, 0]
    found = [alpha]
    for emission in emissions_BTC.unbind(1)[1:]:
        alpha = (alpha.unsqueeze(2) + steps).logsumexp(1) + emission
        found.append(alpha)
    return torch.stack(found, 1)


def backward_scores(
    emissions_BTC: Tensor, lengths_B: Tensor, steps: Tensor, last: Tensor
) -> Tensor:
    """Gives the log-sum of all paths that leave a tag at a place to the end, shape (B, T, C)."""
    beta = last.expand(emissions_BTC.shape[0], -1)
    found = [beta]
    time = emissions_BTC.shape[1]
    goes_on = torch.arange(time, device=lengths_B.device)[:, None, None] < lengths_B[:, None] - 1
    for place in range(time - 2, -1, -1):
        further = (steps + (emissions_BTC[:, place + 1] + beta).unsqueeze(1)).logsumexp(2)
        beta = torch.where(goes_on[place], further, last)
        found.append(beta)
    return torch.stack(found[::-1], 1)


def viterbi(
    emissions_BTC: Tensor, lengths_B: Tensor, steps: Tensor, first: Tensor, last: Tensor
) -> Tensor:
    """Gives the best path of tags through each chain, shape (B, T) (Viterbi 1967)."""
    score = first + emissions_BTC[:, 0]
    scores, origins = [score], []
    for emission in emissions_BTC.unbind(1)[1:]:
        best, origin = (score.unsqueeze(2) + steps).max(1)
        score = best + emission
        scores.append(score)
        origins.append(origin)
    tag = (at_end(torch.stack(scores, 1), lengths_B) + last).argmax(1)
    path = [tag]
    for place in range(len(origins) - 1, -1, -1):
        before = origins[place].gather(1, tag.unsqueeze(1)).squeeze(1)
        tag = torch.where(place + 1 < lengths_B, before, tag)
        path.append(tag)
    return torch.stack(path[::-1], 1)


def log_partition(
    emissions_BTC: Tensor, lengths_B: Tensor, steps: Tensor, first: Tensor, last: Tensor
) -> Tensor:
    """Gives log Σ e^score over all paths of each chain, shape (B,)."""
    ahead = forward_scores(emissions_BTC, steps, first)
    return (at_end(ahead, lengths_B) + last).logsumexp(1)


def at_end(states_BTC: Tensor, lengths_B: Tensor) -> Tensor:
    """Gives the state of each chain's last place, shape (B, C)."""
    return states_BTC[torch.arange(len(lengths_B), device=lengths_B.device), lengths_B - 1]

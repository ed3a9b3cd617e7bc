"""Losses against entities drawn at random, for graphs with too many to score them all.

Shapes: B queries, K negatives.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from xinzhi.tasks.link_prediction.model import TripleModel

_NEVER = -1e9  # and not −∞: where every negative is the target, their softmax must be a number


def sampled_losses(
    model: TripleModel,
    anchors_B: Tensor,
    relations_B: Tensor,
    targets_B: Tensor,
    *,
    negatives: int,
    adversarial: float | None,
) -> Tensor:
    """Gives the loss of each query against negatives that the batch shares, shape (B,).

    Shared ones make their scores one matrix product. A negative that is the target does not count.

    Args:
        model: scores.
        anchors_B: where the queries start.
        relations_B: directed.
        targets_B: right answers.
        negatives: K.
        adversarial: temperature of the weights of the negatives; None takes the softmax.
    """
    drawn = torch.randint(model.num_entities, (negatives,), device=anchors_B.device)
    asked = model.asked(anchors_B, relations_B)
    right = model.compared(asked, model.entities(targets_B)[:, None]).float()
    wrong = model.compared(asked, model.entities(drawn)).float()
    wrong = wrong.masked_fill(drawn == targets_B[:, None], _NEVER)
    if adversarial is None:
        return sampled_softmax(right, wrong, num_entities=model.num_entities)
    return self_adversarial(right, wrong, temperature=adversarial)


def sampled_softmax(right_B1: Tensor, wrong_BK: Tensor, *, num_entities: int) -> Tensor:
    """Estimates the cross-entropy over all entities, shape (B,).

    Each negative stands for (E − 1) / K of them, which its score is told (Jean et al. 2015).
    """
    share = math.log(max(1, num_entities - 1) / wrong_BK.shape[1])
    scores = torch.cat([right_B1, wrong_BK + share], 1)
    return scores.logsumexp(1) - right_B1.squeeze(1)


def self_adversarial(right_B1: Tensor, wrong_BK: Tensor, *, temperature: float) -> Tensor:
    """Gives the loss of RotatE: harder negatives count more (Sun et al. 2019), shape (B,)."""
    weights = (temperature * wrong_BK).softmax(1).detach()
    against = (weights * F.softplus(wrong_BK)).sum(1)
    return (F.softplus(-right_B1.squeeze(1)) + against) / 2.0

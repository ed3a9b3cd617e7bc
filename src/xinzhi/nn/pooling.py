"""From one vector per token to one vector per example. Shapes: B examples, T tokens, D features."""

import torch
from torch import Tensor


def token_mask(lengths_B: Tensor, time: int) -> Tensor:
    """Says which places hold a token, shape (B, T), bool."""
    return torch.arange(time, device=lengths_B.device) < lengths_B[:, None]


def mean_over_time(states_BTD: Tensor, mask_BT: Tensor) -> Tensor:
    """Averages the states of the tokens, shape (B, D)."""
    weights = mask_BT.unsqueeze(-1).to(states_BTD.dtype)
    return (states_BTD * weights).sum(1) / weights.sum(1).clamp_min(1.0)


def max_over_time(states_BTD: Tensor, mask_BT: Tensor) -> Tensor:
    """Takes the largest value of each feature over the tokens, shape (B, D)."""
    return states_BTD.masked_fill(~mask_BT.unsqueeze(-1), float("-inf")).amax(1)

"""How far predicted quantities are from true ones. Shapes: N examples, Q levels."""

from collections.abc import Sequence

import torch
from torch import Tensor


def regression_scores(predicted: Tensor, true: Tensor) -> dict[str, float]:
    """Scores of predicted quantities.

    Args:
        predicted: shape (N,).
        true: shape (N,).

    Returns:
        `mae`, `rmse` and `r2`; the last is NaN where all true quantities are the same.

    >>> regression_scores(torch.tensor([1.0, 3.0]), torch.tensor([1.0, 2.0]))["mae"]
    0.5
    """
    error = (predicted.double() - true.double()).abs()
    spread = (true.double() - true.double().mean()).square().sum()
    unexplained = error.square().sum()
    return {
        "mae": float(error.mean()),
        "rmse": float(error.square().mean().sqrt()),
        "r2": float(1 - unexplained / spread) if spread > 0 else float("nan"),
    }


def pinball(quantiles_NQ: Tensor, true: Tensor, levels: Sequence[float]) -> Tensor:
    """Gives the pinball loss of each quantile (Koenker & Bassett 1978), shape (N, Q).

    Args:
        quantiles_NQ: predicted.
        true: shape (N,).
        levels: Q shares of the truth that should lie below.

    >>> pinball(torch.tensor([[0.0]]), torch.tensor([2.0]), [0.9])
    tensor([[1.8000]])
    """
    share = torch.tensor(list(levels), dtype=quantiles_NQ.dtype, device=quantiles_NQ.device)
    below = true[..., None] - quantiles_NQ
    return torch.maximum(share * below, (share - 1) * below)

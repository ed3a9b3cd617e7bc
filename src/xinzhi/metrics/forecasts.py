"""Scores of forecasts with quantiles. Shapes: N origins, H steps ahead, Q quantiles."""

from collections.abc import Sequence

import torch
from torch import Tensor


def pinball(quantiles_NHQ: Tensor, truth_NH: Tensor, levels: Sequence[float]) -> Tensor:
    """Gives the quantile loss of each forecast, shape (N, H, Q) (Koenker and Bassett 1978).

    A value above the quantile costs its level per unit, one below it 1 − level.

    >>> pinball(torch.tensor([[[1.0]]]), torch.tensor([[3.0]]), [0.9]).item()
    1.7999999523162842
    """
    level = torch.as_tensor(levels, dtype=quantiles_NHQ.dtype, device=quantiles_NHQ.device)
    short = truth_NH.unsqueeze(-1) - quantiles_NHQ
    return torch.maximum(level * short, (level - 1) * short)


def forecast_scores(
    quantiles_NHQ: Tensor, truth_NH: Tensor, *, levels: Sequence[float], naive_N: Tensor
) -> dict[str, float]:
    """Scores of forecasts; a missing truth (NaN) counts nowhere.

    Args:
        quantiles_NHQ: ascending in their last dimension.
        truth_NH: what came.
        levels: of the quantiles; must hold 0.5.
        naive_N: mean absolute error of the seasonal naive forecast one season ahead on the training
            steps of the series (Hyndman and Koehler 2006).

    Returns:
        `mae`, `rmse`, `smape` (from 0 to 2), `mase`, `quantile_loss` (the mean over levels, twice
        the pinball loss as is usual, in the unit of `mase`), and where there are levels for it,
        `coverage_90` and `width_90` of the band between 0.05 and 0.95, the width in that unit too.

    Raises:
        ValueError: there is no median among the levels.
    """
    if 0.5 not in levels:
        msg = f"levels must hold 0.5, the forecast itself, were {list(levels)}"
        raise ValueError(msg)
    there = ~truth_NH.isnan()
    quantiles, truth = quantiles_NHQ.double()[there], truth_NH.double()[there]
    naive = naive_N.double()[:, None].expand_as(truth_NH)[there]
    middle = quantiles[:, list(levels).index(0.5)]
    error = (middle - truth).abs()
    total = middle.abs() + truth.abs()
    scores = {
        "mae": error.mean(),
        "rmse": error.square().mean().sqrt(),
        "smape": (2 * error / total.clamp_min(1e-12)).mean(),
        "mase": (error / naive).mean(),
        "quantile_loss": (2 * pinball(quantiles, truth, levels).mean(1) / naive).mean(),
    }
    if {0.05, 0.95} <= set(levels):
        low, high = (quantiles[:, list(levels).index(level)] for level in (0.05, 0.95))
        scores["coverage_90"] = ((low <= truth) & (truth <= high)).double().mean()
        scores["width_90"] = ((high - low) / naive).mean()
    return {name: float(value) for name, value in scores.items()}


def widening(quantiles_NHQ: Tensor, truth_NH: Tensor, levels: Sequence[float]) -> float:
    """Gives the factor by which the outer band must be wider to hold its share of the truth.

    The share's quantile of the errors, each in distances of its bound from the median: conformal
    calibration with one factor (Romano et al. 2019).

    Args:
        quantiles_NHQ: ascending, of forecasts whose truth is known.
        truth_NH: NaN where it is missing.
        levels: of the quantiles; must hold 0.5.
    """
    there = ~truth_NH.isnan()
    quantiles, truth = quantiles_NHQ.double()[there], truth_NH.double()[there]
    error = truth - quantiles[:, list(levels).index(0.5)]
    low, middle, high = (quantiles[:, at] for at in (0, list(levels).index(0.5), -1))
    room = torch.where(error > 0, high - middle, middle - low).clamp_min(1e-12)
    ratios = (error.abs() / room).sort().values
    if not len(ratios):
        return 1.0
    place = min(int((levels[-1] - levels[0]) * (len(ratios) + 1)), len(ratios)) - 1
    return float(ratios[max(place, 0)].clamp(0.1, 10.0))


def widened(quantiles_NHQ: Tensor, levels: Sequence[float], factor: float) -> Tensor:
    """Moves all quantiles away from the median by a factor.

    Args:
        quantiles_NHQ: ascending.
        levels: of the quantiles; must hold 0.5.
        factor: 1 leaves them.
    """
    middle = quantiles_NHQ[..., list(levels).index(0.5)].unsqueeze(-1)
    return middle + factor * (quantiles_NHQ - middle)

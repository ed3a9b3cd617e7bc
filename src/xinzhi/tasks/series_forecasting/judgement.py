"""What forecasts from many origins are worth. Shapes: N origins, H steps ahead, Q quantiles."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from xinzhi.metrics.forecasts import forecast_scores


@dataclass(frozen=True, kw_only=True)
class ForecastJudgement:
    """Forecasts of a split beside what came, in the target's unit.

    Args:
        quantiles: shape (N, H, Q), ascending.
        truth: shape (N, H), NaN where it is missing.
        levels: of the quantiles.
        naive: error of the seasonal naive forecast on the training steps of each origin's series,
            shape (N,).
        times: of the foretold steps, shape (N, H).
        series: number of each origin's series, shape (N,).
        at: places of the first foretold steps, shape (N,).
        target: name of the column.
        loss: as trained.
    """

    quantiles: Tensor
    truth: Tensor
    levels: tuple[float, ...]
    naive: Tensor
    times: np.ndarray
    series: np.ndarray
    at: np.ndarray
    target: str
    loss: float

    @cached_property
    def scores(self) -> dict[str, float]:
        """Every number by its name."""
        found = forecast_scores(self.quantiles, self.truth, levels=self.levels, naive_N=self.naive)
        return {"loss": self.loss, **found}

    @property
    def middle(self) -> Tensor:
        """The forecast itself, the median, shape (N, H)."""
        return self.quantiles[..., self.levels.index(0.5)]

    def by_horizon(self) -> tuple[Tensor, Tensor]:
        """Gives error (in the unit of mase) and coverage of the outer band by step, shape (H,)."""
        error = ((self.middle - self.truth).abs() / self.naive[:, None]).nanmean(0)
        inside = (self.quantiles[..., 0] <= self.truth) & (self.truth <= self.quantiles[..., -1])
        there = ~self.truth.isnan()
        return error, (inside & there).double().sum(0) / there.sum(0).clamp_min(1)

    def report(self) -> str:
        """Gives the error by step ahead, of a few of them."""
        error, coverage = self.by_horizon()
        shown = sorted({0, *np.linspace(0, len(error) - 1, 6).round().astype(int)})
        band = f"{self.levels[0]:g}-{self.levels[-1]:g}"
        lines = [f"{len(self.truth):,} origins", f"steps ahead     mase   in {band}"]
        lines += [f"{at + 1:>11}   {error[at]:>6.3f}   {coverage[at]:>9.1%}" for at in shown]
        return "\n".join(lines)

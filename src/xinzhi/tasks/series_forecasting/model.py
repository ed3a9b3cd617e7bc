"""Forecasters: a linear path from history to future, and what a network adds to it.

Shapes: B windows, L steps of history, H steps ahead, O observed and K known columns, D features, Q
quantiles. Every model takes `history` (B, 1 + O, L), whose first row is the target, and `known`
(B, K, L + H), and gives ascending quantiles (B, H, Q) in deviations of the target's history.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from xinzhi.nn.ridge import ridge
from xinzhi.tasks.series_forecasting.windows import TrainingOrigins


class Forecaster(nn.Module):
    """DLinear with other columns and quantiles (Zeng et al. 2023, arXiv:2205.13504).

    Trend, a moving mean, and remainder of the target's history go through a matrix each to all
    steps ahead, the other columns through a third. These start as ridge regression, and the spread
    of the quantiles as its error on the last fifth of training. A small network, shared by the
    steps, corrects both from what is known of a step, its place, and a summary of the history.

    Args:
        window: L.
        horizon: H.
        observed: O.
        known: K.
        levels: of the quantiles, ascending; must hold 0.5.
        trend: steps of the moving mean.
        width: of the shared network.
        summary: D, what a network tells of the history; 0 for none.
        dropout: within the shared network.
        training_origins: what the start is solved from; None leaves it to saved weights.
    """

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        window: int,
        horizon: int,
        observed: int,
        known: int,
        levels: Sequence[float],
        trend: int = 25,
        width: int = 32,
        summary: int = 0,
        dropout: float = 0.1,
        training_origins: TrainingOrigins | None = None,
    ) -> None:
        super().__init__()
        self.window, self.horizon = window, horizon
        self.middle = list(levels).index(0.5)
        self.trend_steps = max(1, min(trend, window // 2 * 2 - 1))
        # as in µP (Yang et al. 2022): a step moves a sum of many inputs no further than one of few
        self.gain = 1.0 / (window * (1 + observed) + horizon * known)
        self.trend = nn.Linear(window, horizon)
        self.remainder = nn.Linear(window, horizon)
        self.beside = nn.Linear(max(observed * window + known * horizon, 1), horizon, bias=False)
        self.spread = nn.Parameter(torch.zeros(horizon))
        self.places = nn.Parameter(0.02 * torch.randn(horizon, 8))
        self.shared = nn.Sequential(
            nn.Linear(8 + known + summary, width), nn.GELU(), nn.Dropout(dropout)
        )
        self.correction = nn.Linear(width, len(levels))
        nn.init.zeros_(self.correction.weight)
        self.correction.bias.data = _normal_gaps(levels, self.middle)
        if training_origins is not None:
            self._start(training_origins)

    @torch.no_grad()
    def _start(self, origins: TrainingOrigins) -> None:
        whole = origins.targets.isfinite().all(1)
        history, known, targets = (part[whole] for part in origins)
        rows = torch.cat([history[:, 0], self._others(history, known)], 1)
        last = torch.arange(len(rows)) >= len(rows) * 4 // 5
        # origins whose foretold steps reach into the fifth that is held out are left out
        apart = ~((torch.arange(len(rows)) >= len(rows) * 4 // 5 - self.horizon) & ~last)
        solved = ridge(rows[apart], targets[apart], torch.where(last[apart], 0, -1))
        of_target, beside = solved.weight[:, : self.window], solved.weight[:, self.window :]
        self.trend.weight.copy_(of_target / self.gain)
        self.remainder.weight.copy_(of_target / self.gain)
        self.trend.bias.copy_(solved.bias)
        self.remainder.bias.zero_()
        self.beside.weight.copy_(beside / self.gain)
        self.spread.copy_(solved.error.clamp_min(1e-4).log())

    def _others(self, history: Tensor, known: Tensor) -> Tensor:
        """Gives observed columns of the history and known ones ahead in a row, shape (B, …)."""
        parts = [history[:, 1:].flatten(1), known[:, :, self.window :].flatten(1)]
        row = torch.cat(parts, 1)
        return row if row.shape[1] else history.new_zeros(len(history), 1)

    def summary(self, history: Tensor, known: Tensor) -> Tensor | None:  # noqa: ARG002 - of networks
        """Gives features of the history, shape (B, D), or None."""
        return None

    def forward(self, history: Tensor, known: Tensor) -> Tensor:
        """Gives ascending quantiles, shape (B, H, Q)."""
        target = history[:, 0]
        left = (self.trend_steps - 1) // 2
        padded = F.pad(target[:, None], (left, self.trend_steps - 1 - left), mode="replicate")
        trend = F.avg_pool1d(padded, self.trend_steps, stride=1)[:, 0]
        path = self.trend(self.gain * trend) + self.remainder(self.gain * (target - trend))
        path = path + self.beside(self.gain * self._others(history, known))
        ahead = known[:, :, self.window :].transpose(1, 2)
        parts = [self.places.expand(len(target), -1, -1), ahead]
        told = self.summary(history, known)
        if told is not None:
            parts.append(told[:, None].expand(-1, self.horizon, -1))
        raw = self.correction(self.shared(torch.cat(parts, 2)))
        return ascending(raw.float(), path.float(), self.spread.float().exp(), self.middle)


def ascending(raw_BHQ: Tensor, path_BH: Tensor, spread_H: Tensor, middle: int) -> Tensor:
    """Makes quantiles of free numbers: the middle one moves the path, the others their distance.

    Args:
        raw_BHQ: any numbers.
        path_BH: what the middle one is added to.
        spread_H: unit of all of them.
        middle: its place.
    """
    centre = (path_BH + spread_H * raw_BHQ[..., middle]).unsqueeze(-1)
    steps = F.softplus(raw_BHQ) * spread_H[:, None]
    above = centre + steps[..., middle + 1 :].cumsum(-1)
    below = centre - steps[..., :middle].flip(-1).cumsum(-1).flip(-1)
    return torch.cat([below, centre, above], -1)


def _normal_gaps(levels: Sequence[float], middle: int) -> Tensor:
    """Gives the numbers whose quantiles are those of a normal distribution, shape (Q,)."""
    apart = torch.special.ndtri(torch.tensor(list(levels), dtype=torch.float64)).diff()
    raw = torch.expm1(apart).log()
    return torch.cat([raw[:middle], torch.zeros(1), raw[middle:]]).float()


class ConvolutionalForecaster(Forecaster):
    """The linear path, and dilated causal convolutions over the history (Bai et al. 2018, TCN).

    Args:
        window: L.
        horizon: H.
        observed: O.
        known: K.
        levels: of the quantiles.
        channels: of each convolution, and D.
        kernel: steps of each.
        trend: steps of the moving mean.
        width: of the shared network.
        dropout: within the shared network and the convolutions.
        training_origins: what the linear path starts from.
    """

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        window: int,
        horizon: int,
        observed: int,
        known: int,
        levels: Sequence[float],
        channels: int = 32,
        kernel: int = 3,
        trend: int = 25,
        width: int = 64,
        dropout: float = 0.1,
        training_origins: TrainingOrigins | None = None,
    ) -> None:
        super().__init__(
            window=window,
            horizon=horizon,
            observed=observed,
            known=known,
            levels=levels,
            trend=trend,
            width=width,
            summary=channels,
            dropout=dropout,
            training_origins=training_origins,
        )
        self.encoder = DilatedEncoder(
            columns=1 + observed + known,
            window=window,
            channels=channels,
            kernel=kernel,
            dropout=dropout,
        )

    def summary(self, history: Tensor, known: Tensor) -> Tensor:
        """Gives the last state of the convolutions, shape (B, D)."""
        last: Tensor = self.encoder(torch.cat([history, known[:, :, : self.window]], 1))
        return last


class DilatedEncoder(nn.Module):
    """Causal convolutions, each twice as far apart, until the last sees the whole window.

    Args:
        columns: that go in.
        window: L.
        channels: D.
        kernel: steps of each convolution.
        dropout: on what each adds.
    """

    def __init__(
        self, *, columns: int, window: int, channels: int, kernel: int, dropout: float
    ) -> None:
        super().__init__()
        self.entry = nn.Conv1d(columns, channels, 1)
        layers, reach = 0, 1
        while reach < window:
            layers, reach = layers + 1, reach + (kernel - 1) * 2**layers
        self.reach = kernel - 1
        self.convolutions = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel) for _ in range(layers)
        )
        self.drop = nn.Dropout(dropout)

    def forward(self, steps_BCL: Tensor) -> Tensor:
        """Gives the last state, shape (B, D)."""
        states: Tensor = self.entry(steps_BCL)
        for convolution in self.convolutions:
            states = states + self.drop(F.gelu(convolution(F.pad(states, (self.reach, 0)))))
            # of a convolution twice as far apart the last state needs every other one, no more
            states = states[..., (states.shape[-1] - 1) % 2 :: 2]
        return states[..., -1]


class EventForecaster(nn.Module):
    """Convolutions over the history: does an event fall within the next steps?

    Args:
        window: L.
        horizon: H.
        observed: O.
        known: K.
        channels: of the convolutions.
        kernel: steps of each.
        dropout: within them, and on their last state.
    """

    def __init__(
        self,
        *,
        window: int,
        horizon: int,
        observed: int,
        known: int,
        channels: int = 32,
        kernel: int = 3,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.window = window
        self.encoder = DilatedEncoder(
            columns=1 + observed + known,
            window=window,
            channels=channels,
            kernel=kernel,
            dropout=dropout,
        )
        self.drop = nn.Dropout(dropout)
        self.last = nn.Linear(1 + observed, channels)
        self.ahead = nn.Linear(max(known * horizon, 1), channels)
        self.head = nn.Linear(3 * channels, 1)

    def forward(self, history: Tensor, known: Tensor) -> Tensor:
        """Gives a score, shape (B, 1)."""
        past, ahead = known[:, :, : self.window], known[:, :, self.window :].flatten(1)
        ahead = ahead if ahead.shape[1] else ahead.new_zeros(len(ahead), 1)
        state = self.encoder(torch.cat([history, past], 1))
        parts = [state, F.gelu(self.last(history[..., -1])), F.gelu(self.ahead(ahead))]
        scores: Tensor = self.head(self.drop(torch.cat(parts, 1)))
        return scores


class RecurrentForecaster(Forecaster):
    """The linear path, and a GRU over the history (Cho et al. 2014).

    Args:
        window: L.
        horizon: H.
        observed: O.
        known: K.
        levels: of the quantiles.
        hidden: D.
        trend: steps of the moving mean.
        width: of the shared network.
        dropout: within the shared network.
        training_origins: what the linear path starts from.
    """

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        window: int,
        horizon: int,
        observed: int,
        known: int,
        levels: Sequence[float],
        hidden: int = 32,
        trend: int = 25,
        width: int = 64,
        dropout: float = 0.1,
        training_origins: TrainingOrigins | None = None,
    ) -> None:
        super().__init__(
            window=window,
            horizon=horizon,
            observed=observed,
            known=known,
            levels=levels,
            trend=trend,
            width=width,
            summary=hidden,
            dropout=dropout,
            training_origins=training_origins,
        )
        self.cell = nn.GRU(1 + observed + known, hidden, batch_first=True)

    def summary(self, history: Tensor, known: Tensor) -> Tensor:
        """Gives the last state, shape (B, D)."""
        steps = torch.cat([history, known[:, :, : self.window]], 1).transpose(1, 2)
        last: Tensor = self.cell(steps)[1][-1]
        return last

"""Blocks for series. Shapes: B series, C channels in, D channels out, T steps."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from xinzhi.nn.pooling import token_mask


def step_mask(lengths_B: Tensor, steps: int) -> Tensor:
    """Says which steps belong to the series, shape (B, 1, T), 1 or 0."""
    return token_mask(lengths_B, steps).unsqueeze(1)


def mean_and_max(states_BDT: Tensor, mask_B1T: Tensor) -> Tensor:
    """Pools the steps of each series, shape (B, 2D)."""
    mask = mask_B1T.to(states_BDT.dtype)
    mean = (states_BDT * mask).sum(2) / mask.sum(2).clamp_min(1)
    highest = states_BDT.masked_fill(~mask_B1T, float("-inf")).amax(2)
    return torch.cat([mean, highest], 1)


class ResidualBlock(nn.Module):
    """Three convolutions of kernels 7, 5 and 3 beside a short cut (Wang et al. 2017).

    Args:
        channels: C.
        width: D.
        stride: steps from one output to the next.
    """

    def __init__(self, *, channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        sizes = ((channels, 7, stride), (width, 5, 1), (width, 3, 1))
        self.convolutions = nn.ModuleList(
            nn.Conv1d(c, width, size, stride=every, padding=size // 2, bias=False)
            for c, size, every in sizes
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in sizes)
        self.short_cut = nn.Conv1d(channels, width, 1, stride=stride, bias=False)
        self.short_norm = nn.BatchNorm1d(width)

    def forward(self, series_BCT: Tensor, mask_B1T: Tensor) -> Tensor:
        """Gives states, shape (B, D, T / stride), 0 where the mask of the output is."""
        states = series_BCT
        last = len(self.norms) - 1
        for index, (convolution, norm) in enumerate(
            zip(self.convolutions, self.norms, strict=True)
        ):
            states = norm(convolution(states)) * mask_B1T
            if index < last:
                states = F.relu(states)
        short: Tensor = self.short_norm(self.short_cut(series_BCT)) * mask_B1T
        return F.relu(states + short)


class InceptionBlock(nn.Module):
    """Long kernels of several sizes side by side over a bottleneck (Fawaz et al. 2020).

    Args:
        channels: C.
        width: filters per size; the output has D = width × (sizes + 1) channels.
        kernel_sizes: odd.
    """

    def __init__(
        self, *, channels: int, width: int, kernel_sizes: Sequence[int] = (9, 19, 39)
    ) -> None:
        super().__init__()
        self.bottleneck = nn.Conv1d(channels, width, 1, bias=False)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(width, width, size, padding=size // 2, bias=False) for size in kernel_sizes
        )
        self.pooled = nn.Conv1d(channels, width, 1, bias=False)
        self.norm = nn.BatchNorm1d(width * (len(kernel_sizes) + 1))

    def forward(self, series_BCT: Tensor, mask_B1T: Tensor) -> Tensor:
        """Gives states, shape (B, D, T), 0 where the mask is."""
        narrow = self.bottleneck(series_BCT)
        parts = [convolution(narrow) for convolution in self.convolutions]
        parts.append(self.pooled(F.max_pool1d(series_BCT, 3, stride=1, padding=1)))
        states: Tensor = F.relu(self.norm(torch.cat(parts, 1))) * mask_B1T
        return states

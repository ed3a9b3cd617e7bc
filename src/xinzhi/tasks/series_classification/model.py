"""Classifiers of windows. Shapes: B windows, C channels, T steps, D features, K classes.

Every model takes `series` (B, C, T), 0 where a window is padded, and `lengths` (B,).
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from xinzhi.nn.series import InceptionBlock, ResidualBlock, mean_and_max, step_mask


class Headed(nn.Module):
    """A linear head over features of a window: what the networks of this task share.

    Args:
        width: D, features of a window.
        num_classes: K.
        dropout: on the features, while training.
    """

    def __init__(self, *, width: int, num_classes: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, num_classes)

    def features(self, series: Tensor, lengths: Tensor) -> Tensor:
        """Gives one vector per window, shape (B, D)."""
        raise NotImplementedError

    def forward(self, series: Tensor, lengths: Tensor) -> Tensor:
        """Gives one score per class, shape (B, K)."""
        scores: Tensor = self.head(self.dropout(self.features(series, lengths)))
        return scores


class ResNet1d(Headed):
    """Residual convolutions over time (Wang, Yan and Oates 2017, arXiv:1611.06455).

    Args:
        channels: C.
        num_classes: K.
        widths: channels of each block.
        stride: steps from one output of a block to the next; the mean is over what is left.
        dropout: on the features.
    """

    def __init__(
        self,
        *,
        channels: int,
        num_classes: int,
        widths: Sequence[int] = (32, 64, 64),
        stride: int = 2,
        dropout: float = 0.2,
    ) -> None:
        super().__init__(width=2 * widths[-1], num_classes=num_classes, dropout=dropout)
        self.stride = stride
        ends = [channels, *widths]
        self.blocks = nn.ModuleList(
            ResidualBlock(channels=c, width=width, stride=stride)
            for c, width in zip(ends, widths, strict=False)
        )

    def features(self, series: Tensor, lengths: Tensor) -> Tensor:
        """Gives mean and maximum over time of the last block, shape (B, D)."""
        states, left = series, lengths
        mask = step_mask(left, states.shape[2])
        for block in self.blocks:
            left = torch.div(left - 1, self.stride, rounding_mode="floor") + 1
            mask = step_mask(left, (states.shape[2] - 1) // self.stride + 1)
            states = block(states, mask)
        return mean_and_max(states, mask)


class InceptionTime(Headed):
    """Long kernels side by side under a short cut (Fawaz et al. 2020, arXiv:1909.04939), smaller.

    Args:
        channels: C.
        num_classes: K.
        width: filters per kernel size.
        depth: blocks.
        stem: channels of the first convolution.
        stride: of the first convolution: 2 halves the work.
        dropout: on the features.
    """

    def __init__(
        self,
        *,
        channels: int,
        num_classes: int,
        width: int = 16,
        depth: int = 3,
        stem: int = 32,
        stride: int = 2,
        dropout: float = 0.2,
    ) -> None:
        wide = 4 * width
        super().__init__(width=2 * wide, num_classes=num_classes, dropout=dropout)
        self.stride = stride
        self.stem = nn.Conv1d(channels, stem, 7, stride=stride, padding=3, bias=False)
        self.norm = nn.BatchNorm1d(stem)
        self.blocks = nn.ModuleList(
            InceptionBlock(channels=wide if index else stem, width=width) for index in range(depth)
        )
        self.short_cut = nn.Conv1d(stem, wide, 1)

    def features(self, series: Tensor, lengths: Tensor) -> Tensor:
        """Gives mean and maximum over time, shape (B, D)."""
        states = self.stem(series)
        left = torch.div(lengths - 1, self.stride, rounding_mode="floor") + 1
        mask = step_mask(left, states.shape[2])
        states = first = F.relu(self.norm(states)) * mask
        for block in self.blocks:
            states = block(states, mask)
        return mean_and_max(F.relu(states + self.short_cut(first)), mask)


class Recurrent(Headed):
    """A bidirectional LSTM or GRU over strides of a convolution, mean and maximum over time.

    Args:
        channels: C.
        num_classes: K.
        cell: gru or lstm.
        hidden: size of the states in each direction.
        layers: one on another.
        stride: steps that the first convolution joins; 1 lets the cell see every step.
        dropout: on the features and between layers.
    """

    def __init__(
        self,
        *,
        channels: int,
        num_classes: int,
        cell: Literal["gru", "lstm"] = "gru",
        hidden: int = 64,
        layers: int = 1,
        stride: int = 4,
        dropout: float = 0.3,
    ) -> None:
        super().__init__(width=4 * hidden, num_classes=num_classes, dropout=dropout)
        self.stride = stride
        size = 2 * stride + 1
        self.convolution = nn.Conv1d(channels, hidden, size, stride=stride, padding=stride)
        kinds: dict[str, type[nn.GRU | nn.LSTM]] = {"gru": nn.GRU, "lstm": nn.LSTM}
        self.cell = kinds[cell](
            hidden,
            hidden,
            num_layers=layers,
            batch_first=True,
            bidirectional=True,
            dropout=dropout if layers > 1 else 0.0,
        )

    def features(self, series: Tensor, lengths: Tensor) -> Tensor:
        """Gives mean and maximum over time of the states, shape (B, D)."""
        states = F.relu(self.convolution(series)).transpose(1, 2)
        left = torch.div(lengths - 1, self.stride, rounding_mode="floor") + 1
        packed = pack_padded_sequence(states, left.cpu(), batch_first=True, enforce_sorted=False)
        found, _ = pad_packed_sequence(
            self.cell(packed)[0], batch_first=True, total_length=states.shape[1]
        )
        return mean_and_max(found.transpose(1, 2), step_mask(left, states.shape[1]))

"""Random convolutions and the share of steps where each is positive, after ROCKET.

Dempster, Petitjean and Webb, ROCKET, Data Mining and Knowledge Discovery 34, 2020; Dempster,
Schmidt and Webb, MiniRocket, KDD 2021. Shapes: B series, C channels, T steps, K kernels, D
dilations, F features.
"""

from itertools import combinations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from xinzhi.nn.series import step_mask

_LENGTH = 9  # of every kernel: six weights are -1 and three are 2, which makes 84 kernels
_MOST_DILATIONS = 32
_SAMPLE = 20_000  # values that the quantiles of a kernel are taken from


class RandomKernels(nn.Module):
    """MiniRocket's 84 kernels at exponential dilations, each over channels drawn at random.

    A feature is the share of steps at which a kernel's answer exceeds a bias; the biases are
    quantiles of the answers to training series. Nothing here is trained; all is kept as buffers, so
    that saved weights answer alike.

    Args:
        channels: C.
        window: T, which bounds the dilations.
        features: F, about.
        seed: of the channels and of the sample for the biases.
    """

    def __init__(
        self, *, channels: int, window: int, features: int = 10_000, seed: int = 0
    ) -> None:
        super().__init__()
        self.weights: Tensor
        self.biases: Tensor
        self.seed = seed
        patterns = torch.full((len(_patterns()), _LENGTH), -1.0)
        for index, places in enumerate(_patterns()):
            patterns[index, list(places)] = 2.0
        self.dilations = _dilations(window, most=max(1, features // len(patterns)))
        per_kernel = max(1, features // (len(patterns) * len(self.dilations)))
        chosen = _channel_choices(len(self.dilations) * len(patterns), channels, seed)
        shape = (len(self.dilations), len(patterns), channels, 1)
        self.register_buffer("weights", chosen.view(shape) * patterns[None, :, None, :])
        self.register_buffer("biases", torch.zeros(len(self.dilations), len(patterns), per_kernel))

    @property
    def count(self) -> int:
        """F, how many features there are."""
        return self.biases.numel()

    @torch.no_grad()
    def fit(self, series_NCT: Tensor) -> None:
        """Takes the biases from quantiles of the answers to some training series."""
        random = torch.Generator().manual_seed(self.seed)
        golden = (5**0.5 + 1) / 2
        levels = torch.arange(1, self.biases[0].numel() + 1, dtype=torch.float64) * golden % 1
        levels = levels.float().view(self.biases.shape[2], -1).T  # spread within every kernel
        for index in range(len(self.dilations)):
            answers = self._answers(series_NCT, index).transpose(0, 1).flatten(1)
            places = torch.randint(answers.shape[1], (_SAMPLE,), generator=random)
            ordered = answers[:, places].sort(1).values
            at = (levels * (_SAMPLE - 1)).long()
            self.biases[index] = ordered.gather(1, at)

    def forward(self, series_BCT: Tensor, lengths_B: Tensor) -> Tensor:
        """Gives the share of steps above each bias, shape (B, F)."""
        mask = step_mask(lengths_B, series_BCT.shape[2])
        steps = lengths_B.unsqueeze(1).to(series_BCT.dtype)
        found = []
        for index in range(len(self.dilations)):
            answers = self._answers(series_BCT, index).masked_fill(~mask, float("-inf"))
            found += [
                (answers > bias.unsqueeze(1)).sum(2, dtype=torch.float32) / steps
                for bias in self.biases[index].T
            ]
        return torch.cat(found, 1)

    def _answers(self, series_BCT: Tensor, index: int) -> Tensor:
        dilation = self.dilations[index]
        return F.conv1d(
            series_BCT, self.weights[index], dilation=dilation, padding=dilation * (_LENGTH // 2)
        )


def _patterns() -> list[tuple[int, ...]]:
    """Gives the places of the three weights that are 2, for each of the 84 kernels."""
    return list(combinations(range(_LENGTH), 3))


def _dilations(window: int, *, most: int) -> tuple[int, ...]:
    """Gives dilations from 1 until a kernel spans the window, evenly spaced by exponent."""
    highest = max(0.0, torch.log2(torch.tensor(max(window - 1, 1) / (_LENGTH - 1))).item())
    exponents = torch.linspace(0, highest, min(most, _MOST_DILATIONS), dtype=torch.float64)
    return tuple(int(one) for one in torch.unique((2**exponents).long()))


def _channel_choices(kernels: int, channels: int, seed: int) -> Tensor:
    """Draws the channels of each kernel, few rather than many, shape (kernels, C), 1 or 0."""
    random = torch.Generator().manual_seed(seed)
    most = torch.log2(torch.tensor(min(channels, _LENGTH) + 1.0))
    counts = (2 ** (torch.rand(kernels, generator=random) * most)).long().clamp(1, channels)
    ranks = torch.rand(kernels, channels, generator=random).argsort(1).argsort(1)
    return (ranks < counts[:, None]).float()

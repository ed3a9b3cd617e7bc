"""Windows varied as sensors vary, a whole batch at once. Shapes: B windows, C channels, T steps."""

import torch
from torch import Tensor

from xinzhi.errors import ConfigError
from xinzhi.nn.series import step_mask


class Augmentation:
    """Noise on steps, another gain and another zero of each channel (Um et al. 2017).

    Args:
        noise: standard deviation of what is added to each step.
        scale: standard deviation of each channel's factor around 1.
        drift: standard deviation of what is added to a whole channel.
    """

    def __init__(self, *, noise: float, scale: float, drift: float) -> None:
        for name, value in (("noise", noise), ("scale", scale), ("drift", drift)):
            if value < 0:
                msg = f"task.{name} must be at least 0, was {value}"
                raise ConfigError(msg)
        self.noise, self.scale, self.drift = noise, scale, drift

    def __call__(self, series_BCT: Tensor, lengths_B: Tensor) -> Tensor:
        """Gives varied windows, 0 where they are padded, shape (B, C, T)."""
        if not (self.noise or self.scale or self.drift):
            return series_BCT
        per_channel = series_BCT[..., :1]
        varied = series_BCT * (1 + self.scale * torch.randn_like(per_channel))
        varied = varied + self.drift * torch.randn_like(per_channel)
        if self.noise:
            varied = varied + self.noise * torch.randn_like(series_BCT)
        return varied * step_mask(lengths_B, series_BCT.shape[2])

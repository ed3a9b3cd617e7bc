"""Training images changed at random, a whole batch at once. Shapes: B images, C colours, H × W."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from xinzhi.errors import ConfigError
from xinzhi.nn.images import shifted


class Mixed(NamedTuple):
    """Images of which each may hold a part of another one.

    Attributes:
        images: shape (B, H, W, C).
        partners: which other image, shape (B,), int.
        shares: of the image's own label, shape (B,); the rest is the partner's.
    """

    images: Tensor
    partners: Tensor
    shares: Tensor


class Augmentation(nn.Module):
    """Mirrors, moves, turns, recolours, covers and mixes images; what is 0 is left out.

    Args:
        flip: share of the images whose left and right change.
        shift: share of the side by which an image moves at most; edges are repeated.
        rotate: degrees by which it turns at most.
        zoom: share by which it shrinks or grows at most.
        colour: brightness, contrast and saturation change by this share at most.
        cutout: side of the square that is covered by the image's mean, as a share of the image's
            (DeVries & Taylor 2017, arXiv:1708.04552).
        cutout_probability: share of the images that are covered.
        mixup: α of the Beta distribution of shares (Zhang et al. 2018, arXiv:1710.09412).
        cutmix: the same for pasted rectangles (Yun et al. 2019, arXiv:1905.04899); with both, each
            batch takes one of them.
    """

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        flip: float = 0.0,
        shift: float = 0.0,
        rotate: float = 0.0,
        zoom: float = 0.0,
        colour: float = 0.0,
        cutout: float = 0.0,
        cutout_probability: float = 0.5,
        mixup: float = 0.0,
        cutmix: float = 0.0,
    ) -> None:
        super().__init__()
        shares = {"flip": flip, "shift": shift, "zoom": zoom, "colour": colour, "cutout": cutout}
        for name, value in {**shares, "cutout_probability": cutout_probability}.items():
            if not 0 <= value <= 1:
                msg = f"task.augmentation.{name} must be from 0 to 1, was {value}"
                raise ConfigError(msg)
        for name, value in {"rotate": rotate, "mixup": mixup, "cutmix": cutmix}.items():
            if value < 0:
                msg = f"task.augmentation.{name} must be at least 0, was {value}"
                raise ConfigError(msg)
        self.flip, self.shift, self.rotate, self.zoom = flip, shift, rotate, zoom
        self.colour, self.cutout, self.cutout_probability = colour, cutout, cutout_probability
        self.mixup, self.cutmix = mixup, cutmix

    def forward(self, images_BHWC: Tensor) -> Tensor:
        """Gives changed images, float where anything but their place was changed."""
        if self.flip or self.shift:
            images_BHWC = self._moved(images_BHWC)
        if self.rotate or self.zoom:
            images_BHWC = turned(images_BHWC, degrees=self.rotate, zoom=self.zoom)
        if self.colour:
            images_BHWC = recoloured(images_BHWC, by=self.colour)
        if self.cutout and self.cutout_probability:
            images_BHWC = covered(
                images_BHWC, share=self.cutout, probability=self.cutout_probability
            )
        return images_BHWC

    def mixed(self, images_BHWC: Tensor) -> Mixed | None:
        """Gives images mixed with each other; None where neither mixup nor cutmix is asked for."""
        if not (self.mixup or self.cutmix):
            return None
        cut = self.cutmix > 0 and (self.mixup == 0 or bool(torch.rand(()) < 0.5))
        return cut_and_mixed(images_BHWC, self.cutmix) if cut else mixed_up(images_BHWC, self.mixup)

    def _moved(self, images_BHWC: Tensor) -> Tensor:
        batch, height, width = images_BHWC.shape[:3]
        device = images_BHWC.device
        most = round(self.shift * height), round(self.shift * width)
        down_B, right_B = (
            torch.randint(-pixels, pixels + 1, (batch,), device=device) for pixels in most
        )
        return shifted(images_BHWC, down_B, right_B, torch.rand(batch, device=device) < self.flip)


def turned(images_BHWC: Tensor, *, degrees: float, zoom: float) -> Tensor:
    """Turns and scales each image about its centre by another amount; edges are repeated."""
    batch, device = len(images_BHWC), images_BHWC.device
    angle_B = _around_0(batch, math.radians(degrees), device)
    scale_B = 1.0 + _around_0(batch, zoom, device)
    cosine_B, sine_B = angle_B.cos() / scale_B, angle_B.sin() / scale_B
    zero_B = torch.zeros_like(sine_B)
    affine = torch.stack([cosine_B, -sine_B, zero_B, sine_B, cosine_B, zero_B], 1).view(-1, 2, 3)
    images = images_BHWC.permute(0, 3, 1, 2).float()
    grid = F.affine_grid(affine, list(images.shape), align_corners=False)
    found = F.grid_sample(images, grid, padding_mode="border", align_corners=False)
    return found.permute(0, 2, 3, 1)


def recoloured(images_BHWC: Tensor, *, by: float) -> Tensor:
    """Changes brightness, contrast and, of coloured ones, saturation of each image."""
    images, shape = images_BHWC.float(), (len(images_BHWC), 1, 1, 1)
    brightness, contrast, saturation = (
        1.0 + _around_0(len(images), by, images.device).view(shape) for _ in range(3)
    )
    images = images * brightness
    centre = images.mean((1, 2, 3), keepdim=True)
    images = centre + (images - centre) * contrast
    if images.shape[3] == 3:
        grey = images.mean(3, keepdim=True)
        images = grey + (images - grey) * saturation
    return images.clamp(0.0, 255.0)


def covered(images_BHWC: Tensor, *, share: float, probability: float) -> Tensor:
    """Covers a square of some images, partly outside at the edges, with the image's mean."""
    batch, height, width = images_BHWC.shape[:3]
    device, images = images_BHWC.device, images_BHWC.float()
    hit_B = torch.rand(batch, device=device) < probability
    inside_BH = _near_a_place(batch, height, share, device)
    inside_BW = _near_a_place(batch, width, share, device)
    hidden = (inside_BH[:, :, None] & inside_BW[:, None, :] & hit_B[:, None, None])[..., None]
    return torch.where(hidden, images.mean((1, 2), keepdim=True), images)


def mixed_up(images_BHWC: Tensor, alpha: float) -> Mixed:
    """Adds to each image another one, in shares drawn from Beta(α, α)."""
    batch, device = len(images_BHWC), images_BHWC.device
    partners = torch.randperm(batch, device=device)
    shares = torch.distributions.Beta(alpha, alpha).sample((batch,)).to(device)
    images = images_BHWC.float()
    mixed = torch.lerp(images[partners], images, shares.view(-1, 1, 1, 1))
    return Mixed(mixed, partners, shares)


def cut_and_mixed(images_BHWC: Tensor, alpha: float) -> Mixed:
    """Pastes into each image a rectangle of another one, its area drawn from Beta(α, α)."""
    batch, height, width = images_BHWC.shape[:3]
    device = images_BHWC.device
    partners = torch.randperm(batch, device=device)
    side_B = (1.0 - torch.distributions.Beta(alpha, alpha).sample((batch,)).to(device)).sqrt()
    inside_BH = _near_a_place(batch, height, side_B, device)
    inside_BW = _near_a_place(batch, width, side_B, device)
    pasted = (inside_BH[:, :, None] & inside_BW[:, None, :])[..., None]
    shares = 1.0 - pasted.float().mean((1, 2, 3))
    return Mixed(torch.where(pasted, images_BHWC[partners], images_BHWC), partners, shares)


def _around_0(count: int, most: float, device: torch.device) -> Tensor:
    return (2.0 * torch.rand(count, device=device) - 1.0) * most


def _near_a_place(count: int, pixels: int, share: Tensor | float, device: torch.device) -> Tensor:
    """Tells which pixels of a side are within half a share of a random place, (count, pixels)."""
    centre = torch.rand(count, 1, device=device) * pixels
    half = torch.as_tensor(share, device=device).reshape(-1, 1) * pixels / 2
    return (torch.arange(pixels, device=device) + 0.5 - centre).abs() < half

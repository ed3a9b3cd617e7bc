"""Images as networks take them, and the other looks at them. Shapes: B images, C colours, H × W."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

Looks = Literal["none", "flip", "flip_and_shift"]


def normalised(images_BHWC: Tensor, mean_C: Tensor, std_C: Tensor) -> Tensor:
    """Gives float images of mean 0 and deviation 1, shape (B, C, H, W), channels last in memory.

    Args:
        images_BHWC: bytes, or float on their scale.
        mean_C: of each colour, on the scale of bytes.
        std_C: of each colour.
    """
    return ((images_BHWC.float() - mean_C) / std_C).permute(0, 3, 1, 2)


def channels_last(model: nn.Module) -> nn.Module:
    """Gives the model with its kernels laid out as images with the colours last are."""
    moved: nn.Module = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return moved


def shifted(images_BHWC: Tensor, down_B: Tensor, right_B: Tensor, mirrored_B: Tensor) -> Tensor:
    """Moves each image by whole pixels, and mirrors some, in one gathering; edges are repeated.

    Args:
        images_BHWC: any numbers.
        down_B: pixels, int.
        right_B: pixels, int, after mirroring.
        mirrored_B: which change left and right, bool.
    """
    batch, height, width = images_BHWC.shape[:3]
    device = images_BHWC.device
    rows_BH = (torch.arange(height, device=device) - down_B[:, None]).clamp(0, height - 1)
    columns_BW = (torch.arange(width, device=device) - right_B[:, None]).clamp(0, width - 1)
    columns_BW = torch.where(mirrored_B[:, None], width - 1 - columns_BW, columns_BW)
    places_B = torch.arange(batch, device=device)
    return images_BHWC[places_B[:, None, None], rows_BH[:, :, None], columns_BW[:, None, :]]


def looked_at(model: Callable[[Tensor], Tensor], images_BHWC: Tensor, looks: Looks) -> Tensor:
    """Gives scores, or logarithms of probabilities averaged over several looks, shape (B, classes).

    Args:
        model: images to scores.
        images_BHWC: bytes.
        looks: none scores the image as it is; flip its mirror image too; flip_and_shift both, and
            each moved by a fortieth of the side to the four corners, which count half.
    """
    if looks == "none":
        return model(images_BHWC)
    pixels = max(1, round(images_BHWC.shape[1] / 40))
    moves = [(0, 0)]
    if looks == "flip_and_shift":
        moves += [(down, right) for down in (-pixels, pixels) for right in (-pixels, pixels)]
    total: Tensor | float = 0.0
    for down, right in moves:
        weight = 1.0 if down == right == 0 else 0.5
        for mirrored in (False, True):
            seen = _moved(images_BHWC, down, right, mirrored=mirrored)
            total = total + weight * model(seen).float().softmax(1)
    sums = torch.as_tensor(total)
    return (sums / sums.sum(1, keepdim=True)).log()


def _moved(images_BHWC: Tensor, down: int, right: int, *, mirrored: bool) -> Tensor:
    same = images_BHWC.new_ones(len(images_BHWC), dtype=torch.int64)
    return shifted(images_BHWC, down * same, right * same, (same * mirrored).bool())

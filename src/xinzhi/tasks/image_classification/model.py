"""Networks from scratch: images to scores, each with its features apart from its head.

Shapes: B images, C colours, S = height = width, D features, K classes. Every model takes `images`
(B, C, S, S), float, of mean 0 and deviation 1.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from xinzhi.errors import ConfigError

_LENET_LEAST = 12  # smaller ones leave nothing for the second convolution


class LeNet(nn.Module):
    """The five-layer network of every tutorial (LeCun et al. 1998, with ReLU and maxima).

    Args:
        num_classes: K.
        colours: C.
        size: S.
    """

    def __init__(self, *, num_classes: int, colours: int, size: int) -> None:
        super().__init__()
        if size < _LENET_LEAST:
            msg = f"model=lenet needs images of at least {_LENET_LEAST} pixels a side, were {size}"
            raise ConfigError(msg, mend="datamodule.size=28")
        left = (size // 2 - 4) // 2
        self.convolutions = nn.Sequential(
            nn.Conv2d(colours, 6, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )
        self.hidden = nn.Sequential(
            nn.Linear(16 * left * left, 120),
            nn.ReLU(inplace=True),
            nn.Linear(120, 84),
            nn.ReLU(inplace=True),
        )
        self.head = nn.Linear(84, num_classes)

    def features(self, images: Tensor) -> Tensor:
        """Gives what the last hidden layer finds, shape (B, 84)."""
        found: Tensor = self.hidden(self.convolutions(images))
        return found

    def forward(self, images: Tensor) -> Tensor:
        """Gives one score per class, shape (B, K)."""
        scores: Tensor = self.head(self.features(images))
        return scores


class ResNet(nn.Module):
    """A short residual network that halves the image before the wide layers.

    After the nine-layer network of D. Page (2018, How to Train Your ResNet) on the blocks of He
    et al. (2015, arXiv:1512.03385): each stage is a convolution, a maximum over 2 × 2, and residual
    blocks; the head sees the maximum over places.

    Args:
        num_classes: K.
        colours: C.
        stem: channels at full size.
        widths: channels of each stage, at half the size of the one before.
        blocks: residual blocks of each stage.
        dropout: on the features, while training.
    """

    def __init__(
        self,
        *,
        num_classes: int,
        colours: int,
        stem: int = 16,
        widths: Sequence[int] = (64, 128, 256),
        blocks: Sequence[int] = (0, 1, 1),
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if not widths or len(widths) != len(blocks):
            msg = f"model.widths and model.blocks must be as many, were {widths} and {blocks}"
            raise ConfigError(msg)
        stages: list[nn.Module] = [_convolution(colours, stem)]
        before = stem
        for width, count in zip(widths, blocks, strict=True):
            stages.append(_convolution(before, width, pool=True))
            stages.extend(_Residual(width) for _ in range(count))
            before = width
        self.stages = nn.Sequential(*stages)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(before, num_classes)

    def features(self, images: Tensor) -> Tensor:
        """Gives the strongest answer of each channel, shape (B, D)."""
        found: Tensor = self.stages(images).amax((2, 3))
        return found

    def forward(self, images: Tensor) -> Tensor:
        """Gives one score per class, shape (B, K)."""
        scores: Tensor = self.head(self.dropout(self.features(images)))
        return scores


class _Residual(nn.Module):
    """Two convolutions whose answer is added to what they see."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_convolution(width, width), _convolution(width, width))

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.body(images)
        return images + found


def _convolution(seen: int, width: int, *, pool: bool = False) -> nn.Sequential:
    """3 × 3, a maximum first where it halves: the norm and ReLU then have a quarter to do."""
    layers: list[nn.Module] = [nn.Conv2d(seen, width, 3, padding=1, bias=False)]
    if pool:
        layers.append(nn.MaxPool2d(2, ceil_mode=True))
    return nn.Sequential(*layers, nn.BatchNorm2d(width), nn.ReLU(inplace=True))

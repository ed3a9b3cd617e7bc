"""Which parameters an optimiser gets, and with which decay and learning rate."""

import re
from collections.abc import Sequence
from typing import Any

from torch import nn

from xinzhi.errors import ConfigError

_LAYER = re.compile(r"\.(?:layer|layers|h|block|blocks)\.(\d+)\.")


def freeze(model: nn.Module, patterns: Sequence[str]) -> int:
    """Excludes the parameters whose name contains one of the patterns; gives their number.

    Raises:
        ConfigError: a pattern that no parameter's name contains.
    """
    frozen = 0
    for pattern in patterns:
        hit = [p for name, p in model.named_parameters() if pattern in name]
        if not hit:
            names = sorted({name.rsplit(".", 2)[0] for name, _ in model.named_parameters()})
            msg = f"freeze must name a part of the model, {pattern!r} is in no parameter's name"
            raise ConfigError(msg, candidates=names[:12])
        for parameter in hit:
            parameter.requires_grad_(False)  # noqa: FBT003 - torch's signature
            frozen += parameter.numel()
    return frozen


def parameter_groups(
    model: nn.Module, *, lr: float | None = None, layer_decay: float = 1.0
) -> list[dict[str, Any]]:
    """Parts the trainable parameters: no weight decay on biases and norms, less rate for depth.

    Matrices and embeddings decay; vectors and scalars do not. With `layer_decay` d < 1, layer k of
    n learns with lr × d^(n − k), embeddings with lr × d^(n + 1) (Howard & Ruder 2018, ULMFiT;
    Clark et al. 2020, ELECTRA).

    Args:
        model: whose parameters.
        lr: the head's learning rate; needed where layer_decay is not 1.
        layer_decay: factor per layer, 0 < d ≤ 1.

    Raises:
        ConfigError: there is a layer_decay but no lr.
    """
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    if layer_decay != 1.0 and lr is None:
        msg = "layer_decay needs the optimizer's lr"
        raise ConfigError(msg)
    depths = {name: _depth(name) for name, _ in named}
    top = max((depth for depth in depths.values() if depth is not None), default=-1) + 1
    groups: dict[tuple[bool, int], dict[str, Any]] = {}
    for name, parameter in named:
        decays = parameter.ndim >= 2
        depth = depths[name]
        below = 0 if layer_decay == 1.0 or depth is None else top - depth
        group = groups.setdefault((decays, below), {"params": []})
        group["params"].append(parameter)
        if not decays:
            group["weight_decay"] = 0.0
        if below and lr is not None:
            group["lr"] = lr * layer_decay**below
    return [groups[key] for key in sorted(groups)]


def _depth(name: str) -> int | None:
    """Gives the number of a parameter's layer, −1 for embeddings, None for the head."""
    found = _LAYER.search(f".{name}")
    if found:
        return int(found.group(1))
    return -1 if "embedding" in name else None

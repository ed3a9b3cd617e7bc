"""Learning rates over the steps of a run: a warm-up, then linear, cosine or constant."""

import math
from collections.abc import Callable

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


def warmup_linear(optimizer: Optimizer, *, total_steps: int, warmup: float = 0.1) -> LambdaLR:
    """Rises over `warmup` × total_steps, then falls in a line to 0 at the last step."""
    return _scheduled(optimizer, total_steps, warmup, lambda progress: 1.0 - progress)


def warmup_cosine(optimizer: Optimizer, *, total_steps: int, warmup: float = 0.1) -> LambdaLR:
    """Rises over `warmup` × total_steps, then falls by half a cosine to 0 at the last step."""
    return _scheduled(
        optimizer, total_steps, warmup, lambda progress: 0.5 * (1.0 + math.cos(math.pi * progress))
    )


def warmup_constant(optimizer: Optimizer, *, total_steps: int, warmup: float = 0.0) -> LambdaLR:
    """Rises over `warmup` × total_steps, then stays."""
    return _scheduled(optimizer, total_steps, warmup, lambda _: 1.0)


def _scheduled(
    optimizer: Optimizer, total_steps: int, warmup: float, shape: Callable[[float], float]
) -> LambdaLR:
    rising = max(1, round(warmup * total_steps)) if warmup else 0
    falling = max(1, total_steps - rising)

    def factor(step: int) -> float:
        if step < rising:
            return (step + 1) / (rising + 1)
        return max(0.0, shape((step - rising) / falling))

    return LambdaLR(optimizer, factor)

"""What a metric must be given, said before torchmetrics takes it for something else.

Shape legend: N examples, C classes.
"""

import torch
from torch import Tensor


def check_probabilities(probabilities: Tensor) -> None:
    """Refuse what are no probabilities of examples and classes.

    Args:
        probabilities: shape: (N, C).

    Raises:
        ValueError: another shape, or values outside of 0 to 1.
    """
    if probabilities.ndim != 2 or 0 in probabilities.shape:
        raise ValueError(
            f"probabilities must have shape (N, C), both above 0, was {tuple(probabilities.shape)}"
        )
    # torchmetrics would take values outside [0, 1] for logits and squash them without a word
    if not bool(((probabilities >= 0) & (probabilities <= 1)).all()):
        low, high = float(probabilities.min()), float(probabilities.max())
        raise ValueError(f"probabilities must lie in [0, 1], were in [{low:.3g}, {high:.3g}]")


def check_targets(probabilities: Tensor, targets: Tensor) -> None:
    """Refuse what are no classes of these examples.

    Args:
        probabilities: shape: (N, C).
        targets: index of the right class, shape: (N,).

    Raises:
        ValueError: another shape, or an index of no class.
    """
    examples, classes = probabilities.shape
    if targets.shape != (examples,):
        raise ValueError(f"targets must have shape ({examples},), was {tuple(targets.shape)}")
    if int(targets.min()) < 0 or int(targets.max()) >= classes:
        raise ValueError(
            f"targets must lie in 0…{classes - 1}, were in {int(targets.min())}…"
            f"{int(targets.max())}"
        )


def check_multilabel_targets(probabilities: Tensor, targets: Tensor) -> None:
    """Refuse what does not say of every class whether it is right.

    Args:
        probabilities: shape: (N, C).
        targets: bool, shape: (N, C).

    Raises:
        ValueError: another shape or type.
    """
    if targets.shape != probabilities.shape or targets.dtype != torch.bool:
        raise ValueError(
            f"targets must be bool of shape {tuple(probabilities.shape)}, "
            f"was {targets.dtype} of shape {tuple(targets.shape)}"
        )

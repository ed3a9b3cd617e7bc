"""The loss of each text, before anything is averaged. Shapes: B texts, C classes."""

from torch import Tensor
from torch.nn import functional as F


def losses(
    scores_BC: Tensor,
    targets: Tensor,
    *,
    label_smoothing: float = 0.0,
    class_weights: Tensor | None = None,
) -> Tensor:
    """Gives the cross-entropy of each text, shape (B,).

    Args:
        scores_BC: before softmax or sigmoid.
        targets: classes, shape (B,), int, where −1 (a label unknown to training) costs nothing;
            or 0 and 1 for several labels, shape (B, C), float: the mean over classes.
        label_smoothing: share of a target spread over all classes (Szegedy et al. 2016).
        class_weights: factor of each class, shape (C,).
    """
    if targets.ndim == 1:
        return F.cross_entropy(
            scores_BC,
            targets,
            weight=class_weights,
            ignore_index=-1,
            label_smoothing=label_smoothing,
            reduction="none",
        )
    smooth = targets * (1.0 - label_smoothing) + 0.5 * label_smoothing
    each = F.binary_cross_entropy_with_logits(
        scores_BC, smooth, pos_weight=class_weights, reduction="none"
    )
    return each.mean(1)

"""The loss of each example, before anything is averaged. Shapes: B examples, C classes."""

from torch import Tensor
from torch.nn import functional as F


def losses(
    scores_BC: Tensor,
    targets: Tensor,
    *,
    label_smoothing: float = 0.0,
    class_weights: Tensor | None = None,
    focal: float = 0.0,
) -> Tensor:
    """Gives the cross-entropy of each example, shape (B,).

    Args:
        scores_BC: before softmax or sigmoid.
        targets: classes, shape (B,), int, where −1 (a label unknown to training) costs nothing;
            or shares of the classes, shape (B, C), float: see `several`.
        label_smoothing: share of a target spread over all classes (Szegedy et al. 2016).
        class_weights: factor of each class, shape (C,).
        focal: γ of (1 − p)^γ, which makes examples that are easy count less (Lin et al. 2017).
    """
    if targets.ndim == 2:
        return several(
            scores_BC, targets, label_smoothing=label_smoothing, class_weights=class_weights
        )
    each = F.cross_entropy(
        scores_BC,
        targets,
        weight=class_weights,
        ignore_index=-1,
        label_smoothing=label_smoothing,
        reduction="none",
    )
    if not focal:
        return each
    places = targets.clamp(min=0)[:, None]
    right = scores_BC.log_softmax(1).gather(1, places).squeeze(1).exp()
    return (1.0 - right).clamp(min=0.0).pow(focal) * each


def several(
    scores_BC: Tensor,
    targets_BC: Tensor,
    *,
    label_smoothing: float = 0.0,
    class_weights: Tensor | None = None,
) -> Tensor:
    """Gives the mean over classes of the sigmoid cross-entropy of each example, shape (B,).

    Args:
        scores_BC: before sigmoid.
        targets_BC: 0 and 1, float: an example may have several labels.
        label_smoothing: share of a target that becomes one half.
        class_weights: factor of each class where it is 1, shape (C,).
    """
    smooth = targets_BC * (1.0 - label_smoothing) + 0.5 * label_smoothing
    each = F.binary_cross_entropy_with_logits(
        scores_BC, smooth, pos_weight=class_weights, reduction="none"
    )
    return each.mean(1)

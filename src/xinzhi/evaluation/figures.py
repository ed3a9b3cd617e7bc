"""The figures of a classifier, by name, legible whatever alphabet its classes are written in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xinzhi.evaluation.fonts import lettering, set_fonts

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import Tensor


def classification_figures(
    probabilities: "Tensor",
    targets: "Tensor",
    classes: Sequence[str],
    *,
    accept: float = 0.95,
    threshold: float | None = None,
    offline: bool = True,
) -> dict[str, "Figure"]:
    """All figures of one split.

    Args:
        probabilities: shape: (N, C).
        targets: shape: (N,), or (N, C) bool where an example may have several labels.
        classes: C names.
        accept: the precision asked of what is answered alone.
        threshold: chosen on the validation split for it.
        offline: where no installed font has the classes' characters, take the packaged one only
            if it is in the cache.

    Returns:
        `precision_recall`, `reliability` and `coverage`; with one label per example also
        `confusion_matrix` and, where anything was confused, `confused_pairs`.
    """
    from xinzhi.evaluation.curves import coverage, precision_recall, reliability
    from xinzhi.metrics.classification import classification_scores, multilabel_scores
    from xinzhi.metrics.selective import apply_threshold, confidence_and_correct

    probabilities, targets = probabilities.detach().cpu().float(), targets.detach().cpu()
    several = targets.ndim == 2
    names, families = lettering(classes, offline=offline)
    answers = confidence_and_correct(probabilities, targets)
    chosen = None if threshold is None else apply_threshold(probabilities, targets, threshold)
    figures: dict[str, Figure | None] = {
        "precision_recall": precision_recall(probabilities, _truth(targets, len(names)), names),
        "coverage": coverage(*answers, accept=accept, chosen=chosen),
    }
    if several:
        error = multilabel_scores(probabilities, targets)["calibration_error"]
        decisions = probabilities.flatten(), targets.flatten()
        figures["reliability"] = reliability(*decisions, error=error)
    else:
        error = classification_scores(probabilities, targets)["calibration_error"]
        figures["reliability"] = reliability(*answers, error=error)
        figures |= _confusions(probabilities, targets, names)
    drawn = {name: figure for name, figure in figures.items() if figure is not None}
    for figure in drawn.values():
        set_fonts(figure, families)
    return drawn


def class_list(classes: Sequence[str]) -> str:
    """The classes with their numbers, one a line: what `#3` in a figure means."""
    return "".join(f"#{index}\t{name}\n" for index, name in enumerate(classes))


def _truth(targets: "Tensor", classes: int) -> "Tensor":
    from torch.nn.functional import one_hot

    return targets if targets.ndim == 2 else one_hot(targets, classes).bool()


def _confusions(
    probabilities: "Tensor", targets: "Tensor", names: Sequence[str]
) -> dict[str, "Figure | None"]:
    from torchmetrics.functional.classification import multiclass_confusion_matrix

    from xinzhi.evaluation.confusion import confused_pairs, confusion_matrix

    predicted = probabilities.argmax(dim=1)
    counts = multiclass_confusion_matrix(predicted, targets, len(names)).numpy()
    return {
        "confusion_matrix": confusion_matrix(counts, names),
        "confused_pairs": confused_pairs(counts, names) if len(names) > 2 else None,
    }

"""Scores of a classifier from its probabilities, with one right label or several per example.

Shape legend: N examples, C classes.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
import torchmetrics.functional.classification as F
from torch import Tensor
from torch.nn.functional import one_hot

from xinzhi.metrics.arguments import (
    check_multilabel_targets,
    check_probabilities,
    check_targets,
)

Metric = Callable[[Tensor, Tensor], Tensor]
CALIBRATION_BINS = 15


class ClassRow(NamedTuple):
    """How well one class is found.

    Attributes:
        name: of the class.
        precision: share of its predictions that are right.
        recall: share of its examples that are found.
        f1: harmonic mean of the two.
        support: its examples among the targets.
        predicted: its predictions, right or wrong.
    """

    name: str
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int


def classification_scores(probabilities: Tensor, targets: Tensor) -> dict[str, float]:
    """Scores of single-label predictions.

    Macro and weighted F1 follow scikit-learn: a class that appears in neither the targets nor the
    predictions is left out, one that appears only in the predictions counts as 0. AUROC (one
    against the rest) and average precision are averaged over the classes that appear in the
    targets, since for the others they are not defined; with two classes they are those of class 1,
    the positive one. A score that no class defines is NaN.

    Args:
        probabilities: each row sums to one, shape: (N, C).
        targets: index of the right class, shape: (N,).

    Returns:
        `accuracy`, `f1_micro`, `f1_macro`, `f1_weighted`, `auroc`, `average_precision` and
        `calibration_error` (expected calibration error of the winning class, 15 bins).

    >>> scores = classification_scores(torch.tensor([[0.9, 0.1], [0.2, 0.8]]), torch.tensor([0, 1]))
    >>> scores["accuracy"], scores["auroc"]
    (1.0, 1.0)
    """
    check_probabilities(probabilities)
    check_targets(probabilities, targets)
    classes = probabilities.shape[1]
    predicted = probabilities.argmax(dim=1)
    positive = slice(1, None) if classes == 2 else slice(None)
    scores = {
        "accuracy": F.multiclass_accuracy(predicted, targets, classes, average="micro"),
        "f1_micro": F.multiclass_f1_score(predicted, targets, classes, average="micro"),
        "f1_macro": F.multiclass_f1_score(predicted, targets, classes, average="macro"),
        "f1_weighted": F.multiclass_f1_score(predicted, targets, classes, average="weighted"),
        **_ranking(probabilities[:, positive], one_hot(targets, classes).bool()[:, positive]),
        "calibration_error": F.multiclass_calibration_error(
            probabilities.float(), targets, classes, n_bins=CALIBRATION_BINS
        ),
    }
    return {name: float(value) for name, value in scores.items()}


def multilabel_scores(
    probabilities: Tensor, targets: Tensor, *, threshold: float = 0.5
) -> dict[str, float]:
    """Scores of predictions with any number of right labels per example.

    Args:
        probabilities: of each class on its own, shape: (N, C).
        targets: which classes are right, bool, shape: (N, C).
        threshold: a class is predicted where its probability is above it.

    Returns:
        The names of `classification_scores`; here `accuracy` is that of the single decisions
        (example, class), `subset_accuracy` counts examples whose classes are all right, and
        `calibration_error` is that of the single decisions' positive probability.
    """
    check_probabilities(probabilities)
    check_multilabel_targets(probabilities, targets)
    classes, truth, predicted = probabilities.shape[1], targets.long(), probabilities > threshold
    scores = {
        "accuracy": F.multilabel_accuracy(
            probabilities, truth, classes, threshold=threshold, average="micro"
        ),
        "subset_accuracy": (predicted == targets).all(dim=1).double().mean(),
        **{
            f"f1_{average}": F.multilabel_f1_score(
                predicted.long(), truth, classes, average=average
            )
            for average in ("micro", "macro", "weighted")
        },
        **_ranking(probabilities, targets),
        "calibration_error": F.binary_calibration_error(
            probabilities.float().flatten(), truth.flatten(), n_bins=CALIBRATION_BINS
        ),
    }
    return {name: float(value) for name, value in scores.items()}


def per_class(
    probabilities: Tensor, targets: Tensor, classes: Sequence[str], *, threshold: float = 0.5
) -> list[ClassRow]:
    """Precision, recall, F1 and support of each class, in the order of `classes`.

    What no example defines (the precision of a class never predicted) is 0, as in scikit-learn.

    Args:
        probabilities: shape: (N, C).
        targets: shape: (N,), or (N, C) bool where an example may have several labels.
        classes: C names.
        threshold: for several labels only: predicted where the probability is above it.

    Returns:
        One row per class.

    Raises:
        ValueError: shapes or values do not fit the above.
    """
    check_probabilities(probabilities)
    if len(classes) != probabilities.shape[1]:
        raise ValueError(
            f"classes must name the {probabilities.shape[1]} columns, there were {len(classes)}"
        )
    truth, predicted = _decisions(probabilities, targets, threshold)
    return [
        ClassRow(
            name,
            precision=float(F.binary_precision(column, right)),
            recall=float(F.binary_recall(column, right)),
            f1=float(F.binary_f1_score(column, right)),
            support=int(right.sum()),
            predicted=int(column.sum()),
        )
        for name, column, right in zip(classes, predicted.T, truth.T, strict=True)
    ]


def _decisions(probabilities: Tensor, targets: Tensor, threshold: float) -> tuple[Tensor, Tensor]:
    """What was right and what was predicted, both 0 or 1, shape: (N, C)."""
    if targets.ndim == 2:
        check_multilabel_targets(probabilities, targets)
        return targets.long(), (probabilities > threshold).long()
    check_targets(probabilities, targets)
    classes = probabilities.shape[1]
    return one_hot(targets, classes), one_hot(probabilities.argmax(dim=1), classes)


def _ranking(probabilities: Tensor, truth: Tensor) -> dict[str, Tensor]:
    """AUROC and average precision, means over the classes that the targets define.

    Args:
        probabilities: shape: (N, C).
        truth: bool, shape: (N, C).

    Returns:
        `auroc` and `average_precision`.
    """
    some, every = truth.any(dim=0), truth.all(dim=0)
    return {
        "auroc": _mean(F.binary_auroc, probabilities, truth, some & ~every),
        "average_precision": _mean(F.binary_average_precision, probabilities, truth, some),
    }


def _mean(metric: Metric, probabilities: Tensor, truth: Tensor, defined: Tensor) -> Tensor:
    columns = defined.nonzero().flatten().tolist()
    if not columns:
        return torch.tensor(torch.nan)
    values = [metric(probabilities[:, column], truth[:, column].long()) for column in columns]
    return torch.stack(values).mean()

"""Labels as the numbers of their classes, and how much each class counts."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def class_numbers(labels: Sequence[str | None], classes: Sequence[str]) -> np.ndarray:
    """Gives the place of each label among the classes, shape (labels,), int64; −1 for no class.

    >>> class_numbers(["ham", "spam", None], ["ham", "spam"]).tolist()
    [0, 1, -1]

    Args:
        labels: of the examples.
        classes: of the training examples.
    """
    number: dict[str | None, int] = {label: index for index, label in enumerate(classes)}
    return np.array([number.get(label, -1) for label in labels], dtype=np.int64)


def class_flags(labels: Sequence[Sequence[str]], classes: Sequence[str]) -> np.ndarray:
    """Says which of the classes each example has, shape (examples, classes), bool.

    >>> class_flags([["b"], []], ["a", "b"]).tolist()
    [[False, True], [False, False]]

    Args:
        labels: of each example, any number.
        classes: of the training examples.
    """
    number = {label: index for index, label in enumerate(classes)}
    flags = np.zeros((len(labels), len(classes)), dtype=bool)
    for row, several in enumerate(labels):
        flags[row, [number[label] for label in several if label in number]] = True
    return flags


def balanced_weights(targets: np.ndarray, num_classes: int) -> Tensor:
    """Gives the factor of each class that makes rare ones count as much, shape (classes,).

    It is examples / (classes × examples of the class), as scikit-learn's `balanced`.

    >>> balanced_weights(np.array([0, 0, 0, 1]), 2).tolist()
    [0.6666666865348816, 2.0]

    Args:
        targets: class of each training example, −1 for none.
        num_classes: how many there are; one without examples counts as if it had one.
    """
    counts = np.bincount(targets[targets >= 0], minlength=num_classes).clip(min=1)
    return torch.from_numpy(len(targets) / (num_classes * counts)).float()

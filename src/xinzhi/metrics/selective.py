"""Selective answering: which share of the examples can be answered alone at a given precision.

El-Yaniv and Wiener, On the Foundations of Noise-free Selective Classification, JMLR 2010, call the
share *coverage* and one minus the precision *selective risk*. Choose the threshold on the
validation split and apply it to the test split: chosen and judged on the same examples, the
precision flatters.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor


class Selective(NamedTuple):
    """What answering alone at and above `threshold` gives.

    `precision` is NaN where nothing is answered.
    """

    share: float
    precision: float
    threshold: float


class Coverage(NamedTuple):
    """The precision at each share that some threshold reaches, from the surest example on."""

    share: Tensor
    precision: Tensor
    threshold: Tensor


def coverage_curve(confidence: Tensor, correct: Tensor) -> Coverage:
    """Precision of the answered examples for each share that can be answered.

    Examples of equal confidence are answered together, so that a threshold can express the choice.

    Args:
        confidence: how sure the model is, shape: (N,).
        correct: whether its answer is right, bool, shape: (N,).

    Returns:
        Three tensors of one length, at most N, ordered by falling threshold.

    Raises:
        ValueError: the shapes differ or there is no example.
    """
    if confidence.ndim != 1 or confidence.shape != correct.shape or not len(confidence):
        raise ValueError(
            "confidence and correct must both have shape (N,) with N above 0, had "
            f"{tuple(confidence.shape)} and {tuple(correct.shape)}"
        )
    threshold, order = confidence.sort(descending=True)
    hits = correct[order].double().cumsum(dim=0)
    answered = torch.arange(1, len(order) + 1, device=hits.device)
    last = torch.ones_like(threshold, dtype=torch.bool)
    last[:-1] = threshold[:-1] != threshold[1:]
    precision = hits[last] / answered[last]
    return Coverage(answered[last] / len(order), precision, threshold[last])


def choose_threshold(probabilities: Tensor, targets: Tensor, *, accept: float = 0.95) -> float:
    """The lowest threshold whose answered examples are right in at least `accept` of the cases.

    Args:
        probabilities: shape: (N, C).
        targets: index of the right class, shape: (N,), or which are right, bool, shape: (N, C).
        accept: precision to hold, above 0 and at most 1.

    Returns:
        The threshold; infinity where no threshold holds the precision.

    Raises:
        ValueError: `accept` or the shapes are out of range.
    """
    if not 0 < accept <= 1:
        raise ValueError(f"accept must be above 0 and at most 1, was {accept}")
    curve = coverage_curve(*confidence_and_correct(probabilities, targets))
    held = (curve.precision >= accept - 1e-12).nonzero()
    return float(curve.threshold[held[-1]]) if len(held) else math.inf


def apply_threshold(probabilities: Tensor, targets: Tensor, threshold: float) -> Selective:
    """What a threshold chosen elsewhere gives on these examples.

    Args:
        probabilities: shape: (N, C).
        targets: as for `choose_threshold`.
        threshold: answered are the examples whose confidence reaches it.

    Returns:
        The share answered and its precision.
    """
    confidence, correct = confidence_and_correct(probabilities, targets)
    answered = confidence >= threshold
    precision = float(correct[answered].double().mean()) if answered.any() else math.nan
    return Selective(float(answered.double().mean()), precision, threshold)


def answerable_share(
    probabilities: Tensor, targets: Tensor, *, accept: float = 0.95
) -> tuple[float, float]:
    """The largest share of these examples that can be answered alone, and its threshold.

    >>> sure = torch.tensor([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]])
    >>> share, threshold = answerable_share(sure, torch.tensor([0, 0, 0]))
    >>> round(share, 3), round(threshold, 3)
    (0.667, 0.8)

    Args:
        probabilities: shape: (N, C).
        targets: as for `choose_threshold`.
        accept: precision to hold.

    Returns:
        Share and threshold; 0 and infinity where no threshold holds the precision.
    """
    threshold = choose_threshold(probabilities, targets, accept=accept)
    return apply_threshold(probabilities, targets, threshold).share, threshold


def confidence_and_correct(probabilities: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """How sure each answer is and whether it is right.

    Args:
        probabilities: shape: (N, C).
        targets: index, shape: (N,), or bool, shape: (N, C).

    Returns:
        Confidence and correct, shape: (N,). Where an example may have several labels its answer is
        the set of labels above 0.5, right only as a whole and as sure as its least sure decision.
    """
    if targets.ndim == 2:
        chosen = probabilities > 0.5
        sure = torch.where(chosen, probabilities, 1 - probabilities).amin(dim=1)
        return sure, (chosen == targets.bool()).all(dim=1)
    confidence, predicted = probabilities.max(dim=1)
    return confidence, predicted == targets

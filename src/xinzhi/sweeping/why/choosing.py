"""Which mixture of the two runs tells most about the cause: expected information gain.

Shapes: H hypotheses, C causes, S mixtures, G steps of the measured value.
"""

from typing import Any

import numpy as np

from xinzhi.sweeping.why.evidence import Belief

Array = np.ndarray[Any, Any]

_STEP, _MOST_STEPS = 0.25, 160  # of the measured value, in standard deviations of the noise
_NEGLIGIBLE = 1e-3  # of the weight, which the unlikeliest hypotheses may hold together
_LOOKED_AT = 48  # mixtures, best by the plainer measure, that the finer one is computed for


def gains(belief: Belief, parts: Array, causes: Array) -> Array:
    """Gives what a run of each mixture is expected to tell about the cause, in nats, shape (S,).

    Mixtures that tell little about the hypotheses are given 0 without a closer look.

    Args:
        belief: so far.
        parts: of the difference that each hypothesis expects of each mixture, shape (H, S).
        causes: the number of each hypothesis' cause, shape (H,).
    """
    kept = _likely(belief.weights)
    weights = belief.weights[kept] / belief.weights[kept].sum()
    noise = _noise(belief, kept, weights)
    steps, size, width = _steps(belief, kept, parts, noise)
    kernel = _kernel(size, width)
    mixed = _counted(steps, weights, size) @ kernel
    plain = _entropy(mixed) - _entropy(kernel[size // 2][None])[0]
    gained = np.zeros(parts.shape[1])
    best = np.argsort(-plain, kind="stable")[:_LOOKED_AT]
    gained[best] = _about_causes(steps[:, best], weights, causes[kept], kernel)
    return gained


def _likely(weights: Array) -> Array:
    order = np.argsort(-weights, kind="stable")
    enough = np.searchsorted(np.cumsum(weights[order]), 1 - _NEGLIGIBLE) + 1
    kept: Array = order[:enough]
    return kept


def _noise(belief: Belief, kept: Array, weights: Array) -> float:
    heavier = np.sqrt(belief.freedom / (belief.freedom - 2))
    return float(weights @ belief.deviation[kept]) * float(heavier)


def _steps(belief: Belief, kept: Array, parts: Array, noise: float) -> tuple[Array, int, float]:
    """The step of each expected value, how many there are, and the noise in steps."""
    expected = belief.level[kept, None] + belief.difference[kept, None] * parts[kept]
    low, high = expected.min(), expected.max()
    step = max(_STEP * noise, (high - low) / (_MOST_STEPS - 40))
    edge = int(np.ceil(4 * noise / step))
    steps = np.rint((expected - low) / step).astype(np.int64) + edge
    return steps, int(np.ceil((high - low) / step)) + 2 * edge + 1, noise / step


def _kernel(size: int, width: float) -> Array:
    apart = (np.arange(size)[:, None] - np.arange(size)[None]) / width
    kernel: Array = np.exp(-0.5 * apart**2)
    kernel /= kernel[size // 2].sum()
    return kernel


def _counted(steps: Array, weights: Array, size: int) -> Array:
    """How likely each expected value is, shape (S, G)."""
    mixtures = steps.shape[1]
    flat = (steps + np.arange(mixtures) * size).ravel()
    repeated = np.repeat(weights, mixtures)
    counted: Array = np.bincount(flat, repeated, minlength=mixtures * size)
    return counted.reshape(mixtures, size)


def _about_causes(steps: Array, weights: Array, causes: Array, kernel: Array) -> Array:
    """The information on the cause alone, whichever way it acts, shape (S,)."""
    size, mixtures = len(kernel), steps.shape[1]
    names, number = np.unique(causes, return_inverse=True)
    flat = (number[:, None] * mixtures + np.arange(mixtures)) * size + steps
    counted = np.bincount(
        flat.ravel(), np.repeat(weights, mixtures), minlength=len(names) * mixtures * size
    ).reshape(len(names) * mixtures, size)
    values = (counted @ kernel).reshape(len(names), mixtures, size)
    within = _entropy(values).sum(axis=0)  # of unnormalised weights: their own entropy is taken off
    own = np.bincount(number, weights)
    told: Array = _entropy(values.sum(axis=0)) - within + float(_entropy(own[None])[0])
    return told


def _entropy(likely: Array) -> Array:
    logs = np.log(np.where(likely > 0, likely, 1.0))
    entropy: Array = -(likely * logs).sum(axis=-1)
    return entropy

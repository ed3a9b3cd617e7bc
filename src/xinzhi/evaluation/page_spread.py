"""How answers that are no classes are spread: errors of numbers, entities by type, means.

Shapes: N examples, K types.
"""

from dataclasses import dataclass

import numpy as np

from xinzhi.evaluation.outcomes import Array, Outcomes

_BINS, _POINTS = 24, 400
_HITS = 2  # values of what is only right or wrong, whose mean says it all
_SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """How often each value is.

    Attributes:
        name: of what is counted.
        edges: of the bins, one more than counts.
        counts: of each bin; the outermost hold what lies beyond.
    """

    name: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class TypeLine:
    """How well entities of a type are found.

    Attributes:
        name: of the type.
        precision: share of the answers that are right, None where there is none.
        recall: share of the entities that are found, None where there is none.
        f1: harmonic mean of precision and recall.
        support: entities there are.
        answered: entities that were answered.
    """

    name: str
    precision: float | None
    recall: float | None
    f1: float
    support: int
    answered: int


@dataclass(frozen=True, kw_only=True)
class Spread:
    """What fits answers of a kind.

    Attributes:
        histograms: of errors, or of what is averaged.
        points: answer and truth of some examples.
        quantiles: share → size of the error.
        types: of entities, those with the lowest F1 first.
    """

    histograms: tuple[Histogram, ...] = ()
    points: tuple[tuple[float, float], ...] = ()
    quantiles: tuple[tuple[float, float], ...] = ()
    types: tuple[TypeLine, ...] = ()


def spread(outcomes: Outcomes, *, seed: int = 0) -> Spread | None:
    """Says how answers are spread.

    Args:
        outcomes: of numbers, spans or means.
        seed: of the choice of points.

    Returns:
        None for classes and labels, and where there is nothing.
    """
    if outcomes.kind == "numbers" and len(outcomes):
        return _numbers(outcomes, np.random.default_rng(seed))
    if outcomes.kind == "spans":
        return Spread(types=_types(outcomes))
    if outcomes.kind == "means":
        several = {n: v for n, v in outcomes.columns.items() if len(np.unique(v)) > _HITS}
        drawn = [_histogram(name, values) for name, values in several.items()]
        return Spread(histograms=tuple(one for one in drawn if one is not None))
    return None


def _numbers(outcomes: Outcomes, random: np.random.Generator) -> Spread:
    truth, answer = outcomes.columns["truth"], outcomes.columns["answer"]
    error = answer - truth
    places = np.sort(random.permutation(len(error))[:_POINTS])
    errors = _histogram("answer − truth", error)
    sizes = np.quantile(np.abs(error), _SHARES)
    return Spread(
        histograms=() if errors is None else (errors,),
        points=tuple((float(answer[i]), float(truth[i])) for i in places),
        quantiles=tuple(zip(_SHARES, sizes.tolist(), strict=True)),
    )


def _histogram(name: str, values: Array) -> Histogram | None:
    known = values[np.isfinite(values)].astype(float)
    if not len(known):
        return None
    low, high = np.quantile(known, [0.005, 0.995])
    if low == high:
        low, high = known.min(), known.max()
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(np.clip(known, low, high), bins=_BINS, range=(low, high))
    return Histogram(name=name, edges=tuple(edges.tolist()), counts=tuple(counts.tolist()))


def _types(outcomes: Outcomes) -> tuple[TypeLine, ...]:
    truth, answered, right = (
        outcomes.columns[name].sum(0) for name in ("truth", "answered", "right")
    )
    lines = [
        TypeLine(
            name=name,
            precision=float(right[i] / answered[i]) if answered[i] else None,
            recall=float(right[i] / truth[i]) if truth[i] else None,
            f1=float(2 * right[i] / max(truth[i] + answered[i], 1)),
            support=int(truth[i]),
            answered=int(answered[i]),
        )
        for i, name in enumerate(outcomes.classes)
        if truth[i] or answered[i]
    ]
    return tuple(sorted(lines, key=lambda line: line.f1))

"""Made-up outcomes of known laws."""

import numpy as np

from xinzhi.evaluation.outcomes import Outcomes


def classes(size, number=4, *, seed=0, sharp=2.0, chances=None, units=None, settings=None):
    """Answers of a classifier that is right the more often the sharper it is."""
    random = np.random.default_rng(seed)
    truth = random.choice(number, size, p=chances)
    scores = random.normal(size=(size, number))
    scores[np.arange(size), truth] += sharp
    probabilities = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    return Outcomes(
        kind="classes",
        rows=np.arange(size),
        units=units,
        classes=tuple(f"c{place}" for place in range(number)),
        columns={"truth": truth, "probabilities": probabilities},
        settings=settings or {},
    )


def labels(size, number=3, *, seed=0, units=None):
    """Answers of which several may be right."""
    random = np.random.default_rng(seed)
    truth = random.random((size, number)) < 0.3
    scores = random.normal(size=(size, number)) + 1.5 * truth - 0.7
    return Outcomes(
        kind="labels",
        rows=np.arange(size),
        units=units,
        classes=tuple(f"l{place}" for place in range(number)),
        columns={"truth": truth, "probabilities": 1 / (1 + np.exp(-scores))},
    )


def numbers(size, *, seed=0, units=None, scaled=False):
    """Predicted numbers with intervals; errors of series are scaled."""
    random = np.random.default_rng(seed)
    answer = random.normal(50.0, 3.0, size)
    truth = answer + random.standard_t(5, size)
    columns = {"truth": truth, "answer": answer, "lower": answer - 2, "upper": answer + 1.7}
    if scaled:
        columns["scale"] = random.uniform(0.5, 2.0, size)
    return Outcomes(
        kind="numbers",
        rows=np.arange(size),
        units=units,
        columns=columns,
        settings={"level": 0.9},
    )


def spans(size, types=3, *, seed=0, units=None):
    """Counts of entities of sentences."""
    random = np.random.default_rng(seed)
    truth = random.poisson(0.7, (size, types))
    right = random.binomial(truth, 0.8)
    return Outcomes(
        kind="spans",
        rows=np.arange(size),
        units=units,
        classes=tuple(f"t{place}" for place in range(types)),
        columns={
            "truth": truth,
            "right": right,
            "answered": right + random.poisson(0.2, right.shape),
        },
    )


def means(size, *, seed=0, units=None):
    """Ranks of triples, of which some ask for nothing."""
    random = np.random.default_rng(seed)
    ranks = random.integers(1, 50, size).astype(float)
    recall = random.random(size)
    recall[::7] = np.nan
    columns = {"mrr": 1 / ranks, "hits_at_10": (ranks <= 10).astype(float), "recall_at_10": recall}
    return Outcomes(kind="means", rows=np.arange(size), units=units, columns=columns)


def two(size, *, disagreement, gain=0.0, right=0.85, number=5, seed=0, units=None):
    """Two classifiers, of which the second is better by `gain` in accuracy."""
    random = np.random.default_rng(seed)
    truth, chance = random.integers(0, number, size), random.random(size)
    first = random.random(size) < right
    lost, won = (disagreement - gain) / 2 / right, (disagreement + gain) / 2 / (1 - right)
    second = np.where(first, chance >= lost, chance < won)
    return tuple(
        _answering(truth, which, number, random.integers(1, number, size), units)
        for which in (first, second)
    )


def _answering(truth, right, number, aside, units):
    answers = np.where(right, truth, (truth + aside) % number)
    probabilities = np.full((len(truth), number), 0.1 / number)
    probabilities[np.arange(len(truth)), answers] += 0.9
    return Outcomes(
        kind="classes",
        rows=np.arange(len(truth)),
        units=units,
        classes=tuple(f"c{place}" for place in range(number)),
        columns={"truth": truth, "probabilities": probabilities},
    )

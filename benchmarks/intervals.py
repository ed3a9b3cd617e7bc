"""Seconds that intervals take, how often they hold the truth, and how often equal models differ.

Speed: BCa intervals of accuracy, macro F1 and AUROC (one against the rest) of a classifier of 77
classes, from 10,000 resamples of 100,000 examples; beside scipy.stats.bootstrap, which calls the
measure once per resample, on fewer of both. Coverage: 500 data sets each of laws whose true value
is known from half a million examples. Size: equally good models that answer differently to 6, 10
and 15 % of the examples, and how often a paired test calls them different.

    python benchmarks/intervals.py              # some minutes
    python benchmarks/intervals.py --only speed
"""

import argparse
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.stats

from xinzhi.evaluation import measures
from xinzhi.evaluation.intervals import intervals
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.evaluation.pairing import paired

NAMES = ("accuracy", "f1_macro", "auroc")
TARGET_S = 5.0
COVERED = (0.93, 0.97)
Random = np.random.Generator


def classifier(
    random: Random, size: int, chances: np.ndarray, sharp: float, units: np.ndarray | None = None
) -> Outcomes:
    """Answers of a classifier: the right class's score is raised by `sharp` standard deviations."""
    classes = len(chances)
    truth = random.choice(classes, size, p=chances)
    scores = random.normal(size=(size, classes))
    scores[np.arange(size), truth] += sharp
    shares = np.exp(scores)
    return Outcomes(
        kind="classes",
        rows=np.arange(size),
        units=units,
        classes=tuple(f"class {place}" for place in range(classes)),
        columns={"truth": truth, "probabilities": shares / shares.sum(1, keepdims=True)},
    )


def answering(random: Random, right: np.ndarray, units: np.ndarray | None = None) -> Outcomes:
    """Answers of a classifier of two classes that is right where it is told to be."""
    truth = random.integers(0, 2, len(right))
    second = np.where(right, truth, 1 - truth)
    return Outcomes(
        kind="classes",
        rows=np.arange(len(right)),
        units=units,
        classes=("no", "yes"),
        columns={"truth": truth, "probabilities": np.stack([1 - second, second], axis=1) * 1.0},
    )


def speed(resamples: int) -> None:
    """Times the three measures, with both ends of all intervals."""
    made = classifier(np.random.default_rng(0), 100_000, np.full(77, 1 / 77), 3.4)
    took, spent = [], []
    for _ in range(3):
        since, used = time.perf_counter(), time.process_time()
        found = intervals(made, NAMES, resamples=resamples)
        took.append(time.perf_counter() - since)
        spent.append(time.process_time() - used)
    print(f"{len(made):,} examples, 77 classes, {resamples:,} resamples, BCa:")
    for one in found.values():
        print(
            f"  {one.name:<10}{one.value:.4f}  [{one.low:.4f}, {one.high:.4f}]  ± {one.error:.5f}"
        )
    met = "met" if min(took) < TARGET_S else "missed"
    print(
        f"  {min(took):.2f} s (of three: {', '.join(f'{one:.2f}' for one in took)}), "
        f"{min(spent):.2f} s of processor; target {TARGET_S:.0f} s on two cores: {met}"
    )


def peer(size: int = 2000, resamples: int = 500) -> None:
    """Times scipy's bootstrap of the same measures with scikit-learn, on fewer of all."""
    from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

    made = classifier(np.random.default_rng(1), size, np.full(10, 0.1), 2.5)
    truth, shares = made.columns["truth"], made.columns["probabilities"]
    answers = shares.argmax(1)
    called: dict[str, Callable[[np.ndarray], float]] = {
        "accuracy": lambda at: accuracy_score(truth[at], answers[at]),
        "f1_macro": lambda at: f1_score(truth[at], answers[at], average="macro"),
        "auroc": lambda at: roc_auc_score(truth[at], shares[at], multi_class="ovr"),
    }
    print(f"{size:,} examples, 10 classes, {resamples:,} resamples, both bias-corrected:")
    for name, measure in called.items():
        since = time.perf_counter()
        theirs = scipy.stats.bootstrap(
            (np.arange(size),),
            measure,
            n_resamples=resamples,
            vectorized=False,
            rng=np.random.default_rng(0),
        ).confidence_interval
        between = time.perf_counter()
        ours = intervals(made, [name], resamples=resamples)[name]
        took = time.perf_counter() - between
        theirs_s = between - since
        print(
            f"  {name:<10}scipy [{theirs.low:.4f}, {theirs.high:.4f}] {theirs_s:6.2f} s   "
            f"here [{ours.low:.4f}, {ours.high:.4f}] {took:.3f} s   {theirs_s / took:,.0f} times"
        )


class Law(NamedTuple):
    """Data sets of one law.

    Attributes:
        about: what they are.
        name: of the measure.
        make: draws one, from chance and how many units.
        units: of each.
    """

    about: str
    name: str
    make: Callable[[Random, int], Outcomes]
    units: int


RARE = np.array([0.5, 0.25, 0.15, 0.07, 0.03])


def _grouped(random: Random, groups: int) -> Outcomes:
    units = np.repeat(np.arange(groups), random.integers(1, 13, groups))
    return answering(
        random, random.random(len(units)) < random.beta(4.5, 0.5, groups)[units], units
    )


LAWS = (
    Law("p = 0.9", "accuracy", lambda r, n: answering(r, r.random(n) < 0.9), 300),
    Law("5 classes, rarest 3 %", "f1_macro", lambda r, n: classifier(r, n, RARE, 2.2), 500),
    Law("30 % positive", "auroc", lambda r, n: classifier(r, n, np.array([0.7, 0.3]), 1.2), 400),
    Law("100 groups of 1 to 12", "accuracy", _grouped, 100),
    Law("30 groups of 1 to 12", "accuracy", _grouped, 30),
    Law("5 classes, one against rest", "auroc", lambda r, n: classifier(r, n, RARE, 2.2), 500),
)


def coverage(simulations: int, resamples: int) -> None:
    """Counts how often 95 % intervals hold the true value."""
    print(f"95 % intervals that hold the truth, of {simulations} data sets, {resamples} resamples:")
    for law in LAWS:
        truth = measures.value(law.make(np.random.default_rng(0), 500_000), law.name)
        held = below = 0
        for seed in range(simulations):
            made = law.make(np.random.default_rng(seed + 1), law.units)
            found = intervals(made, [law.name], resamples=resamples, seed=seed)[law.name]
            held += found.low <= truth <= found.high
            below += truth < found.low
        share = held / simulations
        met = "met" if COVERED[0] <= share <= COVERED[1] else "missed"
        print(
            f"  {law.name:<10}{law.about:<28}n = {law.units:<5}{share:6.1%}  (too high "
            f"{below / simulations:.1%}, too low {1 - share - below / simulations:.1%})  {met}",
            flush=True,
        )


def equal(random: Random, size: int, disagreement: float) -> tuple[Outcomes, Outcomes]:
    """Two models that are right as often, and differ on this share of the examples."""
    first, chance = random.random(size) < 0.85, random.random(size)
    second = np.where(first, chance >= disagreement / 1.7, chance < disagreement / 0.3)
    seed = int(random.integers(1 << 31))
    a, b = (answering(np.random.default_rng(seed), right) for right in (first, second))
    return a, b


def tests(simulations: int, resamples: int) -> None:
    """Counts how often equally good models are called different at 5 %, either side."""
    print(f"equally good models called different at 5 %, of {simulations} pairs each:")
    for name in ("accuracy", "f1_macro", "auroc"):
        for size in (200, 1000, 12_000):
            shares, took = [], 0.0
            for disagreement in (0.06, 0.10, 0.15):
                differ = 0
                for seed in range(simulations):
                    a, b = equal(np.random.default_rng(seed), size, disagreement)
                    since = time.perf_counter()
                    differ += paired(a, b, name, resamples=resamples, seed=seed).p_value < 0.05
                    took += time.perf_counter() - since
                shares.append(f"{differ / simulations:6.1%}")
            each = 1000 * took / (3 * simulations)
            print(f"  {name:<10}n = {size:<7}{' '.join(shares)}  {each:.1f} ms each", flush=True)


def main() -> None:
    """Measures one part, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("speed", "coverage", "tests"))
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--simulations", type=int, default=500)
    chosen = parser.parse_args()
    if chosen.only in (None, "speed"):
        speed(chosen.resamples)
        peer()
    if chosen.only in (None, "coverage"):
        coverage(chosen.simulations, min(chosen.resamples, 2000))
    if chosen.only in (None, "tests"):
        tests(chosen.simulations, min(chosen.resamples, 1000))


if __name__ == "__main__":
    main()

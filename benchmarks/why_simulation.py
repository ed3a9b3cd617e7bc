"""Planted causes found by `xinzhi why`'s search, without trainings: how often, in how many probes.

python benchmarks/why_simulation.py [--cases 1000] [--factors 12] [--effect 3] [--given 1]
Runs have unit noise between seeds. Prints for each kind of cause the share that was named right
within 8 probes for single causes and 14 for interactions, and how many probes it took.
"""

import argparse
import math
import time
from collections import Counter
from multiprocessing import Pool
from typing import NamedTuple

import numpy as np

from xinzhi.sweeping.why.difference import between
from xinzhi.sweeping.why.evidence import Noise
from xinzhi.sweeping.why.search import Budget, search

# part of the effect by which of the causes are set: none, the first, the second, both
KINDS = {
    "single": (0, 1),
    "both": (0, 0, 0, 1),
    "either": (0, 1, 1, 1),
    "sum": (0, 0.5, 0.5, 1),
    "opposed": (0, -1, 0, 1),
}


class Asked(NamedTuple):
    kind: str
    seed: int
    factors: int
    effect: float
    given: float
    trust: float
    ends: int
    nuisance: float
    refused: float


class Came(NamedTuple):
    right: bool
    probes: int
    sure: float
    covered: bool
    slowest_s: float


def _one(asked: Asked) -> Came:
    random = np.random.default_rng(asked.seed)
    several = 1 if asked.kind == "single" else 2
    cause = tuple(sorted(random.choice(asked.factors, several, replace=False).tolist()))
    parts = np.array(KINDS[asked.kind]) * asked.effect * random.choice([-1, 1])
    small = random.normal(0, asked.nuisance, asked.factors) if asked.nuisance else None
    seen, slowest, last = 0, 0.0, time.perf_counter()

    def run(mixture: frozenset[int]) -> float:
        nonlocal seen, slowest, last
        seen, slowest = seen + 1, max(slowest, time.perf_counter() - last)
        value = float(parts[sum((one in mixture) << bit for bit, one in enumerate(cause))])
        value += sum(small[one] for one in mixture if one not in cause) if small is not None else 0
        last = time.perf_counter()
        return value + float(random.normal())

    def allowed(mixture: frozenset[int]) -> bool:
        return hash((asked.seed, *sorted(mixture))) % 1000 >= 1000 * asked.refused

    whole = frozenset(range(asked.factors))
    ends = [[run(one) for _ in range(asked.ends)] for one in (frozenset[int](), whole)]
    seen, last, slowest = 0, time.perf_counter(), 0.0
    known = between(*ends).noise  # as the pipeline does it
    told = known if asked.given == 0 else Noise(deviation=asked.given, trust=asked.trust)
    found = search(
        factors=asked.factors,
        run=run,
        values_a=ends[0],
        values_b=ends[1],
        noise=told,
        budget=Budget(),
        allowed=allowed,
        seed=asked.seed,
    )
    best = found.causes[0]
    covered = best.low <= parts[-1] <= best.high
    right = best.factors == cause and found.unexplained < best.sure
    return Came(right, seen, best.sure, covered, slowest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1000, help="of each kind")
    parser.add_argument("--factors", type=int, default=12)
    parser.add_argument("--effect", type=float, default=3.0)
    parser.add_argument(
        "--given",
        type=float,
        default=0.0,
        help="noise that the search is told; 0: what A and B show",
    )
    parser.add_argument("--trust", type=float, default=6.0)
    parser.add_argument("--ends", type=int, default=3, help="runs of A and of B")
    parser.add_argument("--nuisance", type=float, default=0.0, help="effects of other factors")
    parser.add_argument("--refused", type=float, default=0.0, help="share of mixtures")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    asked = parser.parse_args()
    print(vars(asked))
    for kind in asked.kinds:
        cases = [
            Asked(kind, seed, asked.factors, asked.effect, asked.given, asked.trust, asked.ends,
                  asked.nuisance, asked.refused)
            for seed in range(asked.cases)
        ]  # fmt: skip
        with Pool(asked.processes) as pool:
            came = pool.map(_one, cases, chunksize=8)
        _tell(kind, came)


def _tell(kind: str, came: list[Came]) -> None:
    most = 8 if kind == "single" else 14
    share = sum(one.right and one.probes <= most for one in came) / len(came)
    error = 1.96 * math.sqrt(share * (1 - share) / len(came))
    probes = sorted(one.probes for one in came)
    hits = [one for one in came if one.right]
    said = np.mean([one.sure for one in came])
    print(
        f"{kind:8} right within {most}: {share:.1%} ± {error:.1%}  "
        f"(right at all {len(hits) / len(came):.1%}, said to be {said:.1%})"
        f"  probes: median {probes[len(probes) // 2]}, 90 % {probes[int(0.9 * len(probes))]}"
        f"  effect's interval covers {np.mean([c.covered for c in hits] or [0]):.1%}"
        f"  slowest step {max(one.slowest_s for one in came) * 1e3:.0f} ms"
    )
    print("         ", dict(sorted(Counter(probes).items())), flush=True)


if __name__ == "__main__":
    main()

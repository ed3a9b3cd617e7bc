"""Planted causes among twelve differing keys, found by real trainings: right or wrong, probes.

python benchmarks/why_causes.py [--cases 20] [--first 0] [--ends 3]
The causes are planted by planted_causes.py, which knows nothing of the search. A and B are there
with a few seeds each before the search begins, as runs of a store are; whatever is run beyond them
is a probe. Ends with 1 where fewer than 18 of 20 are named right, a single factor in at most 8
probes and an interaction in at most 14.
"""

import argparse
import sys
import time

from planted_causes import Case, plant

from xinzhi.sweeping.why.difference import between
from xinzhi.sweeping.why.search import search

MOST = {"single": 8, "interaction": 14}
_SEED = 1000  # of the first probe


def _find(case: Case, ends: int) -> tuple[frozenset[str], int, float]:
    """The cause as the search names it, how many probes it took, and how sure it is."""
    keys = sorted(key for key in {*case.a, *case.b} if case.a.get(key) != case.b.get(key))
    probes = 0

    def run(mixture: frozenset[int]) -> float:
        nonlocal probes
        probes += 1
        chosen = {keys[number] for number in mixture}
        sides = {key: case.b if key in chosen else case.a for key in {*case.a, *case.b}}
        config = {key: side[key] for key, side in sides.items() if key in side}
        return case.run(config, _SEED + probes)

    values = [[case.run(dict(end), seed) for seed in range(ends)] for end in (case.a, case.b)]
    found = search(
        factors=len(keys),
        run=run,
        values_a=values[0],
        values_b=values[1],
        noise=between(*values).noise,
    )
    best = found.causes[0]
    return frozenset(keys[number] for number in best.factors), probes, best.sure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="seed of the first case")
    parser.add_argument("--ends", type=int, default=3, help="runs of A and of B that are there")
    asked = parser.parse_args()
    right = 0
    for seed in range(asked.first, asked.first + asked.cases):
        started = time.perf_counter()
        case = plant(seed)
        named, probes, sure = _find(case, asked.ends)
        told, truth = (", ".join(sorted(names)) for names in (named, case.cause))
        hit = named == case.cause and probes <= MOST[case.kind]
        right += hit
        print(
            f"{seed:3} {case.kind:11} {'right' if hit else 'WRONG'} {probes:2} probes, "
            f"{sure:.0%} sure of {told}; it is {truth}; "
            f"{time.perf_counter() - started:.0f} s",
            flush=True,
        )
    wanted = round(0.9 * asked.cases)
    print(f"{right} of {asked.cases} right within their probes, {wanted} wanted")
    sys.exit(right < wanted)


if __name__ == "__main__":
    main()

"""How often the default gate promotes what it should not, and what it should.

    python benchmarks/gate_simulation.py [--simulations 1000] [--seed 0] [--measure accuracy]

The gate is the one that `xinzhi promote` asks by default, conf/gate/default.yaml, and the decisions
are those of the same code. n = 12,000 examples, five slices of 8 % each without a common example;
two models of which the champion is right on 85 %, and of which exactly one is right on 6, 10 or
15 % of the examples. This disagreement d is planted: an example is answered rightly by the
challenger alone with probability (d + g)/2, by the champion alone with (d − g)/2, by both or none
otherwise, where g is the true gain of the part that the example is in. Each model's probabilities
are calibrated: confidence c is drawn given right or wrong so that a share c of the answers of
confidence c is right.

Three kinds of challenger, each simulated so often for each disagreement:
    equal     as good everywhere; promoted in at most 5 % (upper bound of Clopper and Pearson, 95 %)
    drop      3 points worse in one slice, 2 points better in all the rest; blocked in at least 95 %
    gain      2 points better everywhere; promoted in at least 80 %
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.stats import beta

from xinzhi.config.targets import build
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.registry.gates import Gate, verdict

GATE = Path(__file__).parents[1] / "conf" / "gate" / "default.yaml"
EXAMPLES, SLICES, SHARE, ACCURACY = 12_000, 5, 0.08, 0.85
DISAGREEMENTS = (0.06, 0.10, 0.15)
# gain in the first slice, gain elsewhere
CASES = {"equal": (0.0, 0.0), "drop": (-0.03, 0.02), "gain": (0.02, 0.02)}
Array = np.ndarray[Any, Any]


def planted(case: str, disagreement: float, dice: np.random.Generator) -> tuple[Outcomes, Outcomes]:
    """Outcomes of a champion and a challenger."""
    size = int(EXAMPLES * SHARE)
    slices = np.arange(EXAMPLES)[None, :] // size == np.arange(SLICES)[:, None]
    inside, outside = CASES[case]
    gains = np.where(slices[0], inside, outside)
    drawn = dice.random(EXAMPLES)
    challenger_alone = drawn < (disagreement + gains) / 2
    champion_alone = ~challenger_alone & (drawn < disagreement)
    # both right so often that the champion is right on 85 % of each part
    both = (drawn >= disagreement) & (
        (drawn - disagreement) < ACCURACY - (disagreement - gains) / 2
    )
    truth = dice.integers(0, 2, EXAMPLES)
    named = {f"part {number + 1}": one for number, one in enumerate(slices)}
    return (
        outcomes(both | champion_alone, np.full(EXAMPLES, ACCURACY), truth, named, dice),
        outcomes(both | challenger_alone, ACCURACY + gains, truth, named, dice),
    )


def outcomes(
    right: Array, accuracy: Array, truth: Array, slices: dict[str, Array], dice: np.random.Generator
) -> Outcomes:
    """Answers of a calibrated model: confidence is even between 2·accuracy − 1 and 1."""
    low = 2 * accuracy - 1
    spread = dice.random(len(right))
    # the density of confidence c is as c among right answers, as 1 − c among wrong ones
    of_right = np.sqrt(low**2 + spread * (1 - low**2))
    of_wrong = 1 - (1 - low) * np.sqrt(1 - spread)
    confidence = np.maximum(np.where(right, of_right, of_wrong), 0.5 + 1e-9)
    answered = np.where(right, truth, 1 - truth)
    of_one = np.where(answered == 1, confidence, 1 - confidence)
    return Outcomes(
        kind="classes",
        rows=np.arange(len(right)),
        columns={"truth": truth, "probabilities": np.stack([1 - of_one, of_one], axis=1)},
        classes=("no", "yes"),
        slices=slices,
    )


def promoted(gate: Gate, case: str, disagreement: float, args: argparse.Namespace) -> int:
    """How many of the simulated challengers become champion."""
    number = [*CASES].index(case), DISAGREEMENTS.index(disagreement)
    count = 0
    for simulation in range(args.simulations):
        dice = np.random.default_rng([args.seed, *number, simulation])
        pair = planted(case, disagreement, dice)
        count += verdict(gate, *pair, objective=args.measure).passed
    return count


def upper(count: int, of: int) -> float:
    """The upper bound, one-sided 95 %, of Clopper and Pearson (1934)."""
    return 1.0 if count == of else float(beta.ppf(0.95, count + 1, of - count))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--measure", choices=["accuracy", "f1_macro"], default="accuracy")
    args = parser.parse_args()
    gate = build(yaml.safe_load(GATE.read_text(encoding="utf-8")))
    started, good = time.monotonic(), True
    for case in CASES:
        for disagreement in DISAGREEMENTS:
            count = promoted(gate, case, disagreement, args)
            share = count / args.simulations
            bound = upper(count, args.simulations)
            reached = {"equal": bound <= 0.05, "drop": share <= 0.05, "gain": share >= 0.8}[case]
            good &= reached
            print(
                f"{case:<6} disagreement {disagreement:4.0%}: promoted {share:6.1%}"
                f" (at most {bound:.1%}), blocked {1 - share:6.1%}"
                f"  {'reached' if reached else 'NOT REACHED'}"
            )
    each_ms = 1000 * (time.monotonic() - started) / (9 * args.simulations)
    print(f"{each_ms:.1f} ms for each decision")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

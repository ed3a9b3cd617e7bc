"""What a comparison says in sentences."""

import math
from collections.abc import Iterator, Mapping, Sequence

from xinzhi.config.identity import command_line
from xinzhi.evaluation import measures
from xinzhi.registry.comparison_pairs import RATE, Pair
from xinzhi.registry.comparison_runs import Compared

_MORE_SEEDS = 4
_TOO_MANY = 1000.0  # times as many rows as there are: no answer to a practical question


def amount(metric: str, value: float, *, sign: bool = False) -> str:
    """A difference in a measure: in points where it is a share, else as it is.

    Args:
        metric: the measure.
        value: of the difference.
        sign: whether a plus is written too.

    >>> amount("f1_macro", 0.01834), amount("rmse", -0.01834, sign=True)
    ('1.8', '−0.01834')
    """
    if not math.isfinite(value):
        return "unknown"
    text = f"{100 * value:.1f}" if in_points(metric) else f"{value:.4g}"
    if in_points(metric) and 0 < abs(100 * value) < 0.1:
        text = f"{100 * value:.1g}"
    text = text.replace("-", "−")
    return f"+{text}" if sign and value > 0 else text


def in_points(metric: str) -> bool:
    """Whether differences in a measure are told in hundredths.

    Args:
        metric: the measure.
    """
    return measures.higher_is_better(metric) and metric != "r2"


def chance(p_value: float) -> str:
    """A p-value with its sign.

    Args:
        p_value: of a test.

    >>> chance(0.00004), chance(0.0412)
    ('p < 0.0001', 'p = 0.041')
    """
    return "p < 0.0001" if p_value < 1e-4 else f"p = {p_value:.2g}"


def verdict(pair: Pair, *, tests: int, level: float) -> str:
    """What is to be thought of two runs in one measure.

    Args:
        pair: of runs.
        tests: how many were corrected for.
        level: of the interval.
    """
    metric, unit = pair.metric, " points of" if in_points(pair.metric) else " of"
    ends = f"{level:.0%}".replace("%", " %")
    if math.isnan(pair.low):
        return f"Nothing can be said of {pair.a} and {pair.b} in {metric}: {pair.note}."
    after = f" after Holm over {tests}" if tests > 1 else ""
    if pair.better is not None:
        other = pair.a if pair.better == pair.b else pair.b
        sign = 1 if pair.difference > 0 else -1
        bounds = sorted((sign * pair.low, sign * pair.high))
        span = " to ".join(amount(metric, one) for one in bounds)
        return (
            f"{pair.better} is better than {other} by {amount(metric, abs(pair.difference))}{unit}"
            f" {metric} ({ends}: {span}; {chance(pair.p_holm)}{after});"
            f" the difference {_between(pair)}is real."
        )
    span = " to ".join(amount(metric, one) for one in (pair.low, pair.high))
    head = (
        f"{pair.a} and {pair.b} cannot be told apart in {metric}: {pair.b} − {pair.a} is"
        f" {amount(metric, pair.difference, sign=True)}{' points' * in_points(metric)}"
        f" ({ends}: {span}; {_chances(pair, after)})."
    )
    alone = []
    if pair.p_value < RATE and tests > 1:
        alone = [
            f"If {metric} was the question from the start, ask for it alone: metrics=[{metric}]."
        ]
    return " ".join([head, *alone, *_needed(pair)])


def _between(pair: Pair) -> str:
    """Which difference is meant: with one seed that of two sets of weights."""
    return "between these two models " if max(pair.seeds) < 2 else ""


def order(values: Mapping[str, float], pairs: Sequence[Pair]) -> list[str]:
    """Who is first in the main measure, and who is tied, in a sentence; nothing of two runs.

    Args:
        values: of the main measure, by letter.
        pairs: in that measure.
    """
    if len(values) < 3:
        return []
    metric = pairs[0].metric
    best = max if measures.higher_is_better(metric) else min
    first = best(values, key=lambda letter: values[letter])
    own = [one for one in pairs if first in (one.a, one.b)]
    tied = [one.b if one.a == first else one.a for one in own if one.better is None]
    behind = [one.b if one.a == first else one.a for one in own if one.better is not None]
    told = [f"really better than {', '.join(behind)}"] if behind else []
    told += [f"not to be told apart from {', '.join(tied)}"] if tied else []
    return [f"{first} is first in {metric} ({values[first]:.4f}), {', '.join(told)}."]


def _chances(pair: Pair, after: str) -> str:
    if after and pair.p_value < RATE <= pair.p_holm:
        return f"{chance(pair.p_value)} by itself, {chance(pair.p_holm)}{after}"
    return f"{chance(pair.p_holm)}{after}"


def _needed(pair: Pair) -> Iterator[str]:
    if not pair.difference or not pair.error > 0:
        if pair.note:
            yield f"{pair.note[0].upper()}{pair.note[1:]}."
        return
    ways = []
    if pair.rows_needed is not None and pair.rows_needed < _TOO_MANY:
        more = _rounded(pair.units * (pair.rows_needed - 1))
        ways.append(f"{more:,} more independent test rows")
    if pair.seeds_needed is not None and pair.seeds_needed < _TOO_MANY:
        ways.append(f"{pair.seeds_needed:,} seeds of each")
    smallest = amount(pair.metric, pair.smallest)
    unit = " points" if in_points(pair.metric) else ""
    decided = f"What there is decides differences from {smallest}{unit} on."
    if ways:
        yield f"To decide a difference of this size {' or '.join(ways)} are needed. {decided}"
    else:
        yield f"No practical number of rows would decide a difference so small. {decided}"


def _rounded(count: float) -> int:
    """Upwards to two digits."""
    step = int(10 ** max(math.floor(math.log10(max(count, 1.0))) - 1, 0))
    return max(math.ceil(count / step) * step, 1)


def of_seeds(runs: Sequence[Compared], seeds: dict[str, list[int | None]]) -> list[str]:
    """What is known of the variance between seeds, and the commands that would tell more.

    Args:
        runs: that are compared.
        seeds: by letter, those whose answers were compared.
    """
    alone = [one for one in runs if len(seeds[one.letter]) < 2]
    if not alone:
        told = ", ".join(f"{one.letter} {len(seeds[one.letter])}" for one in runs)
        return [f"The variance between seeds is counted ({told})."]
    if len(alone) == len(runs) and _differ_in_seed_alone(runs):
        return ["They differ in the seed alone: what is seen is the noise between seeds."]
    if len(alone) == len(runs):
        lines = [
            "With one seed each, the variance between seeds is unknown: another seed may turn the"
            " difference round. To know it:"
        ]
    else:
        names = " and ".join(one.letter for one in alone)
        lines = [f"Of {names} there is one seed, taken to vary as the others do. To know it:"]
    commands = [more_seeds(one) for one in alone]
    return [*lines, *(f"  {command}" for command in commands if command)]


def more_seeds(run: Compared) -> str | None:
    """The command that trains a run with further seeds; None where what was typed is not known.

    Args:
        run: that is compared.
    """
    facts = run.facts
    if facts.overrides is None or facts.seed is None:
        return None
    fixed = [o for o in facts.overrides if not o.startswith(("seed=", "report=", "test="))]
    seeds = ",".join(str(facts.seed + 1 + n) for n in range(_MORE_SEEDS))
    return command_line("train", ["-m", *fixed, f"seed={seeds}", "test=true"])


def _differ_in_seed_alone(runs: Sequence[Compared]) -> bool:
    first = runs[0].facts
    return all(one.facts.config == first.config for one in runs)


def others(pairs: Sequence[Pair], main: str) -> list[str]:
    """In which other measures a difference is real, in a sentence for each two runs.

    Args:
        pairs: of all measures.
        main: the measure that has a sentence of its own.
    """
    lines = []
    for a, b in dict.fromkeys((one.a, one.b) for one in pairs):
        rest = [one for one in pairs if (one.a, one.b) == (a, b) and one.metric != main]
        for side, other in ((a, b), (b, a)):
            real = [
                f"{one.metric} (by {amount(one.metric, abs(one.difference))})"
                for one in rest
                if one.better == side
            ]
            if real:
                lines.append(f"{side} is really better than {other} in {', '.join(real)}.")
        if rest and not any(one.better for one in rest):
            lines.append(f"In no other measure can {a} and {b} be told apart.")
    return lines


def otherwise(logged: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> list[str]:
    """Which measures of what a model answers are not those that its training logged.

    Args:
        logged: by letter and measure.
        names: of the measures that are looked at.
    """
    found = []
    for name in names:
        told = [f"{letter} {own[name]:.4f}" for letter, own in logged.items() if name in own]
        if told:
            found.append(f"{name} is of the answers as they are served; logged: {', '.join(told)}")
    return found

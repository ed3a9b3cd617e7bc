"""What is said while a cause is looked for, and what is told in the end."""

from collections.abc import Sequence
from math import ceil, log2
from typing import TYPE_CHECKING

from xinzhi.sweeping.show.wording import counted, duration, mean_spread, number
from xinzhi.sweeping.why.hypotheses import IN_WORDS

if TYPE_CHECKING:
    from xinzhi.sweeping.records import Job
    from xinzhi.sweeping.why.difference import Difference
    from xinzhi.sweeping.why.probes import Run
    from xinzhi.sweeping.why.question import Question
    from xinzhi.sweeping.why.search import Budget
    from xinzhi.sweeping.why.verdict import Cause, Found

_SHOWN = 6  # factors in a line


def plan(question: "Question", budget: "Budget", *, seeds: int, program_waits: bool) -> str:
    """What differs, what will be run and how long that takes.

    Args:
        question: what is asked.
        budget: of probes.
        seeds: that A and B are run with at least.
        program_waits: whether there is anything to be searched.
    """
    factors = question.apart.factors
    lines = [
        f"A  {question.a.facts.title}",
        f"B  {question.b.facts.title}",
        f"{counted(len(factors), 'thing')} {'differs' if len(factors) == 1 else 'differ'}:",
        *(f"  {one.name}  {one.shown[0]} → {one.shown[1]}" for one in factors),
        *question.notes,
    ]
    if not program_waits:
        return "\n".join(lines)
    each = max(question.a.seconds, question.b.seconds)
    first = sum(
        max(0, seeds - (0 if question.again else len(side.values)))
        for side in (question.a, question.b)
    )
    likely = min(expected(len(factors)), budget.probes)
    told = f"plan: {likely} probes or so, at most {budget.probes}, about {duration(each)} each"
    if first:
        told = f"plan: {counted(first, 'run')} of A and B to know the noise between seeds, then" + (
            told.removeprefix("plan:")
        )
    about, most = (first + likely) * each, (first + budget.probes) * each
    return "\n".join([*lines, f"{told}: {duration(about)}, at most {duration(most)}"])


def expected(factors: int) -> int:
    """How many probes are likely to be needed.

    Args:
        factors: that differ.
    """
    return 0 if factors < 2 else ceil(1.4 * log2(factors)) + 2


def of_difference(question: "Question", found: "Difference") -> str:
    """How far A and B lie apart over seeds.

    Args:
        question: what is asked.
        found: the difference.
    """
    deviation = found.deviation or 0.0
    sides = [
        f"{letter} {mean_spread(mean, deviation, n)} ({counted(n, 'seed')})"
        for letter, mean, n in zip("AB", (found.a, found.b), found.seeds, strict=True)
    ]
    p = "" if found.p_value is None else f", p = {found.p_value:.2g}"
    return f"{question.metric}: {', '.join(sides)}, difference {found.size:+.4g}{p}"


def left_s(found: "Found", budget: "Budget", each: float) -> tuple[float, float]:
    """Seconds that a search will likely take still, and will take at most.

    Args:
        found: where it stands.
        budget: of probes.
        each: seconds of a probe.
    """
    most = max(0, budget.probes - len(found.probes))
    # each probe about halves what is not sure yet
    unsure = max(1 - found.causes[0].sure, 1e-6)
    likely = min(most, max(1, ceil(1.5 * log2(unsure / (1 - budget.sure))))) if most else 0
    return likely * each, most * each


def so_far(question: "Question", run: "Run", found: "Found", budget: "Budget", each: float) -> str:
    """What the last probe reached and what is believed by now.

    Args:
        question: what is asked.
        run: the last probe.
        found: what is believed.
        budget: of probes.
        each: seconds of a probe.
    """
    value = "failed" if run.value is None else f"{question.metric} {number(run.value)}"
    best = found.causes[0]
    likely = f"{cause_named(question, best)} {best.sure:.0%}"
    if found.unexplained > best.sure:
        likely = f"none of the causes that are thought of {found.unexplained:.0%}"
    which = (
        f"probe {len(found.probes)} of at most {budget.probes}"
        if run.value is not None
        else "a probe"
    )
    told = f"{which}: {value} with {mixture_named(question, run.mixture)}; likeliest: {likely}"
    if budget.is_spent(found):
        return told
    about, most = left_s(found, budget, each)
    return f"{told}; about {duration(about)} left, at most {duration(most)}"


def waiting(what: str, pending: "Sequence[Job]", each: float) -> str:
    """What runs just now.

    Args:
        what: the mixture that runs, or is next.
        pending: jobs that have not ended.
        each: seconds of a run.
    """
    done = max(job.progress for job in pending)
    about = duration(each * (len(pending) - done))
    return f"  {done:.0%} of the run of {what}; about {about} for what waits"


def mixture_named(question: "Question", mixture: frozenset[int]) -> str:
    """A mixture as a person reads it.

    Args:
        question: what is asked.
        mixture: numbers of the factors that are B's.
    """
    if not mixture:
        return "all of A"
    if mixture == question.whole:
        return "all of B"
    names = [one.name for one in question.apart.factors]
    theirs = [names[n] for n in sorted(mixture)]
    ours = [name for n, name in enumerate(names) if n not in mixture]
    if len(ours) < len(theirs):
        return f"B but {_listed(ours)} of A"
    return f"A but {_listed(theirs)} of B"


def cause_named(question: "Question", cause: "Cause") -> str:
    """The factors of a cause.

    Args:
        question: what is asked.
        cause: that may carry the difference.
    """
    if cause.kind == "spread":
        return "a little of everything"
    return " with ".join(question.apart.factors[number].name for number in cause.factors)


def cause_told(question: "Question", cause: "Cause") -> str:
    """A cause in a clause: what, from what to what, how.

    Args:
        question: what is asked.
        cause: that carries the difference.
    """
    if cause.kind == "spread":
        return IN_WORDS["spread"]
    named = [question.apart.factors[number] for number in cause.factors]
    told = " and ".join(f"{one.name} ({one.shown[0]} → {one.shown[1]})" for one in named)
    return f"{told} {IN_WORDS[cause.kind]}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"

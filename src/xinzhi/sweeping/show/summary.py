"""What a sweep came to, in words and numbers: for its run, its page and the terminal."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from xinzhi.config.identity import command_line
from xinzhi.sweeping.records import ENDED, Job, Sweep
from xinzhi.sweeping.search import space
from xinzhi.sweeping.search.final import FINAL, searched
from xinzhi.sweeping.search.scores import front
from xinzhi.sweeping.show.chance import best, caution
from xinzhi.sweeping.show.remaining import took_s
from xinzhi.sweeping.show.telling import averages
from xinzhi.sweeping.show.wording import counted, duration, number

if TYPE_CHECKING:
    from xinzhi.sweeping.search.search import Standing

_MOST_LINES, _MOST_TESTED = 10, 4


def overrides(sweep: Sweep, standing: "Standing") -> list[str]:
    """What a configuration has beside the sweep's fixed overrides.

    Args:
        sweep: of the configuration.
        standing: of it.
    """
    axes = [axis for axis in sweep.axes if axis.key in standing.params]
    return [space.override(axis, standing.params[axis.key]) for axis in axes]


def best_job(sweep: Sweep, standing: "Standing") -> Job | None:
    """The job of a configuration that validation liked best: of several seeds, the one to register.

    Args:
        sweep: of the configuration.
        standing: of it.
    """
    done = [job for job in standing.jobs if job.state == "finished" and job.values]
    sign = -1 if sweep.modes[0] == "min" else 1
    return max(done, key=lambda job: sign * job.values[0], default=None)


def best_command(sweep: Sweep) -> str:
    """The command that prints the best configuration.

    Args:
        sweep: it.
    """
    return command_line("sweep", ["best", sweep.name])


def counts(jobs: Sequence[Job]) -> dict[str, int]:
    """Jobs of the search by their state, those that there are.

    Args:
        jobs: of a sweep.
    """
    found = Counter(job.state for job in searched(jobs))
    order = (*ENDED, "running", "waiting")
    return {state: found[state] for state in order if found[state]}


def metrics(sweep: Sweep, jobs: Sequence[Job], standings: Sequence["Standing"]) -> dict[str, float]:
    """Numbers for the sweep's run: the best configuration's, and how many jobs it took.

    Args:
        sweep: it.
        jobs: all of it, the one that tests included.
        standings: of its configurations, the best first.
    """
    found = {f"sweep/{state}": float(count) for state, count in counts(jobs).items()}
    found["sweep/hours"] = sum(took_s(searched(jobs))) / 3600
    first = best(standings)
    if first is not None:
        triples = zip(sweep.objectives, first.values, first.spreads, strict=True)
        for name, value, spread in triples:
            found[f"best/{name}"] = value
            if first.n > 1:
                found[f"best/{name}/spread"] = spread
    found |= tested(jobs)
    return {name: value for name, value in found.items() if math.isfinite(value)}


def tested(jobs: Sequence[Job]) -> dict[str, float]:
    """What the best configuration reached on the test rows; nothing before it was tested.

    Args:
        jobs: of a sweep, the one that tests included.
    """
    last = [job for job in jobs if job.trial == FINAL and job.state == "finished"]
    return {
        name: value
        for job in last
        for name, value in job.metrics.items()
        if name.startswith("test/")
    }


def tags(sweep: Sweep, standings: Sequence["Standing"]) -> dict[str, str]:
    """Tags for the sweep's run: which trial is the best, and the run of its best seed.

    Args:
        sweep: it.
        standings: of its configurations, the best first.
    """
    first = best(standings)
    if first is None:
        return {}
    top = best_job(sweep, first)
    return {
        "best_trial": str(first.trial),
        "best_overrides": " ".join(overrides(sweep, first)),
        **({"best_run": top.run_id} if top and top.run_id else {}),
        **_front(sweep, standings),
    }


def _front(sweep: Sweep, standings: Sequence["Standing"]) -> dict[str, str]:
    """The runs of all configurations that none beats, where several objectives leave a choice."""
    if len(sweep.objectives) == 1:
        return {}
    runs = [job.run_id for one in front(standings) for job in one.jobs if job.state == "finished"]
    return {"best_runs": " ".join(run for run in runs if run)}


def note(sweep: Sweep, jobs: Sequence[Job], standings: Sequence["Standing"]) -> str:
    """The Markdown at the top of the sweep's run.

    Args:
        sweep: it.
        jobs: all of it.
        standings: of its configurations, the best first.
    """
    return "\n".join(_note(sweep, jobs, standings))


def _note(sweep: Sweep, jobs: Sequence[Job], standings: Sequence["Standing"]) -> Iterator[str]:
    total = len(searched(jobs))
    states = ", ".join(f"{count:,} {state}" for state, count in counts(jobs).items())
    spent = duration(sum(took_s(searched(jobs))))
    head = f"Sweep **{sweep.name}** ({sweep.method}): {counted(total, 'job')}, {states}"
    yield f"{head}; {spent} of training.\n"
    first = best(standings)
    if first is None:
        yield "No job was finished."
        return
    reached = averages(sweep, first.values, first.spreads, first.n)
    yield f"**Best: trial {first.trial}, {reached}** ({counted(first.n, 'seed')})\n"
    yield "```\n" + "\n".join(overrides(sweep, first)[:_MOST_LINES]) + "\n```\n"
    if told := caution(sweep, standings):
        yield f"{told}\n"
    yield f"Its overrides: `{best_command(sweep)}`  "
    if found := tested(jobs):
        shown = list(found.items())[:_MOST_TESTED]
        yield f"On the test rows: {', '.join(f'{k} {number(v)}' for k, v in shown)}  "
    if sweep.final_run:
        promote = command_line("promote", [sweep.experiment])
        yield f"Tested and registered by run `{sweep.final_run[:8]}`; into use: `{promote}`  "
    yield "All figures: `sweep/report.html` among the artifacts."

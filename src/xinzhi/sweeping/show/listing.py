"""Sweeps and configurations as tables for a person."""

import math
import shlex
import statistics
import time
from collections.abc import Mapping, Sequence

from xinzhi.sweeping.records import Job, State, Sweep
from xinzhi.sweeping.result import Version
from xinzhi.sweeping.search.search import Standing, ranking
from xinzhi.sweeping.show import chance, telling
from xinzhi.sweeping.show.wording import counted, duration, mean_spread, setting, short_names

_SHOWN, _FAILURES = 10, 3


def listing(sweeps: Sequence[tuple[Sweep, Mapping[State, int]]]) -> str:
    """A line for each sweep.

    Args:
        sweeps: with their numbers of jobs by state, the newest first.
    """
    if not sweeps:
        return "there is no sweep yet"
    rows = [("sweep", "method", "phase", "jobs", "begun")]
    for sweep, counts in sweeps:
        jobs = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
        ago = f"{duration(time.time() - sweep.created)} ago"
        rows.append((sweep.name, sweep.method, sweep.phase, jobs, ago))
    return _columns(rows)


def standing(
    sweep: Sweep,
    jobs: Sequence[Job],
    last: Job | None,
    program: str,
    *,
    unattended: str = "",
    version: Version | None = None,
    page: str | None = None,
) -> str:
    """The best configurations, what failed, and where to go on.

    Args:
        sweep: whose jobs they are.
        jobs: of the search.
        last: the job that tests and registers.
        program: as it was called.
        unattended: that nobody looks after the sweep, in words; empty where somebody does.
        version: of the registered model that the best became.
        page: where the report is.
    """
    names, standings = short_names(sweep.axes), ranking(sweep, jobs)
    counts = [(state, sum(job.state == state for job in jobs)) for state in _STATES]
    told = ", ".join(f"{number} {state}" for state, number in counts if number)
    parts = [f"sweep {sweep.name}: {sweep.phase}; {told or 'no job yet'}", unattended]
    if standings:
        parts.append(_columns(_rows(sweep, standings, names)))
        parts.append(chance.caution(sweep, standings))
    failed = [job for job in jobs if job.state == "failed"]
    parts += [telling.failure(sweep, job, names) for job in failed[:_FAILURES]]
    parts.append(_more_failed(sweep, len(failed) - _FAILURES, program))
    parts.append(_over_all(jobs))
    if last is not None:
        told = "" if version is None else version.told()
        parts.append("\n".join(filter(None, [_ending(sweep, last, names), told])))
    parts.append(f"page: {page}" if page else "")
    every = jobs if last is None else [*jobs, last]
    left_alone = bool(unattended) or sweep.phase != "open"
    parts.append("\n".join(_next(sweep, every, standings, program, left_alone=left_alone)))
    return "\n\n".join(filter(None, parts))


_STATES: tuple[State, ...] = ("waiting", "running", "finished", "pruned", "failed")


def _rows(
    sweep: Sweep, standings: Sequence[Standing], names: Mapping[str, str]
) -> list[tuple[str, ...]]:
    rows = [("trial", *sweep.objectives, "seeds", "configuration")]
    for one in standings[:_SHOWN]:
        reached = [mean_spread(v, s, one.n) for v, s in zip(one.values, one.spreads, strict=True)]
        whole = str(one.n) if one.complete else f"{one.n} of {len(one.jobs)}"
        told = setting(one.params, names) or "as the experiment has it"
        rows.append((str(one.trial), *reached, whole, told))
    if len(standings) > _SHOWN:
        rows.append((f"… {len(standings) - _SHOWN} more",))
    return rows


def _over_all(jobs: Sequence[Job]) -> str:
    """Test metrics over all jobs, of a repetition, whose jobs have them."""
    done = [job.metrics for job in jobs if job.state == "finished"]
    names = [name for name in (done[0] if done else ()) if name.startswith("test/")]
    rows = [("over all jobs on the test rows", f"{len(done)} jobs")] if names else []
    for name in names:
        told = [metrics[name] for metrics in done if name in metrics]
        values = [value for value in told if math.isfinite(value)]  # what some rows do not define
        if values:
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            rows.append((name, mean_spread(statistics.fmean(values), spread, len(values))))
    return _columns(rows)


def _more_failed(sweep: Sweep, more: int, program: str) -> str:
    if more <= 0:
        return ""
    asked = f"{program} sweep status {shlex.quote(sweep.name)} report=json"
    return f"and {counted(more, 'more job')} failed: `{asked}` has all"


def _ending(sweep: Sweep, last: Job, names: Mapping[str, str]) -> str:
    if last.state == "finished":
        tested = {n: v for n, v in last.metrics.items() if n.startswith("test/")}
        first = [f"test/{name.rpartition('/')[2]}" for name in sweep.objectives]
        shown = [name for name in dict.fromkeys([*first, *tested]) if name in tested][:5]
        reached = ", ".join(f"{name} {tested[name]:.4f}" for name in shown)
        return f"the best on the test rows: {reached or 'there are none'}  (run {last.run_id})"
    if last.state == "failed":
        return telling.failure(sweep, last, names)
    return "the best is tested and registered when the last job has ended"


def _next(
    sweep: Sweep,
    jobs: Sequence[Job],
    standings: Sequence[Standing],
    program: str,
    *,
    left_alone: bool,
) -> list[str]:
    name, lines = shlex.quote(sweep.name), []
    if any(job.state == "failed" for job in jobs):
        lines.append(f"next: {program} sweep retry-failed {name}")
    if any(job.state in {"waiting", "running"} for job in jobs) and left_alone:
        lines.append(f"next: {program} sweep resume {name}")
    if standings:
        lines.append(f"next: {program} sweep best {name}")
    return [*lines, f"next: {program} ui"]


def _columns(rows: Sequence[tuple[str, ...]]) -> str:
    widths: dict[int, int] = {}
    for row in rows:
        for place, cell in enumerate(row[:-1]):
            widths[place] = max(widths.get(place, 0), len(cell))
    return "\n".join(
        "  ".join(
            cell.ljust(widths[place]) if place in widths else cell for place, cell in enumerate(row)
        ).rstrip()
        for row in rows
    )

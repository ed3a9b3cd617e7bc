"""A sweep as a terminal shows it: the best, what runs with its time left, what was pruned."""

import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xinzhi.sweeping.records import ENDED, Job, State, Sweep
from xinzhi.sweeping.show import telling
from xinzhi.sweeping.show.remaining import job_left_s, left_s
from xinzhi.sweeping.show.wording import (
    counted,
    duration,
    mean_spread,
    number,
    setting,
    short_names,
)

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from xinzhi.sweeping.search.search import Standing

_BAR = 16
_BEST, _PRUNED = 5, 3
_FRAME = 9  # lines beside those of the best, the running and the pruned
_COLOURS: dict[State, str] = {
    "finished": "blue",
    "pruned": "yellow",
    "failed": "red",
    "running": "cyan",
    "waiting": "bright_black",
}


def screen(
    sweep: Sweep,
    jobs: Sequence[Job],
    standings: Sequence["Standing"],
    *,
    total: int,
    since: float,
    height: int = 40,
    width: int = 100,
) -> "RenderableType":
    """All that is shown, in as many lines as there is room for.

    Args:
        sweep: whose jobs run.
        jobs: all that are chosen so far.
        standings: of the configurations, the best first.
        total: jobs in all.
        since: when this command began, in seconds since 1970.
        height: of the terminal.
        width: of the terminal.
    """
    from rich.console import Group

    now, names = time.time(), short_names(sweep.axes)
    running = [job for job in jobs if job.state == "running"]
    pruned = [job for job in jobs if job.state == "pruned" and job.started is not None]
    pruned = sorted(pruned, key=lambda job: job.ended or 0.0)[-_PRUNED:]
    room = max(height - _FRAME - len(pruned), 4)
    best = [one for one in standings if one.values][: min(_BEST, max(room // 3, 1))]
    parts: list[RenderableType] = [_head(sweep, jobs, total, now, since), _bar(jobs, total, width)]
    if best:
        parts += ["", _best(sweep, best, names)]
    if running:
        parts += ["", _running(sweep, running, names, now, most=max(room - len(best), 2))]
    if pruned:
        parts += ["", *(_quiet(telling.ending(sweep, job, names)) for job in reversed(pruned))]
    return Group(*parts)


def _head(sweep: Sweep, jobs: Sequence[Job], total: int, now: float, since: float) -> "Text":
    from rich.text import Text

    counts = Counter(job.state for job in jobs)
    done = sum(counts[state] for state in ENDED)
    head = Text(f"{sweep.name}  ", style="bold", no_wrap=True, overflow="ellipsis")
    head.append(f"{sweep.method}  {done:,} of {counted(total, 'job')}", style="not bold")
    for state in ("running", "pruned", "failed"):
        if counts[state]:
            head.append(f"  {counts[state]:,} {state}", style=f"not bold {_COLOURS[state]}")
    head.append(f"  {duration(now - since)}", style="not bold")
    left = left_s(jobs, total, now)
    if left is not None:
        head.append(f", about {duration(left)} left", style="not bold")
    if sweep.phase == "draining":
        head.append("  draining: what runs is finished, nothing new begins", style="yellow")
    return head


def _bar(jobs: Sequence[Job], total: int, width: int) -> "Text":
    """States side by side, each as long as its share; what is running and waiting is thinner."""
    from rich.text import Text

    counts = Counter(job.state for job in jobs)
    counts["waiting"] = max(total - sum(counts[state] for state in (*ENDED, "running")), 0)
    whole, bar, so_far, drawn = sum(counts.values()) or 1, Text(no_wrap=True), 0, 0
    for state, colour in _COLOURS.items():
        so_far += counts[state]
        end = round((width - 1) * so_far / whole)
        sign = "━" if state in ENDED else "─" if state == "running" else "┄"
        bar.append(sign * (end - drawn), style=colour)
        drawn = end
    return bar


def _best(sweep: Sweep, best: Sequence["Standing"], names: dict[str, str]) -> "Table":
    table = _table()
    table.add_column("best", style="bold")
    for name in sweep.objectives:
        table.add_column(name, justify="right")
    table.add_column("seeds", justify="right")
    table.add_column("configuration", ratio=1)
    for one in best:
        pairs = zip(one.values, one.spreads, strict=True)
        reached = [mean_spread(mean, spread, one.n) for mean, spread in pairs]
        table.add_row(
            f"trial {one.trial}",
            *reached,
            f"{one.n}{'' if one.complete else '…'}",
            setting(one.params, names),
        )
    return table


def _running(
    sweep: Sweep, running: Sequence[Job], names: dict[str, str], now: float, *, most: int
) -> "Table":
    table = _table()
    table.add_column("running", style="cyan")
    table.add_column("progress")
    table.add_column("left", justify="right")
    table.add_column(sweep.objectives[0], justify="right")
    table.add_column("configuration", ratio=1)
    shown = sorted(running, key=lambda job: -job.progress)
    for job in shown if len(shown) <= most else shown[: most - 1]:
        left, last = job_left_s(job, now), telling.latest(job)
        table.add_row(
            f"job {job.number}",
            _progress(job.progress),
            "" if left is None else duration(left),
            "" if last is None else number(last[1]),
            telling.of_job(job, names),
        )
    if len(shown) > most:
        table.add_row("", f"and {len(shown) - most + 1} more")
    return table


def _progress(done: float) -> str:
    full = round(_BAR * min(max(done, 0.0), 1.0))
    return f"{'━' * full}{'┄' * (_BAR - full)} {done:>4.0%}"


def _quiet(line: str) -> "Text":
    from rich.text import Text

    return Text(line, style=_COLOURS["pruned"], no_wrap=True, overflow="ellipsis")


def _table() -> "Table":
    from rich.table import Table

    return Table(box=None, pad_edge=False, expand=True, header_style="bright_black")

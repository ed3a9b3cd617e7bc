"""A sweep while it runs: a table that moves on a terminal, a line per event elsewhere.

All of it goes to standard error. A failure is told at once in either form, and stays.
"""

import os
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from xinzhi.sweeping.records import ENDED, Job, State, Sweep
from xinzhi.sweeping.search.final import FINAL, searched
from xinzhi.sweeping.show import telling
from xinzhi.sweeping.show.remaining import left_s
from xinzhi.sweeping.show.wording import counted, duration, mean_spread, short_names

if TYPE_CHECKING:
    from rich.live import Live as RichLive

    from xinzhi.sweeping.search.search import Standing

_DRAW_EVERY_S = 0.5
_LINE_EVERY_S = 60.0  # on no terminal, where nothing ends for long
_SINGLY = 5  # so many results that were there already are told one by one


class Live:
    """What is shown of a sweep while it runs; a context.

    Args:
        sweep: whose jobs run.
        total: jobs in all, those included that are not chosen yet.
    """

    def __init__(self, sweep: Sweep, total: int) -> None:
        self.sweep = sweep
        self.total = total
        self._names = short_names(sweep.axes)
        self._begun = time.time()
        self._drawn = self._said = 0.0
        self._last: tuple[Sequence[Job], Sequence[Standing]] = ((), ())
        self._testing = False
        self._told: dict[int, tuple[State, int]] | None = None
        self._screen: RichLive | None = None

    def __enter__(self) -> Self:
        self._said = time.monotonic()
        if sys.stderr.isatty() and os.environ.get("TERM", "") not in {"dumb", "unknown"}:
            from rich.console import Console
            from rich.live import Live as RichLive

            console = Console(stderr=True, highlight=False, markup=False, emoji=False)
            self._screen = RichLive(console=console, auto_refresh=False, redirect_stdout=False)
            self._screen.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._screen is not None:
            self._draw()
            self._screen.stop()

    def show(self, jobs: Sequence[Job], standings: Sequence["Standing"]) -> None:
        """Show how things stand; may be called as often as one likes.

        Args:
            jobs: all that are chosen so far.
            standings: of the configurations, the best first.
        """
        self._last = (searched(jobs), standings)
        self._tell_news(jobs)
        now = time.monotonic()
        if self._screen is not None and now - self._drawn >= _DRAW_EVERY_S:
            self._drawn = now
            self._draw()
        elif self._screen is None and now - self._said >= _LINE_EVERY_S:
            running = counted(sum(job.state == "running" for job in self._last[0]), "job")
            what = "the best configuration is tested" if self._testing else f"{running} running"
            self._say(f"  {what}{self._so_far()}")

    def say(self, text: str) -> None:
        """Say something of the sweep as a whole, above the table.

        Args:
            text: one line or several.
        """
        self._say(text)

    def _tell_news(self, jobs: Sequence[Job]) -> None:
        """Tell of the jobs that ended since the last look; those of earlier days only counted."""
        ended = {job.number: job for job in jobs if job.state in ENDED}
        own = {job.number for job in searched(jobs)}
        marks = {number: (job.state, job.attempts) for number, job in ended.items()}
        if self._told is None:
            earlier = {n for n, job in ended.items() if (job.ended or 0.0) < self._begun}
            self._told = {number: marks[number] for number in earlier}
            if before := len(earlier & own):
                self._say(f"{counted(before, 'job')} of {self.total:,} ended before")
        fresh = [job for number, job in ended.items() if self._told.get(number) != marks[number]]
        self._told = marks
        there = [job for job in fresh if job.cached_from]
        beaten = [job for job in fresh if job.state == "pruned" and job.started is None]
        self._tell_of(there, "done already, in earlier sweeps")
        self._tell_of(beaten, "left out: their configurations are beaten")
        counted_already = {job.number for job in (*there, *beaten)}
        for job in sorted(fresh, key=lambda job: job.ended or 0.0):
            if job.number not in counted_already:
                self._tell(job)
        if any(job.number == FINAL and job.state == "running" for job in jobs) != self._testing:
            self._testing = not self._testing
            if self._testing:
                self._say("the search is over: its best configuration is tested and registered")

    def _tell_of(self, jobs: Sequence[Job], what: str) -> None:
        if len(jobs) > _SINGLY:
            if self._screen is None:
                self._say(f"  {counted(len(jobs), 'job')} {what}{self._so_far()}")
            return
        for job in jobs:
            self._tell(job)

    def _tell(self, job: Job) -> None:
        if job.state == "failed":
            self._say(telling.failure(self.sweep, job, self._names))
        elif self._screen is None:
            self._say(f"  {telling.ending(self.sweep, job, self._names)}{self._so_far()}")

    def _so_far(self) -> str:
        jobs, standings = self._last
        done = sum(job.state in ENDED for job in jobs)
        told = [f"{done:,} of {self.total:,}"]
        best = next((one for one in standings if one.values), None)
        if best is not None:
            pairs = zip(best.values, best.spreads, strict=True)
            reached = ", ".join(mean_spread(mean, spread, best.n) for mean, spread in pairs)
            told.append(f"best {reached} (trial {best.trial})")
        left = left_s(jobs, self.total, time.time())
        if left is not None:
            told.append(f"about {duration(left)} left")
        return f"  [{', '.join(told)}]"

    def _say(self, text: str) -> None:
        self._said = time.monotonic()
        if self._screen is not None:
            self._screen.console.print(text, soft_wrap=True)
            return
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def _draw(self) -> None:
        from xinzhi.sweeping.show.screen import screen

        if self._screen is not None:
            drawn = screen(
                self.sweep,
                *self._last,
                total=self.total,
                since=self._begun,
                height=self._screen.console.size.height,
                width=self._screen.console.size.width,
            )
            self._screen.update(drawn, refresh=True)

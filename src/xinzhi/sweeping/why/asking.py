"""Probes asked for one after the other, until the cause is sure or the budget is spent."""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xinzhi.config import compose
from xinzhi.config.ranks import say
from xinzhi.errors import ConfigError
from xinzhi.sweeping.records import Job
from xinzhi.sweeping.show.remaining import took_s
from xinzhi.sweeping.why import difference, telling
from xinzhi.sweeping.why.difference import Difference
from xinzhi.sweeping.why.probes import Probes, Run
from xinzhi.sweeping.why.running import DrainedError, Runner
from xinzhi.sweeping.why.search import Budget, Search
from xinzhi.sweeping.why.verdict import Found

if TYPE_CHECKING:
    from xinzhi.training.beside import Train

_MOST_FAILURES = 4  # probes, after which something else is wrong than a mixture


@dataclass(kw_only=True)
class Progress:
    """How far a search came.

    Attributes:
        difference: of A and B.
        found: what is believed; None where it was not searched.
        drained: whether it was interrupted.
        failed: probes that failed.
        seconds: that it took.
    """

    difference: Difference
    found: Found | None = None
    drained: bool = False
    failed: list[Run] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a person asked for beside the runs.

    Attributes:
        budget: of probes.
        minutes: after which no probe begins; None for no end.
        seeds: that A and B are run with at least.
        rate: how rarely chance must make a difference that counts as real.
        force: whether one that is not real is searched too.
        apart: whether probes run in a process beside this one.
        command: that was typed.
    """

    budget: Budget
    minutes: float | None
    seeds: int
    rate: float
    force: bool
    apart: bool
    command: str


class Controller:
    """Asks for probes and learns from what comes of them.

    Args:
        probes: enters them.
        asked: for how long.
        train: fits what a config describes.
    """

    def __init__(self, probes: Probes, asked: Asked, *, train: "Train") -> None:
        self._probes, self._asked, self._question = probes, asked, probes.question
        self._runner = Runner(probes, train=train, apart=asked.apart, command=asked.command)
        self._each_s = max(self._question.a.seconds, self._question.b.seconds)
        self._begun = time.monotonic()

    def run(self) -> Progress:
        """Measures the difference, then looks for what carries it."""
        probes, asked = self._probes, self._asked
        before = [probes.values(number) or [0.0] for number in (0, 1)]
        progress = Progress(difference=difference.between(*before))
        with self._runner.present(), compose.unchanging():
            try:
                probes.of_ends(asked.seeds)
                self._runner.wait(self._what_runs)
                self._refuse_failed_ends()
                progress.difference = difference.between(probes.values(0), probes.values(1))
                say(telling.of_difference(self._question, progress.difference))
                if progress.difference.is_real(asked.rate) or asked.force:
                    self._search(progress)
            except DrainedError:
                progress.drained = True
        progress.failed = [run for run in probes.runs() if run.value is None]
        progress.seconds = time.monotonic() - self._begun
        return progress

    def _search(self, progress: Progress) -> None:
        probes, budget = self._probes, self._asked.budget
        search = Search(
            factors=len(self._question.apart.factors),
            values_a=probes.values(0),
            values_b=probes.values(1),
            noise=progress.difference.noise,
            allowed=probes.allowed,
        )
        told: set[int] = set()
        while True:
            for run in probes.probed():
                if run.job.number not in told and run.value is not None:
                    search.tell(run.mixture, self._plain(run.value, progress.difference))
                told.add(run.job.number)
            progress.found = search.found()
            self._say_so_far(progress.found)
            if budget.is_spent(progress.found) or self._is_late():
                return
            if not probes.pending() and not self._ask(search):
                return
            self._runner.wait(self._what_runs)

    def _ask(self, search: Search) -> bool:
        """Enters the next probe; whether there is one that tells anything.

        Raises:
            ConfigError: too many have failed.
        """
        self._refuse([run for run in self._probes.probed() if run.value is None], _MOST_FAILURES)
        mixture = search.ask()
        if mixture is not None:
            self._probes.add(mixture)
        return mixture is not None

    def _refuse_failed_ends(self) -> None:
        self._refuse([run for run in self._probes.runs() if run.value is None and run.is_end], 1)

    @staticmethod
    def _refuse(failed: list[Run], most: int) -> None:
        if len(failed) >= most:
            job = failed[-1].job
            what = "a run of A or B" if failed[-1].is_end else f"{len(failed)} probes"
            raise ConfigError(f"{what} failed: {job.error}", mend=f"its log: {job.log}")

    def _plain(self, value: float, ends: Difference) -> float:
        """A value; of a training that broke down the worse of A and B."""
        worst = min if self._question.mode == "max" else max
        return value if value == value else worst(ends.a, ends.b)  # noqa: PLR0124 - NaN

    def _is_late(self) -> bool:
        minutes = self._asked.minutes
        return minutes is not None and time.monotonic() - self._begun > 60 * minutes

    def _say_so_far(self, found: Found) -> None:
        runs = self._probes.probed()
        if took := took_s([run.job for run in runs]):
            self._each_s = sum(took) / len(took)
        if runs:
            budget, each_s = self._asked.budget, self._each_s
            say(telling.so_far(self._question, runs[-1], found, budget, each_s))

    def _what_runs(self, pending: list[Job]) -> str:
        first = next((job for job in pending if job.state == "running"), pending[0])
        what = telling.mixture_named(self._question, self._probes.mixture(first))
        return telling.waiting(what, pending, self._each_s)

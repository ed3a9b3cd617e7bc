"""What a sweep gave, for people and for programs."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A job that failed.

    Attributes:
        number: of the job; -1 for the one that tests and registers the best configuration.
        error: its first line.
        log: file of its output.
        command: that repeats it alone.
    """

    number: int
    error: str
    log: str | None
    command: str


class Version(NamedTuple):
    """What a run was registered as."""

    name: str
    number: int
    aliases: tuple[str, ...] = ()

    def told(self) -> str:
        """Gives it in words.

        >>> Version("reviews", 3, ("challenger",)).told()
        'registered as reviews version 3, alias challenger'
        """
        word = "alias" if len(self.aliases) == 1 else "aliases"
        pointed = f", {word} {', '.join(self.aliases)}" if self.aliases else ""
        return f"registered as {self.name} version {self.number}{pointed}"


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A configuration of which a seed finished.

    Attributes:
        trial: its number, from 0.
        overrides: what it has beside what is fixed.
        values: of the objectives, means over seeds.
        spreads: standard deviations over seeds; of one seed there are none.
        seeds: that finished.
        complete: whether all of them did.
    """

    trial: int
    overrides: tuple[str, ...]
    values: Mapping[str, float]
    spreads: Mapping[str, float]
    seeds: int
    complete: bool


@dataclass(frozen=True, kw_only=True)
class SweepResult:
    """Where a sweep stands and what it found.

    Attributes:
        sweep: its name.
        phase: open, draining, stopped or ended.
        counts: of the search's jobs by state.
        best: overrides of the best configuration, as typed.
        best_run: overrides of its run that is tested and registered, the seed included.
        values: of the objectives, means over seeds.
        spreads: standard deviations over seeds.
        run_id: of the run that tested and registered it.
        metrics: of that run.
        version: of the registered model that it became, where that was looked up.
        parent_run: the run over all.
        failed: jobs that failed, the one that tests and registers included.
        standings: configurations, the best first.
        page: the report, where it was written.
        unattended: that nobody looks after the sweep, in words; empty where somebody does.
        wall_s: seconds of this command.
    """

    sweep: str
    phase: str
    counts: Mapping[str, int]
    best: tuple[str, ...] = ()
    best_run: tuple[str, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    spreads: Mapping[str, float] = field(default_factory=dict)
    run_id: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    version: int | None = None
    parent_run: str | None = None
    failed: tuple[Failed, ...] = ()
    standings: tuple[Ranked, ...] = ()
    page: str | None = None
    unattended: str = ""
    wall_s: float = 0.0
    _told: str = ""

    @property
    def exit_code(self) -> int:
        """0 when all jobs came through, and the best of them was tested."""
        tested = self.run_id is not None or not self.values
        whole = tested and not self.counts.get("failed") and self.phase == "ended"
        return 0 if whole else 1

    def table(self) -> str:
        """Gives what a person reads."""
        return self._told


@dataclass(frozen=True)
class Listed:
    """Sweeps, the newest first."""

    sweeps: list[dict[str, Any]]
    _told: str = field(repr=False, default="")

    def table(self) -> str:
        """Gives a line for each."""
        return self._told


@dataclass(frozen=True)
class Said:
    """What an action did."""

    sweep: str
    told: str
    jobs: int = 0

    def table(self) -> str:
        """Gives it as a sentence."""
        return self.told


@dataclass(frozen=True)
class Best:
    """The overrides of the best configuration, with the seed of the run that is registered."""

    sweep: str
    overrides: tuple[str, ...]
    values: dict[str, float]
    command: str

    def table(self) -> str:
        """Gives them on one line, to be pasted after `xinzhi train`, and the whole command."""
        words = " ".join(shlex.quote(word) for word in self.overrides)
        return f"{words}\n\nnext: {self.command}"

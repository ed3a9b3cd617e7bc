"""A plan as it is shown: a table for people, plain fields for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xinzhi.config.provenance import Value
from xinzhi.sweeping.show.wording import counted

if TYPE_CHECKING:
    from xinzhi.training.probe import Forecast

_MOST_JOBS = 60  # on screen; report=json has all of them


@dataclass(frozen=True, kw_only=True)
class PlannedJob:
    """One training that would run.

    Attributes:
        number: from 0.
        overrides: that are its own.
        done: whether its result is there already.
        why: where the result is, or why it is new.
    """

    number: int
    overrides: tuple[str, ...]
    done: bool
    why: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would run.

    Attributes:
        experiment: the MLflow experiment.
        choices: option of each group.
        values: with the home of each.
        jobs: trainings that are known beforehand.
        rows: whether they are prepared, and their digest.
        cosmetic: keys that make no training another one, each with the reason.
        sweep: its name; None for a single training.
        later: jobs that are chosen when others have ended, in words.
        exit_code: of the command.
        forecasts: of each distinct model that was probed.
    """

    experiment: str
    choices: Mapping[str, str]
    values: tuple[Value, ...]
    jobs: tuple[PlannedJob, ...]
    rows: str
    cosmetic: Mapping[str, str]
    sweep: str | None = None
    later: str | None = None
    exit_code: int = 0
    forecasts: "tuple[Forecast, ...]" = field(default_factory=tuple)

    def table(self) -> str:
        """Draws what was chosen, values with their homes, jobs, and what they will take."""
        head = {"experiment": self.experiment, **({"sweep": self.sweep} if self.sweep else {})}
        parts = [
            _aligned([*head.items(), ("rows", self.rows)]),
            "options\n" + _aligned(list(self.choices.items()), indent="  "),
            self._of_values(),
            self._of_jobs(),
            "no new training by a change of\n  " + ", ".join(self.cosmetic),
            "\n".join(forecast.told() for forecast in self.forecasts),
        ]
        return "\n\n".join(part for part in parts if part)

    def _of_values(self) -> str:
        if not self.values:
            return ""
        told = [
            (v.key, v.value, v.source + (f"  (default {v.default})" if v.default else ""))
            for v in self.values
        ]
        return "values that differ from their defaults\n" + _aligned(told, indent="  ")

    def _of_jobs(self) -> str:
        if self.sweep is None:
            return self.jobs[0].why
        if self.later and not self.jobs:
            return self.later
        shown = self.jobs[:_MOST_JOBS]
        told = [(str(job.number), " ".join(job.overrides), job.why) for job in shown]
        new = sum(not job.done for job in self.jobs)
        total = counted(len(self.jobs), "job")
        lines = [f"{total}, {len(self.jobs) - new} of them done, {new} to run"]
        lines += [_aligned(told, indent="  ")] if told else []
        hidden = len(self.jobs) - len(shown)
        lines += [f"  and {hidden} more: report=json tells all"] if hidden else []
        lines += [f"  then {self.later}"] if self.later else []
        return "\n".join(lines)


def _aligned(rows: Sequence[Sequence[str]], indent: str = "") -> str:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append(indent + "  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(lines)

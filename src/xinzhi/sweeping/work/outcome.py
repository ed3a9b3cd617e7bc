"""What came of a job, or why nothing did."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xinzhi.errors import XinzhiError

if TYPE_CHECKING:
    from xinzhi.sweeping.records import Sweep

JUDGED = "judged"  # among the last job's attributes: the run of its latest attempt


class JobError(XinzhiError, RuntimeError):
    """A job that runs in a process of its own has failed."""


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    Attributes:
        run_id: of its run.
        metrics: of the kept weights, and what the run cost.
    """

    run_id: str
    metrics: Mapping[str, float]

    def lacking(self, sweep: "Sweep") -> list[str]:
        """Gives the objectives of a sweep that were not measured.

        Args:
            sweep: names them.
        """
        return [name for name in sweep.objectives if name not in self.metrics]

    def values(self, sweep: "Sweep") -> tuple[float, ...]:
        """Gives the sweep's objectives.

        Args:
            sweep: names them.

        Raises:
            JobError: one of them was not measured.
        """
        if missing := self.lacking(sweep):
            there = sorted(self.metrics)
            msg = f"the objective {missing[0]} must be measured on validation rows, it was not"
            raise JobError(msg, candidates=there)
        return tuple(float(self.metrics[name]) for name in sweep.objectives)

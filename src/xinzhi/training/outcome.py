"""What a training gave, for people and for programs."""

import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

NO_BUNDLE = "the task has no bundle()"


def description(
    command: str,
    metrics: Mapping[str, float],
    baseline: Mapping[str, float],
    *,
    objective: str,
    next_command: str,
) -> str:
    """Says in Markdown what was run, what came of it in a sentence, and what to run next.

    Args:
        command: that made the run.
        metrics: of the best weights.
        baseline: of the task's baseline.
        objective: the validation metric that chose them; its test twin is told.
        next_command: to be pasted.
    """
    name = objective.rpartition("/")[2]
    reached = metrics.get(f"test/{name}", metrics.get(objective))
    sentence = "It finished."
    if reached is not None:
        other = baseline.get(f"test/{name}", math.nan)
        beside = f", {100 * (reached - other):+.1f} points beside the baseline"
        sentence = f"It reached {name} {reached:.4f} on the test rows"
        sentence += "." if math.isnan(other) else f"{beside}."
    return f"`{command}`\n\n{sentence}\n\nNext: `{next_command}`"


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """Where a run is and what it reached.

    Args:
        run_id: in the tracking store.
        run_name: as a person reads it.
        model_name: of the registered model, which is also the experiment.
        model_version: None where the run became no version.
        metrics: of the best weights, by name.
        baseline: of the task's fixed baseline on the same rows, where there is one.
        data_digest: of the snapshot.
        wall_s: seconds from start to end.
        fit_s: seconds of them spent in fitting.
        disk_mb: what the run keeps.
        report: the task's own table, where it makes one.
        program: as it was called, for the next commands.
        unregistered: why the run became no version.
        asking: ways to ask the model, as the words of a command.
    """

    run_id: str
    run_name: str
    model_name: str
    model_version: int | None
    metrics: dict[str, float]
    baseline: dict[str, float] = field(default_factory=dict)
    data_digest: str | None = None
    wall_s: float
    fit_s: float
    disk_mb: float
    report: str | None = None
    program: str = "xinzhi"
    unregistered: str | None = None
    asking: tuple[str, ...] = ()

    def table(self) -> str:
        """Draws the task's report, test metrics beside the baseline's, and where to go on."""
        from xinzhi.evaluation.report import comparison_table

        parts = [self.report or "", comparison_table(self.metrics, self.baseline)]
        version = f"{self.model_name}/{self.model_version}  (challenger)"
        if not self.model_version:
            version = "not registered" + (f": {self.unregistered}" if self.unregistered else "")
        facts = {
            "run": f"{self.run_name}  ({self.run_id})",
            "version": version,
            "data": self.data_digest or "-",
            "time": f"{self.wall_s:.0f} s, {self.fit_s:.0f} s of it fitting",
            "disk": f"{self.disk_mb:.0f} MB",
        }
        parts.append("\n".join(f"{name:<8} {value}" for name, value in facts.items()))
        parts.append("\n".join(f"next: {command}" for command in self.next_commands()))
        return "\n\n".join(part for part in parts if part)

    def next_commands(self) -> tuple[str, ...]:
        """Gives commands to be pasted: to ask the model, where there is one, and to look."""
        if self.unregistered == NO_BUNDLE:
            return (f"{self.program} ui",)
        reference = f"{self.model_name}/{self.model_version}" if self.model_version else self.run_id
        asked = f"{self.program} predict {shlex.quote(reference)}"
        return (*(f"{asked} {way}" for way in self.asking), f"{self.program} ui")

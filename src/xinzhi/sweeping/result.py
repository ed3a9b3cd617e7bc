"""What a sweep gave, for people and for programs."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class SweepResult:
    """Where a sweep stands and what it found.

    Attributes:
        sweep: its name.
        phase: open, draining, stopped or ended.
        counts: of its jobs by state.
        best: overrides of the best configuration, as typed.
        values: of the objectives, means over seeds.
        spreads: standard deviations over seeds.
        run_id: of the run that tested and registered it.
        metrics: of that run.
        parent_run: the run over all.
        wall_s: seconds of this command.
    """

    sweep: str
    phase: str
    counts: Mapping[str, int]
    best: tuple[str, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    spreads: Mapping[str, float] = field(default_factory=dict)
    run_id: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    parent_run: str | None = None
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

"""What `xinzhi why` answers, for people and for programs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why two runs differ.

    Attributes:
        a: id of the one run.
        b: id of the other.
        metric: of the kept weights, on validation rows.
        difference: `a`, `b`, `size` (B less A), `deviation` between seeds, `p_value`, `seeds`.
        real: whether it is more than seeds make.
        factors: what differs: `name`, `kind`, `a`, `b`.
        notes: what differs and could not be exchanged.
        answer: in a sentence.
        cause: names of the factors that carry the difference; None where none was found.
        kind: how they act: single, both, either, sum, opposed, three, spread.
        sure: how likely that cause is.
        effect: what it makes, B less A, with `low` and `high` of its 95 % interval.
        candidates: the likeliest causes.
        unexplained: how likely it is that no cause that was thought of explains what was measured.
        probes: mixtures that were run: `from_b`, `seed`, `value`, `run_id`, `cached`.
        runs_of_a_and_b: that were made beside the probes.
        sweep: name of the sweep that they are jobs of.
        complete: whether it was not interrupted.
        wall_s: seconds of this command.
        next: command that checks it.
    """

    a: str
    b: str
    metric: str
    difference: Mapping[str, Any]
    real: bool
    factors: list[Mapping[str, Any]]
    notes: list[str]
    answer: str
    cause: list[str] | None = None
    kind: str | None = None
    sure: float | None = None
    effect: Mapping[str, float] | None = None
    candidates: list[Mapping[str, Any]] = field(default_factory=list)
    unexplained: float | None = None
    probes: list[Mapping[str, Any]] = field(default_factory=list)
    runs_of_a_and_b: int = 0
    sweep: str | None = None
    complete: bool = True
    wall_s: float = 0.0
    next: str | None = None
    _told: str = field(default="", repr=False)

    @property
    def exit_code(self) -> int:
        """0 where it came to its end, whatever it found."""
        return 0 if self.complete else 1

    def table(self) -> str:
        """Gives what a person reads."""
        return self._told

"""What a comparison came to: of runs, or of the configurations of a sweep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xinzhi.registry.comparison_pairs import Pair
from xinzhi.tracking.differences import Differences


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the runs.

    Attributes:
        letter: what it is called.
        reference: as typed.
        run_id: of the run.
        run_name: as shown in the UI.
        version: of the registered model, where one was named.
        status: as MLflow has it.
        seeds: of the runs whose answers count, its own first.
        command: that trains it with further seeds, where one alone is known.
    """

    letter: str
    reference: str
    run_id: str
    run_name: str
    version: str | None
    status: str
    seeds: list[int | None]
    command: str | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What a comparison came to.

    Attributes:
        runs: the ones that are compared.
        differences: of what they have kept, in the order of the runs.
        rows: which rows they are judged on; None where they could not be.
        metrics: values by measure and letter, means over seeds, the main measure first.
        logged: where they could not be judged on the same rows, what they logged of the test rows.
        pairs: each two of them in each measure.
        level: of the intervals.
        told: the same as sentences.
        notes: what a person should know of the rows.
        figure: file of the forest plot, if one was asked for.
    """

    runs: list[Side]
    differences: Differences
    rows: str | None = None
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    logged: dict[str, dict[str, float]] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    level: float = 0.95
    told: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figure: str | None = None
    _drawn: str = field(repr=False, default="")

    def table(self) -> str:
        """Gives it all as plain text."""
        return self._drawn


@dataclass(frozen=True, kw_only=True)
class Entrant:
    """A configuration that a sweep finished.

    Attributes:
        trial: its number.
        setting: what it varies, in one line.
        values: of the objective, by run: one for each seed.
        more_seeds: command that trains it with further seeds.
    """

    trial: int
    setting: str
    values: Mapping[str, float]
    more_seeds: str


@dataclass(frozen=True, kw_only=True)
class Entrants:
    """What a sweep has to rank.

    Attributes:
        sweep: its name.
        objective: the metric, such as `val/f1_macro`.
        maximise: whether more of it is better.
        entrants: the best first.
        notes: what a person should know of the others.
    """

    sweep: str
    objective: str
    maximise: bool
    entrants: Sequence[Entrant]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one configuration stands.

    Attributes:
        rank: from 1.
        trial: its number.
        setting: what it varies.
        value: of the objective, the mean over its seeds.
        spread: standard deviation over them; None of one.
        seeds: how many.
        difference: to the best.
        low: of an interval that holds for all configurations at once; None where it is not known.
        high: the other end.
        p_value: that it is as good as the best, corrected for all pairs; None where unknown.
        tied: whether it cannot be told from the best; None where nothing is known of chance.
        more_seeds: command that trains it with further seeds.
    """

    rank: int
    trial: int
    setting: str
    value: float
    spread: float | None
    seeds: int
    difference: float
    low: float | None
    high: float | None
    p_value: float | None
    tied: bool | None
    more_seeds: str


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """A sweep's configurations, the best first.

    Attributes:
        sweep: its name.
        objective: the metric that ranks.
        places: of the configurations.
        counted: what of chance is counted: `rows`, `seeds`.
        level: of the intervals.
        told: what is to be thought of it, as sentences.
        notes: what a person should know.
        figure: file of the forest plot, if one was asked for.
    """

    sweep: str
    objective: str
    places: list[Place]
    counted: list[str]
    level: float = 0.95
    told: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figure: str | None = None
    _drawn: str = field(repr=False, default="")

    def table(self) -> str:
        """Gives it as plain text."""
        return self._drawn

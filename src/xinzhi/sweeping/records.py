"""What a ledger holds: sweeps, their spaces and their jobs, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Method = Literal["grid", "random", "quasi_random", "tpe", "cmaes", "nsga2"]
Pruning = Literal["median", "hyperband", "asha", "wilcoxon"]
State = Literal["waiting", "running", "finished", "pruned", "failed"]
Phase = Literal["open", "draining", "stopped", "ended"]
ENDED: tuple[State, ...] = ("finished", "pruned", "failed")


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One searched key: either options as one would type them, or numbers between two bounds.

    Attributes:
        key: as typed: `optimizer.lr`, `model`.
        choices: the options' texts, for a list.
        low: of numbers.
        high: of numbers; reached.
        step: between numbers; None for all of them.
        log: whether equal ratios are equally likely.
        integer: whether only whole numbers are meant.
    """

    key: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    step: float | None = None
    log: bool = False
    integer: bool = False


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What is searched, how, and what is fixed.

    Attributes:
        name: of the sweep.
        experiment: the MLflow experiment, which is the registered model's name too.
        fixed: overrides that all jobs have, as typed.
        axes: what differs between configurations.
        seeds: of each configuration; empty where the config's own seed is the only one.
        method: how configurations are chosen.
        trials: configurations in all; None for all of a grid.
        seed: of the search.
        pruning: what ends jobs or configurations early; None for nothing.
        objectives: metrics of the kept weights, the first ranks.
        modes: `max` or `min` for each.
        phase: open, draining (what runs is finished), stopped, or ended.
        parent_run: the MLflow run over the jobs' runs.
        final_run: the run that tested and registered the best configuration.
        created: seconds since 1970.
        settings: further settings of the sweep, plain values.
    """

    name: str
    experiment: str
    fixed: tuple[str, ...]
    axes: tuple[Axis, ...]
    seeds: tuple[int, ...] = ()
    method: Method = "grid"
    trials: int | None = None
    seed: int = 0
    pruning: Pruning | None = None
    objectives: tuple[str, ...] = ("val/f1_macro",)
    modes: tuple[str, ...] = ("max",)
    phase: Phase = "open"
    parent_run: str | None = None
    final_run: str | None = None
    created: float = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One configuration of a sweep.

    Attributes:
        trial: its number, from 0.
        params: value by key: the option's text, or the number.
        overrides: the same as overrides, as typed: `optimizer.lr=0.003`.
    """

    trial: int
    params: Mapping[str, Any]
    overrides: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Job:
    """One configuration with one seed: one training.

    Attributes:
        sweep: whose job it is.
        number: in the sweep, from 0.
        trial: the configuration's number; its jobs differ in the seed.
        seed: of the training; None where the configuration's own is the only one.
        params: value by searched key.
        overrides: what this job has beside the sweep's fixed overrides, its seed included.
        identity: of config, code, data and seed; two jobs of one identity are the same training.
        state: waiting, running, finished, pruned or failed.
        worker: who holds it, or held it last.
        lease_until: seconds since 1970; after that it may be taken from a worker.
        attempts: how often it was started.
        retry: overrides that the last attempt needed on top, such as a smaller batch.
        run_id: its MLflow run.
        cached_from: `sweep/number` of the job whose result this one has.
        values: of the sweep's objectives.
        metrics: of the kept weights, on validation.
        reports: value of the first objective by step, for pruning and for progress.
        attrs: what a pruner keeps.
        progress: share of the training that is done.
        error: why it failed, in one message.
        log: file of its output.
        started: seconds since 1970, of the last attempt.
        ended: seconds since 1970.
    """

    sweep: str
    number: int
    trial: int
    identity: str
    seed: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    state: State = "waiting"
    worker: str | None = None
    lease_until: float | None = None
    attempts: int = 0
    retry: tuple[str, ...] = ()
    run_id: str | None = None
    cached_from: str | None = None
    values: tuple[float, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    reports: Mapping[int, float] = field(default_factory=dict)
    attrs: Mapping[str, Any] = field(default_factory=dict)
    progress: float = 0.0
    error: str | None = None
    log: str | None = None
    started: float | None = None
    ended: float | None = None

    def anew(self) -> "Job":
        """The same job as it is entered, before anything has come of it."""
        return Job(
            sweep=self.sweep,
            number=self.number,
            trial=self.trial,
            identity=self.identity,
            seed=self.seed,
            params=self.params,
            overrides=self.overrides,
        )

    @property
    def name(self) -> str:
        """How it is called: `SWEEP/NUMBER`."""
        return f"{self.sweep}/{self.number}"

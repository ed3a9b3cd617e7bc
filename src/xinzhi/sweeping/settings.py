"""How a sweep chooses its configurations, ends hopeless ones early and runs its jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from xinzhi.errors import ConfigError
from xinzhi.sweeping.records import Method, Pruning, Sweep
from xinzhi.sweeping.work.devices import gpus, on_cpu, wanted
from xinzhi.sweeping.work.local import Local
from xinzhi.sweeping.work.workers import Ray, Slurm

if TYPE_CHECKING:
    from omegaconf import DictConfig


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What `sweep=` holds.

    Attributes:
        name: of the sweep; made of the command where it is None.
        method: how configurations are chosen.
        trials: configurations in all; None for all of a grid.
        seed: of the search.
        space: searched values by key, in Hydra's override grammar.
        objectives: `max` or `min` by metric; the experiment's objective where it is empty.
        startup_trials: configurations drawn at random before tpe and cmaes learn from them.
        population: of a generation of cmaes and nsga2.
        pruning: what ends jobs or configurations early.
        pruner: further settings of it, by Optuna's names.
        ledger: address of a PostgreSQL database; a file in the store's folder where it is None.
        fail_fast: whether the first failure stops the sweep.
        max_failures: so many failures stop it.
        retries: how often a job that ran out of memory is tried with half the batch.
        lease_s: seconds of silence after which a worker has lost its job.
        keep_models: whether each job keeps its model ready to answer.
        workers: who runs the jobs.
    """

    workers: Local | Slurm | Ray
    name: str | None = None
    method: Method = "grid"
    trials: int | None = None
    seed: int = 0
    space: Mapping[str, Any] = field(default_factory=dict)
    objectives: Mapping[str, Literal["max", "min"]] = field(default_factory=dict)
    startup_trials: int | None = None
    population: int | None = None
    pruning: Pruning | None = None
    pruner: Mapping[str, Any] = field(default_factory=dict)
    ledger: str | None = None
    fail_fast: bool = False
    max_failures: int | None = None
    retries: int = 1
    lease_s: float = 60.0
    keep_models: bool = False

    def __post_init__(self) -> None:
        counts = {
            "trials": self.trials,
            "max_failures": self.max_failures,
            "startup_trials": self.startup_trials,
            "population": self.population,
        }
        for name, count in counts.items():
            if count is not None and count < 1:
                raise ConfigError(f"sweep.{name} must be at least 1, was {count}")
        if self.retries < 0 or self.lease_s < 1:
            raise ConfigError("sweep.retries must be at least 0 and sweep.lease_s at least 1")
        if self.trials is None and self.method != "grid":
            raise ConfigError(
                f"sweep.method={self.method} needs to know how many configurations to try",
                mend="sweep.trials=20",
            )
        if wrong := [m for m in self.objectives.values() if m not in ("max", "min")]:
            raise ConfigError(f"sweep.objectives must say max or min of each, said {wrong[0]}")

    def kept(self) -> dict[str, Any]:
        """Gives what workers must know of it, as plain values."""
        failures = 1 if self.fail_fast else self.max_failures
        return {
            "max_failures": failures,
            "retries": self.retries,
            "lease_s": self.lease_s,
            "keep_models": self.keep_models,
            "startup_trials": self.startup_trials,
            "population": self.population,
            "pruner": dict(self.pruner),
        }


def workers_of(sweep: Sweep) -> Local | Slurm | Ray:
    """Gives the workers that a sweep was begun with.

    Args:
        sweep: of a ledger.
    """
    kinds: dict[str, type[Local | Slurm | Ray]] = {"Local": Local, "Slurm": Slurm, "Ray": Ray}
    kept = dict(sweep.settings.get("workers") or {"kind": "Local"})
    return kinds[str(kept.pop("kind"))](**kept)


def check_devices(who: Local | Slurm | Ray, config: "DictConfig") -> None:
    """Refuses workers that have fewer GPUs than a job of theirs takes.

    Args:
        who: runs the jobs.
        config: of a job.

    Raises:
        ConfigError: they have.
    """
    number = wanted(config)
    # what a cluster gives that was not asked by this name, sbatch's options may ask for
    unknown = not (gpus() if isinstance(who, Local) and number > 1 else who.gpus)
    if number <= max(1, who.gpus) or on_cpu(config) or unknown:
        return
    raise ConfigError(
        f"a job with trainer.devices={number} needs as many GPUs of its worker, which has "
        f"{who.gpus:g}",
        mend=f"sweep.workers.gpus={number}",
    )

"""Several jobs of one command line, run one after the other in one warm process."""

import functools
import itertools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hydra.core.override_parser.types import Override

from xinzhi.config import catalog, compose, failures, grammar, project, words
from xinzhi.config.check import check
from xinzhi.errors import ConfigError


@dataclass
class Job:
    """One point of the grid and what came of it."""

    overrides: tuple[str, ...]
    objective: str | None = None
    result: Any = None
    error: str | None = None


@dataclass
class Outcome:
    """All jobs of a grid."""

    jobs: list[Job] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 when all jobs came through."""
        return int(any(job.error for job in self.jobs))

    def table(self) -> str:
        """One line per job: the overrides that jobs differ in, then its metrics or its error."""
        varied = [" ".join(self._varied(job)) for job in self.jobs]
        width = max(map(len, varied), default=0)
        return "\n".join(
            f"{number:>3}  {words:<{width}}  {_summary(job)}"
            for number, (words, job) in enumerate(zip(varied, self.jobs, strict=True), start=1)
        )

    def _varied(self, job: Job) -> list[str]:
        everywhere = set.intersection(*(set(other.overrides) for other in self.jobs))
        return [o for o in job.overrides if o not in everywhere or len(self.jobs) == 1]


def run_jobs(pipeline: str, arguments: Sequence[str], run: Callable[[str, Any], Any]) -> Outcome:
    """Run the whole grid; a job that fails is reported at once and does not stop the others.

    A config that cannot be run is told before the first job starts.
    """
    project.make_importable()
    module = pipeline.replace("-", "_")
    typed = grammar.take_apart(list(arguments))
    places = compose.declared(compose.open_repository(module), module)
    fixed = words.as_overrides(pipeline, typed.words, places.keys)
    points = grid(typed.overrides)
    configs = []
    for point in points:
        config = compose.compose(module, [*fixed, *point], multirun=len(points) > 1)
        check(config)
        configs.append(config)
    outcome = Outcome()
    for number, (point, config) in enumerate(zip(points, configs, strict=True)):
        print(f"job {number + 1} of {len(points)}: {' '.join(point)}", file=sys.stderr)  # noqa: T201
        job = Job(point, config.get("objective"))
        outcome.jobs.append(_one(job, functools.partial(run, pipeline, config)))
    return outcome


def grid(overrides: Sequence[str]) -> list[tuple[str, ...]]:
    """Every combination of the values that the overrides sweep over.

    >>> grid(["seed=1,2", "model=bilstm"])
    [('seed=1', 'model=bilstm'), ('seed=2', 'model=bilstm')]
    """
    axes = [_axis(grammar.parse(override, sweep=True), override) for override in overrides]
    return list(itertools.product(*axes))


def _axis(override: Override, typed: str) -> list[str]:
    if not override.is_sweep_override():
        return [typed]
    if not override.is_discrete_sweep():
        raise ConfigError(
            f"`{typed}` is a range of real numbers, which -m cannot run through",
            mend=f"list the values: {override.key_or_group}=0.1,0.2",
        )
    key = override.get_key_element()
    if getattr(override, "_value", None).__class__.__name__ == "Glob":
        there = catalog.options(project.conf_folders(), override.key_or_group)
        chosen = override._value.filter(there)  # type: ignore[union-attr]  # noqa: SLF001
        return [f"{key}={option}" for option in chosen]
    return [f"{key}={value}" for value in override.sweep_string_iterator()]


def _one(job: Job, run: Callable[[], Any]) -> Job:
    try:
        job.result = run()
    except Exception as error:  # noqa: BLE001 - reported, and the next job runs
        _, job.error = failures.told(error)
        print(job.error, file=sys.stderr)  # noqa: T201
    return job


def _summary(job: Job) -> str:
    """Its error, or its objective on validation and test rows; all metrics where it has none."""
    if job.error:
        return f"failed: {job.error.splitlines()[0]}"
    result = job.result if isinstance(job.result, dict) else getattr(job.result, "__dict__", {})
    metrics = result.get("metrics")
    if not isinstance(metrics, dict):
        return "done"
    if job.objective and job.objective in metrics:
        twin = f"test/{job.objective.rpartition('/')[2]}"
        metrics = {name: metrics[name] for name in (job.objective, twin) if name in metrics}
    told = [f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in metrics.items()]
    told += [f"run {str(result['run_id'])[:8]}"] if "run_id" in result else []
    return "  ".join(told)

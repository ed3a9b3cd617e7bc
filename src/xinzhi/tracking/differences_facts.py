"""What a run has kept of how it came to be: config, code, packages, machine, data, seed."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xinzhi.config.written import read_back, telling
from xinzhi.tracking import kept
from xinzhi.tracking.environment import Code
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run

_NOTE, _COMMIT = "mlflow.note.content", "mlflow.source.git.commit"
_PARENT = "sweep"  # the pipeline of a run over runs, which trained nothing itself


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The snapshot that a run read.

    Attributes:
        name: of the data set.
        digest: of its content.
        counts: rows by split.
        source: where they came from, in one line.
    """

    name: str
    digest: str
    counts: Mapping[str, int]
    source: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of one run.

    Attributes:
        run_id: of the run.
        run_name: as shown in the UI.
        experiment_id: the experiment it belongs to.
        status: as MLflow has it.
        task: as the run was tagged.
        sweep: whether it is the run over the runs of a sweep.
        seed: of the training; None where its config has none.
        config: what can change the fit, by dotted key, where the seed is 0 for all that follows it.
        objective: the metric that chose the weights, and `max` or `min`.
        code: commit and what was not committed.
        packages: version by name.
        machine: processor, memory and the like.
        rows: the snapshot; None where none was noted.
        overrides: as typed after `xinzhi train`; None where they were not kept.
        metrics: by name, their last values.
    """

    run_id: str
    run_name: str
    experiment_id: str
    status: str
    task: str
    sweep: bool
    seed: int | None
    config: Mapping[str, Any]
    objective: tuple[str, str]
    code: Code
    packages: Mapping[str, str]
    machine: Mapping[str, Any]
    rows: Rows | None
    overrides: tuple[str, ...] | None
    metrics: Mapping[str, float]

    @property
    def title(self) -> str:
        """What to call it: its name and the first digits of its id."""
        return f"{self.run_name} ({self.run_id[:8]})"


def facts(store: Store, run_id: str) -> Facts:
    """Reads what a run has kept.

    Args:
        store: where it is.
        run_id: of the run.
    """
    with store.explaining():
        return of_run(store, store.client.get_run(run_id))


def of_run(store: Store, run: "Run") -> Facts:
    """Reads what a run has kept.

    Args:
        store: where it is.
        run: as MLflow gives it.
    """
    text = kept.text_of(store, run, "config.yaml")
    params, tags = dict(run.data.params), dict(run.data.tags)
    whole = dict(params) if text is None else read_back(text)
    machine = json.loads(kept.text_of(store, run, "environment/machine.json") or "{}")
    return Facts(
        run_id=run.info.run_id,
        run_name=run.info.run_name or "",
        experiment_id=run.info.experiment_id,
        status=run.info.status,
        task=tags.get("task", ""),
        sweep=tags.get("pipeline") == _PARENT,
        seed=_whole_number(whole.get("seed")),
        config=telling(dict(params) if text is None else read_back(text, seed=0)),
        objective=(str(whole.get("objective") or ""), str(whole.get("mode") or "max")),
        code=_code(store, run),
        packages=_packages(kept.text_of(store, run, "environment/packages.txt") or ""),
        machine={**({"host": tags["host"]} if "host" in tags else {}), **machine},
        rows=_rows(run),
        overrides=_overrides(tags.get(_NOTE, "")),
        metrics=dict(run.data.metrics),
    )


def _code(store: Store, run: "Run") -> Code:
    tags = run.data.tags
    commit = tags.get(_COMMIT) or tags.get("commit", "")
    dirty = tags.get("dirty") == "true"
    diff = kept.text_of(store, run, "environment/changes.diff") if dirty else None
    return Code(commit, dirty=dirty, diff=diff or "")


def _packages(text: str) -> dict[str, str]:
    pairs = (line.partition("==") for line in text.splitlines() if "==" in line)
    return {name.strip(): version.strip() for name, _, version in pairs}


def _rows(run: "Run") -> Rows | None:
    read = run.inputs.dataset_inputs if run.inputs is not None else []
    if not read:
        return None
    found = read[0].dataset
    counts = json.loads(found.profile or "{}")
    return Rows(
        name=found.name,
        digest=found.digest,
        counts={split: n for split, n in counts.items() if isinstance(n, int)},
        source=str(json.loads(found.source or "{}").get("uri", "")),
    )


def _overrides(note: str) -> tuple[str, ...] | None:
    """What was typed: the first line of a finished run's description is its command."""
    first = note.partition("\n")[0].strip()
    if not (first.startswith("`") and first.endswith("`")):
        return None
    try:
        words = shlex.split(first.strip("`"))
    except ValueError:
        return None
    return tuple(words[words.index("train") + 1 :]) if "train" in words else None


def _whole_number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.lstrip("-").isdigit() else None

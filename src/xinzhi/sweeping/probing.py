"""Trainings cut short in processes of their own, one of each kind among the jobs of a plan."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.config import compose, grammar, project
from xinzhi.config.identity import resolved
from xinzhi.config.ranks import say
from xinzhi.errors import ConfigError
from xinzhi.sweeping.composing import PIPELINE
from xinzhi.sweeping.work.jobs import PROBE

if TYPE_CHECKING:
    from xinzhi.training.probe import Forecast

_ALIKE = ("data", "datamodule", "model", "task", "trainer", "callbacks")
_OVER = ("tracking.uri", "register", "report", "ckpt_path", "name")


def forecasts(
    jobs: Sequence[Sequence[str]], done: Sequence[bool], *, steps: int
) -> "tuple[Forecast, ...]":
    """Tells what trainings will take, by a few timed steps of each kind among them.

    Args:
        jobs: overrides of each.
        done: whether the result of each is there already.
        steps: that are timed, at least.
    """
    kinds: dict[str, list[Sequence[str]]] = {}
    for words, is_done in zip(jobs, done, strict=True):
        if not is_done:
            kinds.setdefault(_kind(words), []).append(words)
    with tempfile.TemporaryDirectory(prefix="xinzhi-probe-") as folder:
        store = _store(Path(folder)) if kinds else ""
        return tuple(
            _probed(alike, Path(folder), store, steps=steps, number=number, of=len(kinds))
            for number, alike in enumerate(kinds.values(), start=1)
        )


def _kind(words: Sequence[str]) -> str:
    """What decides how long a training takes: no rate, no seed, no name."""
    plain = resolved(compose.compose(PIPELINE, words))
    parts = {group: _without_seeds(plain.get(group)) for group in _ALIKE}
    return json.dumps(parts, sort_keys=True, default=str)


def _without_seeds(node: Any) -> Any:  # noqa: ANN401 - a part of a config
    if isinstance(node, Mapping):
        left_out = {"seed", "_suggests_", "dropout"}
        return {key: _without_seeds(value) for key, value in node.items() if key not in left_out}
    return node


def _store(folder: Path) -> str:
    """Makes the store that the probes write to, and nobody reads."""
    from xinzhi.tracking import database

    database.ensure(folder / "mlflow.db")
    return f"sqlite:///{folder / 'mlflow.db'}"


def _probed(
    alike: Sequence[Sequence[str]], folder: Path, store: str, *, steps: int, number: int, of: int
) -> "Forecast":
    from xinzhi.training import probe

    words, in_common = alike[0], set.intersection(*map(set, alike))
    say(f"probe {number} of {of}: {' '.join(words)}")
    kept = [word for word in words if grammar.key_of(word) not in _OVER]
    over = [f"tracking.uri={store}", "register=false", "name=probe", "report=json"]
    measured = folder / f"{number}.json"
    before = _cached()
    wall_s, ended = _run([*kept, *over], measured, steps=steps)
    if _cached() != before:  # rows, tokens or a baseline that the training itself will find there
        wall_s, ended = _run([*kept, *over], measured, steps=steps)
    return probe.forecast(
        probe.read(measured),
        model=" ".join(word for word in words if word in in_common),
        jobs=len(alike),
        wall_s=wall_s,
        memory_mb=_peak_mb(),
        disk_mb=float(json.loads(ended.stdout)["disk_mb"]),
    )


def _run(
    words: Sequence[str], measured: Path, *, steps: int
) -> "tuple[float, subprocess.CompletedProcess[str]]":
    """Runs a training that is cut short; gives its seconds and what it said.

    Raises:
        ConfigError: it failed.
    """
    started = time.time()
    told = json.dumps({"steps": steps, "file": str(measured), "started": started})
    ended = subprocess.run(  # noqa: S603 - this very program
        [sys.executable, "-m", "xinzhi", PIPELINE, *words],
        env={**os.environ, PROBE: told},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode or not measured.is_file():
        tail = "\n".join(ended.stderr.splitlines()[-5:])
        raise ConfigError(f"the probe of {' '.join(words)} ended with {ended.returncode}:\n{tail}")
    return time.time() - started, ended


def _cached() -> frozenset[Path]:
    """What is kept for all trainings by now."""
    return frozenset(project.cache_folder().glob("*/*"))


def _peak_mb() -> float:
    """The most that a child of this process has held; of all probes so far, the largest."""
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10

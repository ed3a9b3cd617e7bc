"""Sweeps over any application of Hydra: its task function says how good a configuration is."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from omegaconf import DictConfig, OmegaConf

from xinzhi.config.near import UnknownNameError
from xinzhi.errors import ConfigError
from xinzhi.sweeping.application import APPLICATION, Application
from xinzhi.sweeping.ledger.opening import open_ledger
from xinzhi.sweeping.records import Method, Sweep
from xinzhi.sweeping.rounds import Rounds
from xinzhi.sweeping.search import space

_DIRECTIONS = {"min": "min", "max": "max", "minimize": "min", "maximize": "max"}
_AT_ONCE = ("n_jobs", "array_parallelism")  # of the joblib launcher, of the submitit launcher


def search(
    arguments: Sequence[str],
    settings: Mapping[str, Any],
    *,
    config: DictConfig,
    compose: Callable[[DictConfig, list[str]], DictConfig],
    launch: Callable[..., Sequence[Any]],
    task: Callable[..., Any],
) -> dict[str, Any]:
    """Runs what is missing of a sweep over an application, and gives its best configuration.

    Args:
        arguments: the overrides as typed.
        settings: of `hydra.sweeper`.
        config: of the sweep.
        compose: Hydra's loader of a job's config.
        launch: the launcher's.
        task: the task function.
    """
    application = Application(
        name=str(config.hydra.job.name),
        file=Path(task.__code__.co_filename),
        compose=lambda overrides: compose(config, list(overrides)),
        launch=lambda batch, first: launch(batch, initial_job_idx=first),
        at_once=settings.get("batch") or _at_once(config.hydra.launcher),
        folder=Path(str(config.hydra.sweep.dir)),
    )
    application.folder.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(config, application.folder / "multirun.yaml")
    sweep = asked(application.name, arguments, settings)
    rounds = Rounds(application, open_ledger(settings.get("ledger")), sweep)
    rounds.enter()
    rounds.work()
    return rounds.result()


def asked(name: str, arguments: Sequence[str], settings: Mapping[str, Any]) -> Sweep:
    """Gives the sweep that a command asks for.

    Args:
        name: of the application.
        arguments: the overrides as typed.
        settings: of `hydra.sweeper`.

    Raises:
        UnknownNameError: the method or the direction is unknown.
        ConfigError: a setting does not fit.
    """
    method, trials = str(settings["method"]), settings.get("trials")
    if method not in get_args(Method):
        raise UnknownNameError("hydra.sweeper.method", method, get_args(Method))
    if method != "grid" and (trials is None or trials < 1):
        raise ConfigError(
            f"hydra.sweeper.method={method} needs to know how many configurations to try",
            mend="hydra.sweeper.trials=20",
        )
    given = settings["direction"]
    directions = [given] if isinstance(given, str) else list(given)
    for direction in directions:
        if direction not in _DIRECTIONS:
            raise UnknownNameError("hydra.sweeper.direction", str(direction), ("min", "max"))
    fixed, axes, seeds = space.read(arguments, dict(settings.get("space") or {}))
    several = len(directions) > 1
    sweep = Sweep(
        name="-",
        experiment=name,
        fixed=tuple(fixed),
        axes=axes,
        seeds=seeds,
        method=method,  # type: ignore[arg-type]  # one of them, as seen above
        trials=trials,
        seed=int(settings.get("seed") or 0),
        objectives=tuple(
            f"objective_{n}" if several else "objective" for n in range(len(directions))
        ),
        modes=tuple(_DIRECTIONS[direction] for direction in directions),
        created=time.time(),
        settings={APPLICATION: name},
    )
    what = [sorted(fixed), sorted(map(str, axes)), method, sweep.seed, sweep.modes]
    short = hashlib.sha256(json.dumps(what).encode()).hexdigest()[:4]
    return replace(sweep, name=str(settings.get("name") or f"{name}-{short}"))


def _at_once(launcher: DictConfig) -> int:
    """How many jobs a launcher says that it runs at a time; one where it does not say."""
    given = next((launcher[key] for key in _AT_ONCE if launcher.get(key)), 1)
    cores = os.cpu_count() or 1
    return max(1, int(given) if given > 0 else cores + 1 + int(given))  # -1 is all of them

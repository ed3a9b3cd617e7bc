"""What was typed after `train -m`: a sweep, its first configurations, and each of them checked."""

import hashlib
import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from omegaconf import DictConfig

from xinzhi.config import compose, grammar
from xinzhi.config.check import check
from xinzhi.config.identity import redact
from xinzhi.config.targets import build
from xinzhi.errors import ConfigError
from xinzhi.sweeping.composing import checked_job, compose_job, identifier
from xinzhi.sweeping.records import Axis, Job, Sweep
from xinzhi.sweeping.search import search, space
from xinzhi.sweeping.settings import Settings, check_devices

SETTINGS = "multirun"


class Asked(NamedTuple):
    """A sweep as it was asked for.

    Attributes:
        sweep: what is searched, and how.
        settings: how it is run.
        jobs: of the configurations that are known before any has run.
        config: of the first job.
        identify: gives the identity of a job by all its overrides, as it is now.
    """

    sweep: Sweep
    settings: Settings
    jobs: list[Job]
    config: DictConfig
    identify: Callable[[tuple[str, ...]], str]


def read(
    arguments: Sequence[str],
    *,
    freeze: Callable[[DictConfig], str | None],
    checked: Callable[[Settings, DictConfig], None] = lambda settings, config: None,  # noqa: ARG005
) -> Asked:
    """Reads and checks a sweep: whatever cannot run is told before anything has started.

    Args:
        arguments: as typed after `train -m`.
        freeze: gives the digest of a config's rows, preparing them or not.
        checked: is called once every option has been checked, before rows are frozen.

    Raises:
        ConfigError: something is unknown or does not fit, with the near match.
    """
    with compose.unchanging():
        return _read(arguments, freeze, checked)


def _read(
    arguments: Sequence[str],
    freeze: Callable[[DictConfig], str | None],
    checked: Callable[[Settings, DictConfig], None],
) -> Asked:
    typed = grammar.take_apart(list(arguments))
    if typed.words:
        raise ConfigError(f"`{typed.words[0]}` must be key=value", mend="xinzhi train --help")
    own = [word for word in typed.overrides if grammar.is_of_sweep(word)]
    told = [word for word in typed.overrides if not word.startswith("report=")]  # of no job
    others = [word for word in told if not grammar.is_of_sweep(word)]
    _refuse_secrets(typed.overrides)
    settings = settings_of(own)
    fixed, axes, seeds = space.read(others, settings.space)
    if begun := [word for word in fixed if word.lstrip("+").startswith("ckpt_path=")]:
        raise ConfigError(
            f"`{begun[0]}` is for a single training: the jobs of a sweep begin at their beginning",
            mend="xinzhi sweep resume goes on with what was cut short",
        )
    first = compose_job(fixed, corners(axes)[0])
    check(first)
    sweep = _sweep(first, settings, fixed, axes, seeds)
    for corner in corners(axes):
        config = compose_job(fixed, corner)
        check(config)
        check_devices(settings.workers, config)
    points = search.points(sweep) or []
    configs = {(*fixed, *one.overrides): checked_job(fixed, one.overrides) for one in points}
    checked(settings, first)
    identify = identifier(freeze, configs)
    jobs: list[Job] = []
    if not points:  # they are asked for as it goes, on rows that are frozen now
        for corner in corners(axes):
            freeze(compose_job(fixed, corner))
    for point in points:
        jobs += search.jobs_of(sweep, point, len(jobs), identify)
    return Asked(sweep, settings, jobs, first, identify)


def settings_of(overrides: Sequence[str]) -> Settings:
    """Gives what `sweep=` and `sweep.…=` ask for.

    Args:
        overrides: as typed.
    """
    config = compose.compose(SETTINGS, overrides)
    check(config)
    settings: Settings = build(compose.fully_resolved(config)["sweep"])
    return settings


def _refuse_secrets(overrides: Sequence[str]) -> None:
    for word in overrides:
        if redact(word) != word:
            raise ConfigError(
                f"`{redact(word)}` holds a secret, which a ledger must not keep",
                mend="set MLFLOW_TRACKING_URI, XINZHI_LEDGER or XINZHI_SOURCE_URL instead",
            )


def corners(axes: Sequence[Axis]) -> list[list[str]]:
    """Gives configurations in which every option and every bound occurs at least once."""
    ends = [_ends(axis) for axis in axes]
    longest = max(map(len, ends), default=1)
    return [[options[min(n, len(options) - 1)] for options in ends] for n in range(longest)]


def _ends(axis: Axis) -> list[str]:
    bounds = [value for value in (axis.low, axis.high) if value is not None]
    values: tuple[str | float, ...] = axis.choices or tuple(dict.fromkeys(bounds))
    return [space.override(axis, value) for value in values]


def _sweep(
    config: DictConfig,
    settings: Settings,
    fixed: Sequence[str],
    axes: tuple[Axis, ...],
    seeds: tuple[int, ...],
) -> Sweep:
    objectives: dict[str, str] = dict(settings.objectives) or {
        str(config.objective): str(config.mode)
    }
    if len(objectives) > 1 and settings.pruning is not None:
        raise ConfigError("sweep.pruning needs one objective", mend="sweep.pruning=null")
    if len(objectives) > 1 and settings.method == "cmaes":
        raise ConfigError("sweep.method=cmaes needs one objective", mend="sweep.method=nsga2")
    if settings.method != "grid" and not axes:
        raise ConfigError(
            f"sweep.method={settings.method} needs something to search",
            mend="optimizer.lr='tag(log, interval(1e-4, 1e-2))'",
        )
    draft = Sweep(
        name="-",
        experiment=str(config.name),
        fixed=tuple(fixed),
        axes=axes,
        seeds=seeds,
        method=settings.method,
        trials=settings.trials,
        seed=settings.seed,
        pruning=settings.pruning,
        objectives=tuple(objectives),
        modes=tuple(objectives.values()),
        created=time.time(),
        settings={**settings.kept(), "workers": _plain(settings)},
    )
    return replace(draft, name=settings.name or _name(draft))


def _plain(settings: Settings) -> Mapping[str, object]:
    from dataclasses import asdict

    return {"kind": type(settings.workers).__name__, **asdict(settings.workers)}


def _name(sweep: Sweep) -> str:
    """The same command has the same name, so that it goes on with what it began."""
    cosmetic = ("report=", "offline=", "refresh=", "tags=")
    what = [
        sorted(word for word in sweep.fixed if not word.startswith(cosmetic)),
        sorted(map(str, sweep.axes)),
        sweep.method,
        sweep.seed,
        sweep.objectives,
        sweep.pruning,
    ]
    return f"{sweep.experiment}-{hashlib.sha256(json.dumps(what).encode()).hexdigest()[:4]}"


def differs(before: Sweep, now: Sweep) -> list[str]:
    """Says in words what a command asks for otherwise than the sweep of its name.

    Args:
        before: as the ledger has it.
        now: as it was typed.
    """
    told = space.changed(before, now.axes, now.seeds, now.fixed)
    pairs = itertools.zip_longest(before.objectives, now.objectives)
    if any(was != is_now for was, is_now in pairs):
        told.append(f"objectives were {before.objectives}, are {now.objectives}")
    for key in ("method", "seed", "pruning"):
        was, is_now = getattr(before, key), getattr(now, key)
        if was != is_now:
            told.append(f"sweep.{key} was {was}, is {is_now}")
    return told

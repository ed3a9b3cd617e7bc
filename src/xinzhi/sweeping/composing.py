"""The config of a job, composed of its sweep's overrides and its own, and what training it is."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from omegaconf import DictConfig

from xinzhi.config import compose
from xinzhi.config.check import check
from xinzhi.config.identity import resolved
from xinzhi.sweeping.identity import data_digest, identity

REPETITION = "test=true"
PIPELINE = "train"


def compose_job(fixed: Sequence[str], own: Sequence[str], *, test: bool = False) -> DictConfig:
    """Composes the config of one job.

    Args:
        fixed: overrides of all jobs.
        own: overrides of this one.
        test: whether the test rows are judged: a search leaves them alone; a repetition over seeds
            or splits, which chooses nothing, asks for them by `test=true`.
    """
    config = compose.compose(PIPELINE, [*fixed, *own], multirun=True)
    config.test = test or REPETITION in fixed
    if not test:
        config.register = False  # of a sweep the best alone becomes a version
    return config


def identifier(
    freeze: Callable[[DictConfig], str | None],
    checked: Mapping[tuple[str, ...], DictConfig] | None = None,
) -> Callable[[tuple[str, ...]], str]:
    """Gives the function that checks a job's config and says what training it is.

    Args:
        freeze: gives the digest of a config's rows.
        checked: configs by their overrides.
    """
    digests: dict[str, str | None] = {}
    known = checked or {}

    @cache
    def identify(overrides: tuple[str, ...]) -> str:
        config = known[overrides] if overrides in known else checked_job(overrides, ())
        rows = json.dumps(resolved(config).get("data"), sort_keys=True, default=str)
        if rows not in digests:
            digests[rows] = freeze(config)
        return identity(config, data=digests[rows] or "").whole

    return identify


def checked_job(fixed: Sequence[str], own: Sequence[str]) -> DictConfig:
    """Composes the config of one job, and refuses what cannot run.

    Args:
        fixed: overrides of all jobs.
        own: overrides of this one.
    """
    config = compose_job(fixed, own)
    check(config)
    return config


def prepared(config: DictConfig) -> str | None:
    """Gives the digest of a config's rows where they have been prepared.

    Args:
        config: of a job.
    """
    return data_digest(resolved(config))

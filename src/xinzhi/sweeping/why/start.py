"""`xinzhi why A B`: the two runs are taken apart, then mixtures of them are tried."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xinzhi.config.compose import unchanging
from xinzhi.config.identity import command_line, redact
from xinzhi.config.ranks import say
from xinzhi.errors import ConfigError
from xinzhi.sweeping.ledger.opening import VARIABLE, open_ledger
from xinzhi.sweeping.why import ending, telling
from xinzhi.sweeping.why.asking import Asked, Controller, Progress
from xinzhi.sweeping.why.difference import between
from xinzhi.sweeping.why.probes import Probes
from xinzhi.sweeping.why.question import asked as taken_apart
from xinzhi.sweeping.why.search import Budget
from xinzhi.sweeping.why.sides import sides

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.sweeping.why.result import Why
    from xinzhi.tracking.store import Store
    from xinzhi.training.beside import Train


def why(store: "Store", config: "DictConfig", *, train: "Train") -> "Why":
    """Finds what carries the difference of two runs.

    Args:
        store: where they are.
        config: of conf/why.yaml.
        train: fits what a config describes.

    Raises:
        ConfigError: they cannot be taken apart, or not run again.
    """
    wanted = _asked(config)
    a, b, metric, mode = sides(store, list(config.references), metric=config.metric)
    words = ["offline=true"] if config.offline else []
    epochs = config.probe.max_epochs
    with unchanging():
        question = taken_apart(a, b, metric, mode, epochs=epochs, words=words)
    several = len(question.apart.factors) > 1
    say(telling.plan(question, wanted.budget, seeds=wanted.seeds, program_waits=several))
    if several and wanted.minutes is not None:
        say(f"no probe begins after {wanted.minutes:g} min")
    if not several and not question.again:
        known = between(list(a.values.values()), list(b.values.values()))
        return ending.told(question, Progress(difference=known), wanted, None)
    _refuse_secrets(question.apart.fixed)
    if config.ledger:
        os.environ[VARIABLE] = config.ledger  # for the worker; it may hold a password
    if config.tracking.uri:
        os.environ["MLFLOW_TRACKING_URI"] = config.tracking.uri
    probes = Probes.entered(open_ledger(config.ledger), question, wanted.command)
    probes.check_ends()
    progress = Controller(probes, wanted, train=train).run()
    result = ending.told(question, progress, wanted, probes)
    ending.closed(store, probes, result)
    return result


def _asked(config: "DictConfig") -> Asked:
    if config.probes < 1 or config.seeds < 2:
        raise ConfigError(
            f"probes must be at least 1 and seeds at least 2, were {config.probes} and "
            f"{config.seeds}: of one seed nobody knows what chance does"
        )
    if not 0.5 < config.sure < 1:
        raise ConfigError(f"sure must be between 0.5 and 1, was {config.sure}")
    budget = Budget(sure=config.sure, probes=config.probes, probes_for_one=config.probes_for_one)
    overrides: list[Any] = list(config.asked.overrides)
    return Asked(
        budget=budget,
        minutes=config.minutes,
        seeds=config.seeds,
        rate=config.rate,
        force=config.force,
        apart=config.workers > 0,
        command=command_line("why", [*config.references, *_typed(overrides)]),
    )


def _typed(overrides: Sequence[str]) -> list[str]:
    return [word for word in overrides if not word.startswith("references=")]


def _refuse_secrets(words: Sequence[str]) -> None:
    for word in words:
        if redact(word) != word:
            raise ConfigError(
                f"`{redact(word)}` holds a secret, which a ledger must not keep",
                mend="set XINZHI_SOURCE_URL or MLFLOW_TRACKING_URI, and train A and B so",
            )

"""What `xinzhi train` would do with the same words: values with their homes, jobs, what is done."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.config import compose, grammar, project, provenance
from xinzhi.config.check import check
from xinzhi.config.cosmetic import COSMETIC
from xinzhi.config.targets import build
from xinzhi.sweeping import command, composing
from xinzhi.sweeping.identity import data_digest, identity
from xinzhi.sweeping.known import Known
from xinzhi.sweeping.planned import Plan, PlannedJob
from xinzhi.sweeping.show.wording import counted
from xinzhi.sweeping.unfrozen import OFFERED, UNKNOWN

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.sweeping.ledger.ledger import Ledger
    from xinzhi.training.probe import Forecast

PIPELINE = "plan"
_UNKNOWN = (
    "unknown here: a training counts as done by its config and code alone, whatever the rows are; "
    f"a {OFFERED[0]}() of the datamodule, or a file that it is given by path, tells them apart"
)
OWN = ("all", "probe")  # keys of `plan` that `train` does not have


def of_one(overrides: Sequence[str], *, every_value: bool = False, probe: int = 0) -> Plan:
    """Plans one training.

    Args:
        overrides: as typed.
        every_value: whether values are told that are as their files have them.
        probe: timed steps; 0 for none.
    """
    words = [word for word in overrides if grammar.key_of(word) not in OWN]
    config, merged = compose.explained(composing.PIPELINE, words)
    check(config)
    judge_rows(config)
    mark = Known.of(_ledger()).mark(identity(config).whole)
    told = provenance.values(config, merged)
    return Plan(
        experiment=str(config.name),
        choices=_chosen(config),
        values=tuple(value for value in told if every_value or value.by_hand),
        jobs=(PlannedJob(number=0, overrides=tuple(words), done=mark.done, why=mark.why),),
        rows=_rows(config),
        cosmetic=dict(COSMETIC),
        forecasts=_probed([words], [mark.done], steps=probe),
    )


def of_several(arguments: Sequence[str]) -> Plan:
    """Plans the jobs of a sweep.

    Args:
        arguments: as typed after `plan -m`.
    """
    typed = grammar.take_apart(list(arguments)).overrides
    words = [word for word in typed if grammar.key_of(word) not in OWN]
    own = compose.compose(PIPELINE, [word for word in typed if grammar.key_of(word) in OWN])
    asked = command.read(words, freeze=composing.prepared)
    judge_rows(asked.config)
    known = Known.of(_ledger(asked.settings.ledger))
    marks = [known.mark(job.identity) for job in asked.jobs]
    _, merged = compose.explained(composing.PIPELINE, asked.sweep.fixed)
    told = provenance.values(asked.config, merged)
    searched = {axis.key for axis in asked.sweep.axes}
    jobs = [
        PlannedJob(number=job.number, overrides=job.overrides, done=mark.done, why=mark.why)
        for job, mark in zip(asked.jobs, marks, strict=True)
    ]
    every = [[*asked.sweep.fixed, *job.overrides] for job in asked.jobs]
    return Plan(
        experiment=asked.sweep.experiment,
        sweep=asked.sweep.name,
        choices=_chosen(asked.config),
        values=tuple(v for v in told if (own.all or v.by_hand) and v.key not in searched),
        jobs=tuple(jobs),
        later=_later(asked),
        rows=_rows(asked.config),
        cosmetic=dict(COSMETIC),
        forecasts=_probed(every, [mark.done for mark in marks], steps=own.probe),
    )


def judge_rows(config: "DictConfig") -> None:
    """Refuses a declaration that contradicts itself, or names columns that are not there.

    Args:
        config: checked.
    """
    if config.data:
        from xinzhi.data import foreseen
        from xinzhi.data.declaration import Declaration

        declared = build(config.data)
        if isinstance(declared, Declaration):
            declared.check_columns()
            foreseen.check_uses(declared, compose.fully_resolved(config))


def _ledger(where: str | None = None) -> "Ledger | None":
    found = where or os.environ.get("XINZHI_LEDGER") or project.store_folder() / "sweeps.db"
    if isinstance(found, Path) and not found.exists():
        return None  # no sweep was begun here; to import what reads one takes half a second
    from xinzhi.sweeping.ledger.ledger import Ledger

    return Ledger.open(found, create=False)


def _chosen(config: "DictConfig") -> Mapping[str, str]:
    return {str(k): str(v) for k, v in config.asked.choices.items() if v is not None}


def _rows(config: "DictConfig") -> str:
    digest = data_digest(compose.fully_resolved(config))
    if not config.data:
        return f"read by the datamodule, {_UNKNOWN if digest == UNKNOWN else digest}"
    return f"prepared, {digest}" if digest else "not prepared yet"


def _later(asked: command.Asked) -> str | None:
    """Says how many jobs there will be of which nobody knows the configuration yet."""
    seeds = max(len(asked.sweep.seeds), 1)
    expected = (asked.sweep.trials or 0) * seeds - len(asked.jobs)
    if expected <= 0:
        return None
    jobs = counted(expected, "job")
    return f"{jobs}, chosen by {asked.sweep.method} from what earlier ones reach"


def _probed(
    jobs: Sequence[Sequence[str]], done: Sequence[bool], *, steps: int
) -> "tuple[Forecast, ...]":
    if not steps:
        return ()
    from xinzhi.sweeping.probing import forecasts

    return forecasts(jobs, done, steps=steps)

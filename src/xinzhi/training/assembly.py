"""From plain settings to built parts: snapshot, datamodule, module, trainer, baseline."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import lightning as L

from xinzhi.config.near import UnknownNameError
from xinzhi.config.ranks import say
from xinzhi.data.snapshot import Snapshot
from xinzhi.metrics.scalars import shortened
from xinzhi.training.bf16 import Bf16Mixed
from xinzhi.training.endings import LonelyFailure
from xinzhi.training.gradients import FreedGradients
from xinzhi.training.noise import quiet
from xinzhi.training.outcome import NO_BUNDLE
from xinzhi.training.precision import Device, choose_device
from xinzhi.training.unprofiled import Unprofiled

Settings = Mapping[str, Any]
Build = Callable[..., Any]


class Parts(NamedTuple):
    """What a Trainer fits."""

    module: L.LightningModule
    datamodule: L.LightningDataModule


def assemble(
    settings: Settings, build: Build, snapshot: Snapshot | None, *, cache_folder: Path
) -> Parts:
    """Builds the datamodule, the model and the LightningModule, each from what is there by then.

    A part is handed over only where a constructor names it, so that any LightningModule with any
    LightningDataModule can be assembled. What can be judged before training is: a datamodule that
    has a `check()` is asked, and a module that has `metric_names()` must know the objective.

    Args:
        settings: nodes `datamodule`, `model` (or null), `task`, `optimizer`, `scheduler`.
        build: makes an object of a node and of offered parts.
        snapshot: the rows.
        cache_folder: where tokens are kept between runs.
    """
    datamodule = build(
        settings["datamodule"], snapshot=snapshot, cache_folder=cache_folder / "tokens"
    )
    inputs = datamodule.model_inputs() if hasattr(datamodule, "model_inputs") else {}
    offered: dict[str, Any] = {"datamodule": datamodule}
    if settings["model"]:
        offered["model"] = build(settings["model"], **inputs)
        offered["architecture"] = _architecture(settings["model"], inputs)
    for name in ("optimizer", "scheduler"):
        if settings[name]:
            offered[name] = build(settings[name])
    getattr(datamodule, "check", list)()
    for warning in getattr(datamodule, "warnings", list)():
        say(f"warning: {warning}")
    module = build(settings["task"], **offered)
    _check_objective(str(settings["objective"]), getattr(module, "metric_names", list)())
    return Parts(module, datamodule)


def _check_objective(objective: str, known: Sequence[str]) -> None:
    if known and objective not in known:
        raise UnknownNameError("objective=", objective, known)


def _architecture(node: Settings, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Gives the model's target and arguments, without those that the data gives."""
    arguments = {k: v for k, v in node.items() if k not in {"_target_", "_suggests_", *inputs}}
    return {"target": node["_target_"], "arguments": arguments}


def make_trainer(
    settings: Settings,
    build: Build,
    *,
    logger: Any,  # noqa: ANN401 - a Lightning logger, or False
    folder: Path,
    beside: Sequence[L.Callback] = (),
) -> L.Trainer:
    """Builds the Trainer with the device and precision that this machine has.

    Args:
        settings: nodes `trainer`, where `precision: auto` is probed, and `callbacks`.
        build: makes an object of a node and of offered parts.
        logger: gets the metrics; False for none.
        folder: where this run's checkpoints go.
        beside: further callbacks.
    """
    quiet()
    wanted = settings["trainer"]
    device = choose_device(str(wanted["accelerator"]), str(wanted["precision"]))
    if device.note:
        say(device.note)
    callbacks = [
        build(node, dirpath=str(folder)) for node in settings["callbacks"].values() if node
    ]
    keeps = any(isinstance(one, L.pytorch.callbacks.Checkpoint) for one in callbacks)
    trainer: L.Trainer = build(
        wanted,
        accelerator=device.accelerator,
        **_number_format(device),
        callbacks=[*callbacks, FreedGradients(), LonelyFailure(), *beside],
        logger=logger,
        default_root_dir=str(folder),
        enable_checkpointing=keeps,
        profiler=wanted.get("profiler") or Unprofiled(),
    )
    return trainer


def _number_format(device: Device) -> dict[str, Any]:
    if device.precision == "bf16-mixed":
        return {"precision": None, "plugins": [Bf16Mixed(device.accelerator)]}
    return {"precision": device.precision}


def baseline(
    settings: Settings, build: Build, snapshot: Snapshot | None, *, folder: Path
) -> dict[str, float]:
    """Gives the baseline's metrics on the same rows, cached by their digest.

    None where only some batches of the test rows are judged: it would be beside other rows.
    """
    if not settings["baseline"] or not settings["test"] or snapshot is None:
        return {}
    if _limited(settings["trainer"], "test"):
        return {}
    values: dict[str, float] = build(settings["baseline"]).metrics(
        snapshot, cache_folder=folder / "baselines"
    )
    return shortened(values)


def title(settings: Settings) -> str:
    """Gives the first word of a run's name: the model, or else the task's class."""
    chosen = settings["asked"]["choices"].get("model")
    return str(chosen or settings["task"]["_target_"].rpartition(".")[2])


def tags(settings: Settings) -> dict[str, str]:
    """Gives what a run is found by: task, experiment, device and a person's own tags."""
    choices = settings["asked"]["choices"]
    found = {"experiment": choices.get("experiment"), "debug": choices.get("debug")}
    found["task"] = str(choices.get("task") or settings["task"]["_target_"]).partition("/")[0]
    found |= {str(tag): "true" for tag in settings["tags"]}
    return {key: str(value) for key, value in found.items() if value is not None}


def why_unregistered(
    settings: Settings, module: L.LightningModule, *, steps: int = 1
) -> str | None:
    """Says why the run becomes no version; None for a single run on all its data, which does.

    What `register` says goes before this rule, where there is something to register.

    Args:
        settings: the config.
        module: what was fitted.
        steps: of the optimiser.
    """
    if not hasattr(module, "bundle"):
        return NO_BUNDLE
    return held_back(settings) if steps else "no step was made"


def held_back(settings: Settings) -> str | None:
    """Says what in a config keeps a run from becoming a version; None where nothing does.

    Args:
        settings: the config.
    """
    if settings["register"]:
        return None
    debug = settings["asked"]["choices"].get("debug")
    reasons = {
        f"debug={debug}": debug is not None,
        "register=false": settings["register"] is not None,
        "data.limit is set": bool((settings["data"] or {}).get("limit")),
        "batches are limited": _limited(settings["trainer"], "train", "val", "test"),
        "the test rows are not judged": not settings["test"],
    }
    reason = next((reason for reason, holds in reasons.items() if holds), None)
    return f"{reason}; register=true does it all the same" if reason else None


def _limited(trainer: Mapping[str, Any], *splits: str) -> bool:
    limits = [trainer[f"limit_{split}_batches"] for split in splits]
    return any(limit != 1.0 for limit in limits) or bool(trainer.get("fast_dev_run"))

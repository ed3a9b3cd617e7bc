"""Median step and fixed cost of a run against a plain PyTorch loop on identical batches.

    python benchmarks/step_overhead.py [experiment …]

A case for each task, and a small convolutional network on batches of four, whose step takes a few
milliseconds. Both loops take turns in one process, in blocks of steps, and the ratio is that of the
medians. The plain loop calls the same model, loss and optimiser as one would by hand, without a
Trainer, callbacks or logging. The fixed cost is what a whole `xinzhi train` spends outside its
steps.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lightning as L
import numpy as np
import torch
from omegaconf import OmegaConf

from xinzhi.config.entry import prepare
from xinzhi.config.targets import build
from xinzhi.training.assembly import assemble, make_trainer
from xinzhi.training.bf16 import Bf16Mixed
from xinzhi.training.fit import seed_everything

SMALL = (
    "model=textcnn",
    "model.embedding=32",
    "model.channels=16",
    "datamodule.max_examples=4",
    "trainer.precision=32-true",
)
CASES: dict[str, tuple[tuple[str, ...], int]] = {
    "review_sentiment": ((), 16),
    "small CNN, batch 4": (SMALL, 400),
    **{
        name: ((f"experiment={name}",), steps)
        for name, steps in {
            "entity_recognition": 20,
            "digit_image": 60,
            "credit_risk": 60,
            "disease_progression": 60,
            "motion_state": 40,
            "demand_forecast": 60,
            "kinship_links": 60,
        }.items()
    },
}

NOT_TIMED = {"best", "last", "early_stopping", "progress"}
IMPORTS = "torch, lightning.pytorch, mlflow, transformers"  # what any such program waits for


class Times(L.Callback):
    """Notes when each step ends."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_train_batch_end(self, *_: Any) -> None:
        """Notes the time."""
        self.ends.append(time.perf_counter())


def settings_of(overrides: tuple[str, ...], steps: int) -> Any:
    """Composes an experiment with a number of steps."""
    config = prepare(
        "train",
        [*overrides, f"trainer.max_steps={steps}", "trainer.limit_val_batches=0"],
    )
    return OmegaConf.to_container(config, resolve=True)


def plain(module: Any, batches: list[dict[str, torch.Tensor]], *, bf16: bool) -> list[float]:
    """Steps of a loop as one would write it by hand: the same model, batches and optimiser."""
    alone = SimpleNamespace(
        accumulate_grad_batches=1, world_size=1, estimated_stepping_batches=len(batches),
        training=True, current_epoch=0, global_step=0, max_epochs=1,
    )  # fmt: skip
    module.trainer = alone
    module.train()
    optimizer = module.configure_optimizers()["optimizer"]
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    times = []
    for number, batch in enumerate(batches):
        since = time.perf_counter()
        given = module.on_after_batch_transfer(batch, 0)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            loss = module.training_step(given, number)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        times.append(time.perf_counter() - since)
    return times


def measured(
    overrides: tuple[str, ...], steps: int, *, rounds: int = 3
) -> tuple[float, float, float]:
    """Gives the median step of the Trainer and of the plain loop, in s, and examples of a step."""
    ours: list[float] = []
    theirs: list[float] = []
    examples = 0.0
    settings = settings_of(overrides, steps)
    snapshot = build(settings["data"]).prepare()
    for _ in range(rounds):
        seed_everything(1)
        with tempfile.TemporaryDirectory() as scratch:
            parts = assemble(settings, build, snapshot, cache_folder=Path("data"))
            times = Times()
            settings["callbacks"] = {
                k: v for k, v in settings["callbacks"].items() if k not in NOT_TIMED
            }
            logger = _Counting()
            trainer = make_trainer(settings, build, logger=logger, folder=Path(scratch))
            trainer.callbacks.append(times)
            trainer.fit(parts.module, datamodule=parts.datamodule)
            ours += list(np.diff(times.ends)[1:])
            parts.datamodule.trainer = None  # whose fit has had these batches already
            loader = parts.datamodule.train_dataloader()
            batches = [batch for batch, _ in zip(loader, range(steps), strict=False)]
            is_bf16 = isinstance(trainer.precision_plugin, Bf16Mixed)
            theirs += plain(parts.module, batches, bf16=is_bf16)[1:]
            examples = float(np.mean([len(batch["rows"]) for batch in batches]))
    return float(np.median(ours)), float(np.median(theirs)), examples


class _Counting(L.pytorch.loggers.logger.DummyLogger):
    """Takes metrics as the tracked run's buffer does: into a list."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Any] = []

    def log_metrics(self, metrics: Any, step: int | None = None) -> None:
        """Keeps them."""
        self.rows.append((step, dict(metrics)))


def fixed_cost() -> dict[str, float]:
    """Gives the seconds of a whole `xinzhi train` of one short epoch outside its steps."""
    program = Path(sys.executable).with_name("xinzhi")
    with tempfile.TemporaryDirectory() as folder:
        command = [str(program), "train", "model=textcnn", "trainer.max_epochs=1", "report=json"]
        command += [f"tracking.uri=sqlite:///{folder}/mlflow.db"]
        subprocess.run(command, check=True, capture_output=True)  # makes the store and the caches
        since = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        wall = time.perf_counter() - since
    result = json.loads(done.stdout)
    since = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {IMPORTS}"], check=True)
    imports = time.perf_counter() - since
    fixed = wall - result["fit_s"]
    return {"wall_s": wall, "fit_s": result["fit_s"], "fixed_s": fixed, "imports_s": imports}


def main(chosen: list[str]) -> None:
    """Prints a line for each case, and the fixed cost where none is chosen."""
    cases = {name: ((f"experiment={name}",), 40) for name in chosen} if chosen else CASES
    for name, (overrides, steps) in cases.items():
        ours, theirs, examples = measured(overrides, steps)
        print(
            f"{name:<20} step {1000 * ours:7.2f} ms, plain loop {1000 * theirs:7.2f} ms, "
            f"ratio {ours / theirs:.3f}; {examples / ours:,.0f} examples/s",
            flush=True,
        )
    if chosen:
        return
    cost = fixed_cost()
    print(
        f"start and end of a run {cost['fixed_s']:.1f} s "
        f"({cost['wall_s']:.1f} s in all, {cost['fit_s']:.1f} s fitting); "
        f"of these {cost['imports_s']:.1f} s is what importing {IMPORTS} takes alone"
    )


if __name__ == "__main__":
    main(sys.argv[1:])

"""Images a second of a fit on Fashion-MNIST against a plain PyTorch loop on identical batches.

    python benchmarks/image_speed.py [model=lenet …]

Both loops augment, score, clip and step alike, and take turns in one process; the ratio is that of
the median steps. It needs the four IDX files that `conf/data/product_image.yaml` names.
"""

import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import lightning as L
import torch
from omegaconf import OmegaConf
from torch.nn import functional as F

from xinzhi.config.entry import prepare
from xinzhi.config.project import cache_folder
from xinzhi.config.targets import build
from xinzhi.training.assembly import assemble, make_trainer
from xinzhi.training.fit import seed_everything

STEPS, ROUNDS = 25, 3


class Times(L.Callback):
    """Notes when each step ends."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_train_batch_end(self, *_: Any) -> None:
        """Notes the time."""
        self.ends.append(time.perf_counter())


def plain(module: Any, batches: list[dict[str, torch.Tensor]], *, bf16: bool) -> list[float]:
    """Steps of a loop as one would write it by hand: the same model, batches and optimiser."""
    model, average = module.model.train(), module.averaged
    mean, std = module.mean, module.std
    made = module.configure_optimizers()
    optimizer, schedule = made["optimizer"], made["lr_scheduler"]["scheduler"]
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    ends = []
    for batch in batches:
        images = module.augmentation(batch["images"])
        seen = ((images.float() - mean) / std).permute(0, 3, 1, 2)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            scores = model(seen)
        loss = F.cross_entropy(scores.float(), batch["targets"], label_smoothing=0.1)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if average is not None:
            pairs = zip(average.state_dict().values(), model.state_dict().values(), strict=True)
            for slow, fast in pairs:
                if slow.is_floating_point():
                    slow.lerp_(fast, 0.01)
        ends.append(time.perf_counter())
    return ends


def measured(overrides: list[str]) -> None:
    """Prints the median step and the images a second of both loops."""
    words = ["experiment=product_image", *overrides, f"trainer.max_steps={STEPS}"]
    config = prepare("train", [*words, "trainer.limit_val_batches=0"])
    settings: Any = OmegaConf.to_container(config, resolve=True)
    settings["callbacks"] = {}
    snapshot = build(settings["data"]).prepare()
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        seed_everything(1)
        parts = assemble(settings, build, snapshot, cache_folder=cache_folder())
        with tempfile.TemporaryDirectory() as scratch:
            trainer = make_trainer(settings, build, logger=False, folder=Path(scratch))
            times = Times()
            trainer.callbacks.append(times)  # type: ignore[attr-defined]
            trainer.fit(parts.module, datamodule=parts.datamodule)
        ours += _steps(times.ends)
        loader = parts.datamodule.train_dataloader()
        batches = [batch for batch, _ in zip(loader, range(STEPS), strict=False)]
        theirs += _steps(plain(parts.module, batches, bf16=trainer.precision == "bf16-mixed"))
    size = settings["datamodule"]["batch_size"]
    for name, steps in (("xinzhi", ours), ("plain loop", theirs)):
        step = statistics.median(steps)
        print(f"{name:<12}{1000 * step:9.1f} ms a step {size / step:9,.0f} images/s")
    print(f"ratio       {statistics.median(ours) / statistics.median(theirs):9.3f}")


def _steps(ends: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(ends[2:])]


if __name__ == "__main__":
    measured(sys.argv[1:])

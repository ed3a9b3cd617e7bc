"""Token classification: steps against a plain loop on identical batches, and the CRF's share.

    python benchmarks/token_speed.py

Both loops take turns in one process; times are processor seconds of the median step, so that other
programs disturb less. The CRF is timed beside a log-partition that autograd differentiates.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from omegaconf import OmegaConf

from xinzhi.config.entry import prepare
from xinzhi.config.targets import build
from xinzhi.nn.chains import log_partition
from xinzhi.training.assembly import assemble, make_trainer
from xinzhi.training.fit import seed_everything

STEPS, ROUNDS = 20, 3


class Times(L.Callback):
    """Notes the processor time when each step ends."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_train_batch_end(self, *_: Any) -> None:
        """Notes the time."""
        self.ends.append(time.process_time())


def plain(module: Any, batches: list[dict[str, torch.Tensor]], *, bf16: bool) -> list[float]:
    """Steps of a loop as one would write it by hand: the same model, batches and optimiser."""
    model = module.model.train()
    optimizer = module.configure_optimizers()["optimizer"]
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    ends = []
    for batch in batches:
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            scores = model(batch["ids"], batch["lengths"], batch["places"])
            each = model.chain.losses(scores, batch["targets"], batch["sizes"])
        (each.mean() / module.mean_tokens).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        ends.append(time.process_time())
    return ends


def steps(words: list[str]) -> tuple[float, float, float]:
    """Gives the median step of the Trainer and of the plain loop, in seconds, and tokens a step."""
    config = prepare("train", [*words, f"trainer.max_steps={STEPS}", "trainer.limit_val_batches=0"])
    settings: Any = OmegaConf.to_container(config, resolve=True)
    settings["callbacks"] = {}
    snapshot = build(settings["data"]).prepare()
    ours: list[float] = []
    theirs: list[float] = []
    tokens = 0.0
    for _ in range(ROUNDS):
        seed_everything(1)
        with tempfile.TemporaryDirectory() as scratch:
            parts = assemble(settings, build, snapshot, cache_folder=Path("data"))
            times = Times()
            trainer = make_trainer(settings, build, logger=False, folder=Path(scratch))
            trainer.callbacks.append(times)
            trainer.fit(parts.module, datamodule=parts.datamodule)
            loader = parts.datamodule.train_dataloader()
            batches = [batch for batch, _ in zip(loader, range(STEPS), strict=False)]
            bf16 = any("Bf16" in type(one).__name__ for one in [trainer.precision_plugin])
            ours += list(np.diff(times.ends))
            theirs += list(np.diff(plain(parts.module, batches, bf16=bf16)))
            tokens = float(np.mean([int(batch["sizes"].sum()) for batch in batches]))
    return float(np.median(ours)), float(np.median(theirs)), tokens


def chain(*, differentiated: bool, batch: int = 48, length: int = 90, tags: int = 7) -> float:
    """Gives the processor seconds of a log-partition and its gradient, the best of ten."""
    emissions = torch.randn(batch, length, tags, requires_grad=True)
    parts = [torch.randn(*shape, requires_grad=True) for shape in ((tags, tags), (tags,), (tags,))]
    lengths = torch.full((batch,), length)
    taken = []
    for _ in range(10):
        since = time.process_time()
        if differentiated:
            alpha = parts[1] + emissions[:, 0]
            for place in range(1, length):
                alpha = (alpha.unsqueeze(2) + parts[0]).logsumexp(1) + emissions[:, place]
            total = (alpha + parts[2]).logsumexp(1)
        else:
            total = log_partition(emissions, lengths, *parts)
        total.sum().backward()
        taken.append(time.process_time() - since)
    return min(taken)


def main() -> None:
    """Prints tokens a second, ratios, and the CRF's times."""
    torch.set_num_threads(1)
    for model in ("bilstm_crf", "idcnn"):
        ours, theirs, tokens = steps(["experiment=entity_recognition", f"model={model}"])
        print(
            f"{model:<12} step {1000 * ours:6.1f} ms, plain loop {1000 * theirs:6.1f} ms, "
            f"ratio {ours / theirs:.3f}; {tokens / ours:,.0f} tokens/s"
        )
    mine, theirs = chain(differentiated=False), chain(differentiated=True)
    print(
        f"log-partition and gradient {1000 * mine:.1f} ms, by autograd {1000 * theirs:.1f} ms, "
        f"{theirs / mine:.1f} times as long"
    )


if __name__ == "__main__":
    main()

"""Training speed of the series tasks: the Trainer's epoch against a plain loop, identical batches.

Both fit the same model on the same batches on one thread and take turns; what counts is the median
of the epochs. Printed are windows a second of each and the ratio of their times.

    python benchmarks/series_speed.py
    python benchmarks/series_speed.py --epochs 2 --turns 3
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

RUNS = {
    "motion_state resnet": ["experiment=motion_state", "model=resnet", "datamodule.shift=false"],
    "motion_state rocket": ["experiment=motion_state", "datamodule.shift=false"],
    "demand_forecast dlinear": ["experiment=demand_forecast"],
    "demand_forecast tcn": ["experiment=demand_forecast", "model=tcn"],
}


def made(words: list[str]) -> Any:
    """Builds datamodule and module as `xinzhi train` does."""
    from xinzhi.config.compose import compose, fully_resolved
    from xinzhi.config.targets import build
    from xinzhi.training import assembly

    config = compose("train", words)
    snapshot = build(config.data).prepare()
    settings = fully_resolved(config)
    return assembly.assemble(settings, build, snapshot, cache_folder=Path(tempfile.mkdtemp()))


def by_trainer(parts: Any, epochs: int) -> float:
    """Seconds of an epoch under Lightning's Trainer."""
    import lightning as L

    trainer = L.Trainer(
        accelerator="cpu", max_epochs=epochs, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, limit_val_batches=0,
    )  # fmt: skip
    started = time.perf_counter()
    trainer.fit(parts.module, parts.datamodule)
    return (time.perf_counter() - started) / epochs


def by_loop(parts: Any, epochs: int) -> float:
    """Seconds of an epoch of the shortest loop that does the same."""
    module, loader = parts.module, parts.datamodule.train_dataloader()
    optimizer = module._optimizer(module.model.parameters())  # noqa: SLF001 - the same settings
    module.train()
    started = time.perf_counter()
    for epoch in range(epochs):
        loader.sampler.set_epoch(epoch)
        for batch in loader:
            inputs = batch.get("series", batch.get("history")), batch
            found = module._losses(*inputs) if "series" in batch else module._losses(batch)  # noqa: SLF001
            optimizer.zero_grad()
            found[0].mean().backward()
            optimizer.step()
    return (time.perf_counter() - started) / epochs


def main() -> None:
    """Prints a line per run."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--epochs", type=int, default=1)
    asked.add_argument("--turns", type=int, default=3)
    given = asked.parse_args()
    for name, words in RUNS.items():
        times: dict[str, list[float]] = {"Trainer": [], "loop": []}
        for _ in range(given.turns):
            for kind, fit in (("loop", by_loop), ("Trainer", by_trainer)):
                times[kind].append(fit(parts := made(words), given.epochs))
        count = len(parts.datamodule.split("train"))
        middle = {kind: statistics.median(found) for kind, found in times.items()}
        told = ", ".join(f"{kind} {count / found:,.0f} windows/s" for kind, found in middle.items())
        print(f"{name}: {told}, {middle['Trainer'] / middle['loop']:.2f} × the loop's time")


if __name__ == "__main__":
    main()

"""Samples per second and time to accuracy of MiniLM on short texts, against what others would run.

Every contender trains on the same packaged reviews, on the same machine, one after the other, in a
process of its own. Peers: Hugging Face Trainer with length grouping and dynamic padding, in fp32 as
it comes and in bf16; and a loop by hand that pads to 512.

    python benchmarks/text_speed.py                    # throughput over 60 steps each
    python benchmarks/text_speed.py --epochs           # whole fits: accuracy, time to accuracy
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

STEPS, BATCH, PADDED_STEPS = 60, 32, 4
PEER_EPOCHS, PEER_RATE = 3, 5e-5  # the Trainer's own defaults


def reviews() -> tuple[Any, Path]:
    """Gives the snapshot of the default experiment and the folder of MiniLM."""
    from xinzhi.config.entry import prepare
    from xinzhi.config.targets import build
    from xinzhi.data.encoders import encoder_folder

    snapshot = build(prepare("train", []).data).prepare()
    return snapshot, Path(encoder_folder("package:minilm"))


def xinzhi(*, whole: bool) -> dict[str, Any]:
    """Fits the default experiment as `xinzhi train` does, without a store."""
    import lightning as L
    from omegaconf import OmegaConf

    from xinzhi.config.entry import prepare
    from xinzhi.config.targets import build
    from xinzhi.training.assembly import assemble, make_trainer
    from xinzhi.training.fit import seed_everything

    overrides = ["callbacks.best=null", "callbacks.last=null"]
    overrides += ["trainer.val_check_interval=0.25"] if whole else [f"trainer.max_steps={STEPS}"]
    overrides += [] if whole else ["trainer.limit_val_batches=0"]
    settings = OmegaConf.to_container(prepare("train", overrides), resolve=True)
    snapshot, _ = reviews()
    seed_everything(1)
    clock = Clock()

    class Marks(L.Callback):
        def on_train_batch_end(self, *_: Any) -> None:
            clock.step()

        def on_validation_epoch_start(self, *_: Any) -> None:
            clock.pause()

        def on_validation_end(self, trainer: L.Trainer, *_: Any) -> None:
            clock.mark(float(trainer.callback_metrics["val/accuracy"]))

    with tempfile.TemporaryDirectory() as scratch:
        parts = assemble(settings, build, snapshot, cache_folder=Path("data"))
        trainer = make_trainer(settings, build, logger=False, folder=Path(scratch))
        trainer.callbacks.append(Marks())
        trainer.fit(parts.module, datamodule=parts.datamodule)
    examples = len(parts.datamodule.split("train")) / len(parts.datamodule.train_dataloader())
    return clock.result(examples)


class Clock:
    """Counts steps and training seconds; time in validation is not counted."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.seconds, self.marks = 0.0, []
        self._since: float | None = None

    def step(self) -> None:
        """Notes the end of a step; the first one, which warms up, starts the clock."""
        now = time.perf_counter()
        if self._since is not None:
            self.times.append(now - self._since)
            self.seconds += now - self._since
        self._since = now

    def pause(self) -> None:
        """Stops the clock until the next step begins."""
        self._since = None

    def mark(self, accuracy: float) -> None:
        """Notes an accuracy at this time."""
        self.marks.append((self.seconds, accuracy))

    def result(self, examples: float) -> dict[str, Any]:
        """Gives samples per second, the median step and the marks."""
        total = examples * len(self.times) / self.seconds
        return {
            "samples_per_s": total,
            "median_step_s": float(np.median(self.times)),
            "marks": self.marks,
            "accuracy": max((accuracy for _, accuracy in self.marks), default=None),
            "seconds": self.seconds,
        }


def trainer(*, whole: bool, bf16: bool = False) -> dict[str, Any]:
    """Fits MiniLM by Hugging Face Trainer, grouped by length, padded per batch."""
    import torch
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainerCallback,
        TrainingArguments,
    )

    snapshot, folder = reviews()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    number = {name: index for index, name in enumerate(snapshot.classes)}

    def rows(split: str) -> list[dict[str, Any]]:
        table = snapshot.table(split)
        encoded = tokenizer(table["text"].to_pylist(), truncation=True, max_length=96)
        return [
            {"input_ids": ids, "labels": number[label]}
            for ids, label in zip(encoded["input_ids"], table["label"].to_pylist(), strict=True)
        ]

    torch.manual_seed(1)
    clock = Clock()

    class Marks(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            clock.step()

        def on_epoch_end(self, *_: Any, **__: Any) -> None:
            clock.pause()

        def on_evaluate(self, *_: Any, metrics: dict[str, float], **__: Any) -> None:
            clock.mark(metrics["eval_accuracy"])

    def accuracy(prediction: Any) -> dict[str, float]:
        return {
            "accuracy": float((prediction.predictions.argmax(1) == prediction.label_ids).mean())
        }

    with tempfile.TemporaryDirectory() as scratch:
        settings = TrainingArguments(
            scratch,
            use_cpu=not torch.cuda.is_available(),
            train_sampling_strategy="group_by_length",
            per_device_train_batch_size=BATCH,
            num_train_epochs=PEER_EPOCHS,
            learning_rate=PEER_RATE,
            max_steps=-1 if whole else STEPS,
            eval_strategy="epoch" if whole else "no",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            bf16=bf16,
            seed=1,
        )
        fitted = Trainer(
            AutoModelForSequenceClassification.from_pretrained(folder, num_labels=2),
            settings,
            data_collator=DataCollatorWithPadding(tokenizer),
            train_dataset=rows("train"),
            eval_dataset=rows("val"),
            compute_metrics=accuracy,
            callbacks=[Marks()],
        )
        fitted.train()
    return clock.result(BATCH)


def by_hand(*, whole: bool) -> dict[str, Any]:  # noqa: ARG001 - a whole fit would take hours
    """Fits MiniLM by the loop of many notebooks: every text padded to 512 tokens."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    snapshot, folder = reviews()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=2).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEER_RATE)
    texts = snapshot.table("train")["text"].to_pylist()
    clock = Clock()
    for batch in _batches(texts, PADDED_STEPS + 1):
        encoded = tokenizer(
            batch, padding="max_length", truncation=True, max_length=512, return_tensors="pt"
        )
        labels = torch.zeros(len(batch), dtype=torch.long)
        model(**encoded, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        clock.step()
    return clock.result(BATCH)


def _batches(texts: list[str], count: int) -> Iterator[list[str]]:
    for start in range(0, count * BATCH, BATCH):
        yield texts[start : start + BATCH]


CONTENDERS = {
    "xinzhi": xinzhi,
    "trainer_fp32": trainer,
    "trainer_bf16": lambda *, whole: trainer(whole=whole, bf16=True),
    "by_hand_512": by_hand,
}


def measured(name: str, *, whole: bool) -> dict[str, Any]:
    """Runs a contender in a process of its own."""
    command = [sys.executable, __file__, "--only", name, *(["--epochs"] if whole else [])]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    result: dict[str, Any] = json.loads(lines[-1])
    return result


def report(results: dict[str, dict[str, Any]]) -> None:
    """Prints every contender and its ratio to ours."""
    ours = results["xinzhi"]
    print(f"{'':<14}{'samples/s':>10}{'ours is':>10}{'median step':>13}{'accuracy':>10}{'s':>8}")
    for name, result in results.items():
        accuracy = f"{result['accuracy']:.4f}" if result["accuracy"] else "–"
        print(
            f"{name:<14}{result['samples_per_s']:>10.1f}"
            f"{ours['samples_per_s'] / result['samples_per_s']:>9.2f}×"
            f"{1000 * result['median_step_s']:>10.0f} ms{accuracy:>10}{result['seconds']:>8.0f}"
        )
    peer = results["trainer_fp32"]
    if peer["marks"] and ours["marks"]:
        goal = peer["marks"][-1][1]
        reached = next((seconds for seconds, found in ours["marks"] if found >= goal), None)
        share = (
            f"{reached:.0f} s, {reached / peer['seconds']:.2f} of its" if reached else "not reached"
        )
        print(
            f"time until the Trainer's final accuracy {goal:.4f}: {share} {peer['seconds']:.0f} s"
        )


def main() -> None:
    """Measures one contender, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=CONTENDERS)
    parser.add_argument("--epochs", action="store_true", help="whole fits instead of 60 steps")
    chosen = parser.parse_args()
    if chosen.only:
        print(json.dumps(CONTENDERS[chosen.only](whole=chosen.epochs)))
        return
    whole = ["xinzhi", "trainer_fp32"]  # the others would take the rest of the day
    names = whole if chosen.epochs else list(CONTENDERS)
    report({name: measured(name, whole=chosen.epochs) for name in names})


if __name__ == "__main__":
    main()

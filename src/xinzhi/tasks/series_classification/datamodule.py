"""From a snapshot of series to batches of windows."""

from typing import Any, Literal, NamedTuple

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from xinzhi.data.batching import Batch
from xinzhi.data.snapshot import SPLITS, Snapshot
from xinzhi.data.targets import balanced_weights, class_numbers
from xinzhi.errors import DataError
from xinzhi.tasks.series_classification.windows import (
    SeriesTable,
    Windows,
    cut,
    fitting_window,
    gather,
    moments,
    read_series,
    series_channels,
)
from xinzhi.training.batches import check_at_least, loader, splits_of

_EPOCH = 1024  # windows of a training epoch, at least: fewer are repeated
_FITTED_ON = 2048  # windows that a model may be fitted on before training


class TrainingWindows(NamedTuple):
    """Windows that a model may look at when it is built.

    Attributes:
        series: standardised, shape (N, C, T).
        lengths: steps before the padding, shape (N,).
        targets: classes, shape (N,).
        sources: the series that each window is of, shape (N,).
    """

    series: Tensor
    lengths: Tensor
    targets: Tensor
    sources: Tensor


class WindowBatches(Dataset[dict[str, Tensor]]):
    """Windows of a split; an index is a whole batch of them.

    Args:
        table: the split's series.
        windows: where each window is.
        targets: class of each series, −1 for one that training never saw.
        window: T, steps of a window.
        mean: of each channel over the training series.
        scale: of each channel over the training series.
        shift: steps by which a window is moved at random each time, at most.
        repeats: how often an epoch has each window.
    """

    def __init__(
        self,
        *,
        table: SeriesTable,
        windows: Windows,
        targets: np.ndarray,
        window: int,
        mean: np.ndarray,
        scale: np.ndarray,
        shift: int = 0,
        repeats: int = 1,
    ) -> None:
        self.table, self.windows, self.window = table, windows, window
        self.mean, self.scale, self.shift = mean, scale, shift
        self.repeats = repeats
        self.targets = targets[windows.series]
        self._last = table.lengths[windows.series] - windows.lengths

    def __getitem__(self, batch: Batch) -> dict[str, Tensor]:
        at = batch.indices % len(self.targets)
        chosen = Windows(*(column[at] for column in self.windows))
        if self.shift:
            # torch's generator: a fit that continues from a checkpoint goes on with its state
            moved = torch.randint(-self.shift, self.shift + 1, (len(at),)).numpy()
            starts = np.clip(chosen.starts + moved, 0, self._last[at])
            chosen = chosen._replace(starts=starts)
        values = gather(self.table, chosen, window=self.window, mean=self.mean, scale=self.scale)
        return {
            "series": torch.from_numpy(values),
            "lengths": torch.from_numpy(chosen.lengths),
            "targets": torch.from_numpy(self.targets[at]),
            "rows": torch.from_numpy(batch.indices),
            "step_examples": torch.tensor(batch.step_examples),
        }

    def __len__(self) -> int:
        return len(self.targets) * self.repeats


class SeriesClassificationData(L.LightningDataModule):
    """Windows of a snapshot's series, standardised by what the training series show.

    A series is a row of the snapshot: whatever splits rows keeps the windows of one series
    together, and `data.group` those of one subject or machine.

    Args:
        snapshot: series and labels of train, val and test.
        window: steps of a window; auto takes whole series where they are short, else 256 steps.
        stride: steps from one window to the next; auto takes half a window.
        short: series shorter than a window are padded, or refused.
        shift: whether a training window starts elsewhere in every epoch, up to half a stride away.
        max_examples: windows of a batch, at most.
        seed: of the batches' composition and order.
    """

    def __init__(
        self,
        *,
        snapshot: Snapshot,
        window: int | Literal["auto"] = "auto",
        stride: int | Literal["auto"] = "auto",
        short: Literal["pad", "refuse"] = "pad",
        shift: bool = True,
        max_examples: int = 32,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.snapshot, self.short, self.shift = snapshot, short, shift
        self.max_examples, self.seed = max_examples, seed
        self.classes = snapshot.classes
        self.channels = series_channels(snapshot.table("train").schema)
        if not self.channels:
            msg = "the rows must have a column of numbers over time, a list per row, there is none"
            raise DataError(msg, mend="data.series=ID data.time=TIME for a file of one step a row")
        self._tables: dict[str, SeriesTable] = {}
        self._splits: dict[str, WindowBatches] = {}
        train = self._table("train")
        self.window = fitting_window(train.lengths) if window == "auto" else window
        self.stride = max(1, self.window // 2) if stride == "auto" else stride
        check_at_least({"window": self.window, "stride": self.stride, "max_examples": max_examples})
        self.mean, self.scale = moments(train)
        self.longest = int(train.lengths.max())

    def _table(self, name: str) -> SeriesTable:
        if name not in self._tables:
            table = self.snapshot.table(name, self.channels)
            self._tables[name] = read_series(table, self.channels, where=f"{name} rows")
        return self._tables[name]

    def setup(self, stage: str | None = None) -> None:
        """Cuts the splits that a stage needs."""
        for name in splits_of(stage):
            self.split(name)

    def split(self, name: str) -> WindowBatches:
        """Gives the windows of train, val or test."""
        if name not in self._splits:
            table = self._table(name)
            labels = self.snapshot.table(name, ["label"])["label"].to_pylist()
            windows = cut(table.lengths, window=self.window, stride=self.stride)
            repeats = -(-_EPOCH // max(len(windows.series), 1)) if name == "train" else 1
            self._splits[name] = WindowBatches(
                table=table,
                windows=windows,
                repeats=repeats,
                targets=class_numbers(labels, self.classes),
                window=self.window,
                mean=self.mean,
                scale=self.scale,
                shift=self.stride // 2 if self.shift and name == "train" else 0,
            )
        return self._splits[name]

    def model_inputs(self) -> dict[str, Any]:
        """Gives what a model of this data may be built from."""
        return {
            "channels": len(self.channels),
            "window": self.window,
            "num_classes": len(self.classes),
            "training_windows": self._training_windows(),
        }

    def _training_windows(self) -> TrainingWindows:
        """Gives windows as they were cut, all or a sample that keeps the memory bounded."""
        examples = self.split("train")
        order = np.random.default_rng(self.seed).permutation(len(examples.targets))[:_FITTED_ON]
        still = examples.shift
        examples.shift = 0
        order.sort()
        batch = examples[Batch(order, len(order))]
        examples.shift = still
        sources = torch.from_numpy(examples.windows.series[order])
        return TrainingWindows(batch["series"], batch["lengths"], batch["targets"], sources)

    def balanced_weights(self) -> Tensor:
        """Gives windows / (classes × windows of the class), shape (classes,)."""
        return balanced_weights(self.split("train").targets, len(self.classes))

    def check(self) -> None:
        """Refuses what would make the result worthless.

        Raises:
            DataError: a subject lies on two sides, or a series is short where none may be.
        """
        for name in SPLITS:
            short = np.flatnonzero(self._table(name).lengths < self.window)
            if self.short == "refuse" and short.size:
                key = self.snapshot.table(name, ["row"])["row"][int(short[0])].as_py()
                steps = int(self._table(name).lengths[short[0]])
                msg = (
                    f"a series must have at least {self.window} steps, one window; "
                    f"{short.size:,} of {name} have fewer, row {key} has {steps}"
                )
                raise DataError(msg, mend=f"datamodule.short=pad, or datamodule.window={steps}")
        if shared := self._shared_groups():
            msg = f"windows of one group must lie on one side, {shared[0]!r} lies on several"
            raise DataError(msg, mend="data.split=group, or other files")

    def _shared_groups(self) -> list[str]:
        if "group" not in self.snapshot.table("train").column_names:
            return []
        sides = [set(self.snapshot.table(name, ["group"])["group"].to_pylist()) for name in SPLITS]
        return sorted(
            str(one)
            for i, side in enumerate(sides)
            for one in side
            if one in set().union(*sides[:i])
        )

    def source_columns(self) -> dict[str, Any]:
        """Says how the training file laid out its series, for files of the same form later."""
        declared = self.snapshot.manifest.get("declaration", {})
        return {name: declared[name] for name in ("series", "time") if declared.get("series")}

    def warnings(self) -> list[str]:
        """Says what is odd about the series."""
        told = []
        lengths = np.concatenate([self._table(name).lengths for name in SPLITS])
        if (short := int((lengths < self.window).sum())) and int(lengths.min()) < int(
            lengths.max()
        ):
            told.append(
                f"{short:,} of {len(lengths):,} series are shorter than the window of "
                f"{self.window} steps: padded"
            )
        values = self._table("train").values
        still = np.flatnonzero(np.nanmax(values, axis=1) == np.nanmin(values, axis=1))
        if still.size:
            names = ", ".join(self.channels[index] for index in still)
            told.append(f"channels that never change in training say nothing: {names}")
        return told

    def _loader(self, name: str, *, shuffle: bool) -> DataLoader[Any]:
        return loader(
            self.split(name),
            max_examples=self.max_examples if shuffle else 4 * self.max_examples,
            trainer=self.trainer,
            shuffle=shuffle,
            seed=self.seed,
        )

    def train_dataloader(self) -> DataLoader[Any]:
        """Gives the training batches, others in every epoch."""
        return self._loader("train", shuffle=True)

    def val_dataloader(self) -> DataLoader[Any]:
        """Gives the validation batches."""
        return self._loader("val", shuffle=False)

    def test_dataloader(self) -> DataLoader[Any]:
        """Gives the test batches."""
        return self._loader("test", shuffle=False)

"""From a snapshot of images to batches of bytes. Shapes: B images, C colours, H × W."""

from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from xinzhi.data.batching import Batch
from xinzhi.data.snapshot import SPLITS, Snapshot
from xinzhi.data.targets import balanced_weights, class_numbers
from xinzhi.errors import ConfigError, DataError
from xinzhi.tasks.image_classification.decoding import Form
from xinzhi.tasks.image_classification.pictures import Pictures, cached_pictures, survey
from xinzhi.training.batches import check_at_least, loader, splits_of

_FOR_MOMENTS = 4096  # images that mean and deviation are taken from, at most
_COLOURED = 0.01  # a share of coloured training images beyond which all are read in colour


class Scale(NamedTuple):
    """What makes mean 0 and deviation 1 of bytes, a number for each colour."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


class ImageBatches(Dataset[dict[str, Tensor]]):
    """Images of a split; an index is a whole batch of them.

    Args:
        pictures: bytes, (images, H, W, C), and the rows that they are from.
        targets: class of each image, shape (images,), −1 for a label that training never saw.
    """

    def __init__(self, pictures: Pictures, targets: np.ndarray) -> None:
        self.pictures, self.targets = pictures, targets

    def __getitem__(self, batch: Batch) -> dict[str, Tensor]:
        return {
            "images": torch.from_numpy(self.pictures.pixels[batch.indices]),
            "targets": torch.from_numpy(self.targets[batch.indices]),
            "rows": torch.from_numpy(batch.indices),
            "step_examples": torch.tensor(batch.step_examples),
        }

    def __len__(self) -> int:
        return len(self.targets)


class ImageClassificationData(L.LightningDataModule):
    """Images of a snapshot, decoded once, as batches of bytes with the colours last.

    Args:
        snapshot: images and labels of train, val and test.
        size: pixels of a side; auto takes the median of the training images' shorter sides.
        at_least: what auto takes at least.
        at_most: what auto takes at most.
        colour: grey, rgb, or auto: rgb where training images have colours.
        fit: crop cuts the middle out, pad adds borders, stretch changes proportions.
        scale: mean and deviation of bytes that the model was trained with, such as
            {mean: 127, std: 128}; None takes those of the training images.
        batch_size: images of a training batch; auto takes a fiftieth of the training images, so
            that few images make as many steps as a network needs.
        batch_at_most: what auto takes at most; it takes 8 at least.
        cache_folder: where decoded images are kept.
        seed: of the batches' composition and order.
    """

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        snapshot: Snapshot,
        size: int | Literal["auto"] = "auto",
        at_least: int = 8,
        at_most: int = 224,
        colour: Literal["auto", "grey", "rgb"] = "auto",
        fit: Literal["crop", "pad", "stretch"] = "crop",
        scale: dict[str, float] | None = None,
        batch_size: int | Literal["auto"] = "auto",
        batch_at_most: int = 128,
        cache_folder: Path,
        seed: int = 0,
    ) -> None:
        super().__init__()
        check_at_least({"at_least": at_least, "at_most": at_most, "batch_at_most": batch_at_most})
        asked = {"size": size, "batch_size": batch_size}
        check_at_least({name: value for name, value in asked.items() if value != "auto"})
        if at_most < at_least:
            msg = f"datamodule.at_most must be {at_least} (at_least) or more, was {at_most}"
            raise ConfigError(msg)
        if snapshot.multilabel:
            raise DataError("an image must have one label here, data.multilabel was set")
        self.snapshot, self.cache_folder = snapshot, cache_folder
        self._size, self._at_least, self._at_most = size, at_least, at_most
        self._colour, self._fit, self._scale = colour, fit, scale
        self.seed = seed
        fiftieth = snapshot.counts["train"] // 50 // 8 * 8
        auto = min(max(fiftieth, 8), batch_at_most)
        self.batch_size = auto if batch_size == "auto" else batch_size
        self.classes = snapshot.classes
        self._splits: dict[str, ImageBatches] = {}

    @cached_property
    def form(self) -> Form:
        """Size and colours of every image."""
        fixed = None if self._size == "auto" else self._size
        if fixed is not None and self._colour != "auto":
            return Form(fixed, 1 if self._colour == "grey" else 3, self._fit)
        seen = survey(self.snapshot)
        median = round(float(np.median([one.side for one in seen])))
        size = fixed or min(max(median, self._at_least), self._at_most)
        share = sum(one.coloured for one in seen) / len(seen)
        grey = share <= _COLOURED if self._colour == "auto" else self._colour == "grey"
        return Form(size, 1 if grey else 3, self._fit)

    @cached_property
    def scale(self) -> Scale:
        """Mean and deviation of each colour, of the training images alone."""
        colours = self.form.colours
        if self._scale is not None:
            return Scale((self._scale["mean"],) * colours, (self._scale["std"],) * colours)
        pixels = self.split("train").pictures.pixels
        chosen = np.unique(np.linspace(0, len(pixels) - 1, _FOR_MOMENTS).astype(int))
        values = torch.from_numpy(pixels[chosen]).flatten(0, 2).double()
        mean, std = values.mean(0), values.std(0).clamp_min(1.0)
        return Scale(tuple(mean.tolist()), tuple(std.tolist()))

    def setup(self, stage: str | None = None) -> None:
        """Opens the splits that a stage needs, decoding images that no cache holds."""
        for name in splits_of(stage):
            self.split(name)

    def split(self, name: str) -> ImageBatches:
        """Gives the images of train, val or test."""
        if name not in self._splits:
            pictures = cached_pictures(self.snapshot, name, self.form, folder=self.cache_folder)
            labels = self.snapshot.table(name)["label"].to_pylist()
            targets = class_numbers(labels, self.classes)
            self._splits[name] = ImageBatches(pictures, targets[pictures.rows])
        return self._splits[name]

    def model_inputs(self) -> dict[str, Any]:
        """Gives what a model of this data may be built from."""
        return {
            "num_classes": len(self.classes),
            "colours": self.form.colours,
            "size": self.form.size,
        }

    def balanced_weights(self) -> Tensor:
        """Gives images / (classes × images of the class), shape (classes,)."""
        return balanced_weights(self.split("train").targets, len(self.classes))

    def check(self) -> None:
        """Decodes every split, so that what cannot be read stops before training."""
        self.setup()

    def warnings(self) -> list[str]:
        """Says which images are left out, and what is odd about the others."""
        told = []
        for name in SPLITS:
            broken = self.split(name).pictures.broken
            if broken:
                shown = "; ".join(broken[:3]) + ("; …" if len(broken) > 3 else "")
                told.append(f"{len(broken):,} broken images of {name} are left out: {shown}")
        if max(self.scale.std) <= 1.0:
            told.append("the training images are of one colour each: there is nothing to learn")
        return told

    def train_dataloader(self) -> DataLoader[Any]:
        """Gives the training batches, others in every epoch."""
        return self._loader("train", shuffle=True)

    def val_dataloader(self) -> DataLoader[Any]:
        """Gives the validation batches."""
        return self._loader("val", shuffle=False)

    def test_dataloader(self) -> DataLoader[Any]:
        """Gives the test batches."""
        return self._loader("test", shuffle=False)

    def _loader(self, name: str, *, shuffle: bool) -> DataLoader[Any]:
        return loader(
            self.split(name),
            max_examples=self.batch_size if shuffle else 2 * self.batch_size,
            trainer=self.trainer,
            shuffle=shuffle,
            seed=self.seed,
        )

"""Loaders of whole batches, the same for every task."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from xinzhi.data.batching import TokenBudgetSampler
from xinzhi.data.snapshot import SPLITS
from xinzhi.errors import ConfigError
from xinzhi.training.resuming import batches_done

_OF_STAGE = {"fit": ("train", "val"), "validate": ("val",), "test": ("test",)}


def splits_of(stage: str | None) -> tuple[str, ...]:
    """Gives the splits that a stage of a trainer needs: all, where it names none.

    >>> splits_of("fit"), splits_of(None)
    (('train', 'val'), ('train', 'val', 'test'))

    Args:
        stage: as Lightning hands it to a datamodule's `setup`.
    """
    return _OF_STAGE.get(stage or "", SPLITS)


def loader(
    examples: Dataset[dict[str, Tensor]],
    *,
    max_examples: int,
    lengths: np.ndarray | None = None,
    token_budget: int | None = None,
    trainer: L.Trainer | None,
    shuffle: bool,
    seed: int,
) -> DataLoader[Any]:
    """Gives batches: of similar lengths under a token budget, or of so many examples.

    Args:
        examples: an index is a `Batch`, what it gives is a whole batch.
        max_examples: examples of a batch, at most.
        lengths: of each example, shape (examples,); None where all are alike.
        token_budget: length of a padded batch, at most; where there are lengths.
        trainer: knows ranks and accumulation; None where there is only one process.
        shuffle: other batches in every epoch, which a fit that continues goes on with.
        seed: of the batches.
    """
    if lengths is None:
        count: int = len(examples)  # type: ignore[arg-type]
        lengths, token_budget = np.ones(count, dtype=np.int32), max_examples
    sampler = TokenBudgetSampler(
        lengths,
        token_budget=token_budget or int(lengths.max()) * max_examples,
        max_examples=max_examples,
        accumulate=trainer.accumulate_grad_batches if trainer and shuffle else 1,
        shuffle=shuffle,
        seed=seed,
        ranks=trainer.world_size if trainer else 1,
        rank=trainer.global_rank if trainer else 0,
    )
    if trainer and shuffle:
        sampler.done = partial(batches_done, trainer)
    # a batch is assembled in well under a millisecond: worker processes would cost more; with a
    # generator of its own the loader leaves the one that dropout draws from alone
    return DataLoader(examples, sampler=sampler, batch_size=None, generator=torch.Generator())


def check_at_least(settings: Mapping[str, float], least: float = 1) -> None:
    """Refuses settings of a datamodule that are too small.

    Args:
        settings: key → value.
        least: the smallest that is good.

    Raises:
        ConfigError: names the first that is smaller.
    """
    for name, value in settings.items():
        if value < least:
            msg = f"datamodule.{name} must be at least {least}, was {value}"
            raise ConfigError(msg)

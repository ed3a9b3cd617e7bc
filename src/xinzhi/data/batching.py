"""Token-budget batches with length bucketing whose number never changes between epochs."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from torch.utils.data import DistributedSampler

from xinzhi.errors import ConfigError

_JITTER = 0.1  # relative noise on lengths: neighbours of similar length meet in every epoch anew
_STRETCH = (1 + _JITTER) / (1 - _JITTER)


class Batch(NamedTuple):
    """One batch to make: which examples, and how many share its optimiser step on all ranks."""

    indices: np.ndarray
    step_examples: int


def plan_sizes(
    lengths: np.ndarray, *, token_budget: int, max_examples: int, multiple: int = 1
) -> np.ndarray:
    """Gives the sizes of batches, in order of length, that hold in every epoch.

    An epoch multiplies each length by noise in 1 ± 0.1, sorts, and cuts at these sizes. The p-th
    smallest noisy length is at most 1.1 times the p-th smallest length, so the true length there
    is at most 1.1 / 0.9 times it: sizes cut against that bound keep every padded batch of every
    epoch within the budget.

    Args:
        lengths: tokens of each example, shape (examples,).
        token_budget: tokens of a padded batch, at most.
        max_examples: examples of a batch, at most.
        multiple: the number of batches is a multiple of this (ranks × accumulated batches).

    Returns:
        Sizes that sum to the number of examples, shape (batches,).

    Raises:
        ConfigError: the budget is smaller than the longest example, or there are too few examples.
    """
    longest = int(lengths.max())
    if token_budget < longest:
        msg = f"token_budget must be at least {longest}, the longest example, was {token_budget}"
        raise ConfigError(msg, mend=f"datamodule.token_budget={longest}, or a smaller max_length")
    if len(lengths) < multiple:
        msg = f"{multiple} batches make one step over all ranks, but there are {len(lengths)} rows"
        raise ConfigError(msg, mend="fewer trainer.devices or trainer.accumulate_grad_batches")
    bounds = np.minimum(np.ceil(np.sort(lengths) * _STRETCH), longest).astype(np.int64)
    sizes = list(_cut(bounds, token_budget, max_examples))
    while len(sizes) % multiple:
        largest = int(np.argmax(sizes))
        half = sizes[largest] // 2
        sizes[largest : largest + 1] = [sizes[largest] - half, half]
    return np.asarray(sizes, dtype=np.int64)


def _cut(bounds: np.ndarray, token_budget: int, max_examples: int) -> Iterator[int]:
    size = 0
    for bound in bounds:  # ascending, so the newest bound is the width of the batch
        if size == max_examples or (size + 1) * int(bound) > token_budget:
            yield size
            size = 0
        size += 1
    yield size


class TokenBudgetSampler(DistributedSampler[Batch]):
    """Yields whole batches of similar lengths, other ones in every epoch, the same count always.

    It goes into `DataLoader(dataset, sampler=…, batch_size=None)`: there Lightning calls
    `set_epoch` on it, and it is not replaced under DDP, since it is a DistributedSampler that deals
    neighbouring batches to the ranks. Every example appears exactly once in an epoch.

    Args:
        lengths: tokens of each example, shape (examples,).
        token_budget: tokens of a padded batch, at most.
        max_examples: examples of a batch, at most.
        accumulate: batches of one rank in one optimiser step.
        shuffle: False keeps the order by length, the same in every epoch.
        seed: of all epochs.
        ranks: processes that share the epoch.
        rank: this process.

    Attributes:
        done: tells, when an epoch starts, how many of its batches an earlier fit already had.
    """

    def __init__(
        self,
        lengths: np.ndarray,
        *,
        token_budget: int,
        max_examples: int,
        accumulate: int = 1,
        shuffle: bool = True,
        seed: int = 0,
        ranks: int = 1,
        rank: int = 0,
    ) -> None:
        self.lengths = np.asarray(lengths)
        self.sizes = plan_sizes(
            self.lengths,
            token_budget=token_budget,
            max_examples=max_examples,
            multiple=ranks * accumulate,
        )
        self.accumulate, self.shuffle, self.seed = accumulate, shuffle, seed
        self.num_replicas, self.rank, self.epoch = ranks, rank, 0
        self.done: Callable[[], int] = int

    def __len__(self) -> int:
        return len(self.sizes) // self.num_replicas

    def set_epoch(self, epoch: int) -> None:
        """Chooses the composition and the order of the batches of an epoch."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[Batch]:
        random = np.random.default_rng((self.seed, self.epoch))
        keys = self.lengths.astype(np.float64)
        if self.shuffle:
            keys *= random.uniform(1 - _JITTER, 1 + _JITTER, len(keys))
        batches = np.split(np.argsort(keys, kind="stable"), np.cumsum(self.sizes)[:-1])
        groups = np.arange(len(batches)).reshape(-1, self.num_replicas)
        if self.shuffle:
            groups = random.permutation(groups)
        done = self.done()
        for first, step in enumerate(groups.reshape(-1, self.accumulate, self.num_replicas)):
            together = int(self.sizes[step].sum())
            for place, group in enumerate(step, start=first * self.accumulate):
                if place >= done:
                    yield Batch(batches[group[self.rank]], together)

"""What all ranks have seen of a split, once each, in the order of the rows."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, distributed


def gathered(seen: Sequence[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    """Joins the batches of all ranks on the CPU and sorts them by their rows.

    Args:
        seen: per batch: the rows first, shape (B,), then any tensors with B rows.

    Returns:
        The tensors, joined; a row that several ranks saw appears once.
    """
    columns = zip(*seen, strict=True)
    joined = [torch.cat([part.detach().cpu() for part in column]) for column in columns]
    if distributed.is_available() and distributed.is_initialized():
        everyone: list[list[Tensor]] = [[] for _ in range(distributed.get_world_size())]
        distributed.all_gather_object(everyone, joined)
        joined = [torch.cat(column) for column in zip(*everyone, strict=True)]
    first = np.unique(joined[0].numpy(), return_index=True)[1]
    return tuple(column[torch.from_numpy(first)] for column in joined)

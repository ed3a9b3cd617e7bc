"""Documents as overlapping windows of pieces; each token is asked for in one of them only.

Shapes: B windows, T pieces of a window, W tokens that a window is asked for.
"""

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from xinzhi.data.tokenizers import Tokenizer
from xinzhi.tasks.token_classification.tokens import Cutter, Ints, Pieces

if TYPE_CHECKING:
    import pyarrow as pa


class Windows(NamedTuple):
    """Where windows lie in the tokens of all documents, shape (windows,) each.

    A window sees tokens firsts to ends − 1 and is asked for tokens begins to stops − 1; what all
    windows are asked for is every token once, in order.
    """

    firsts: Ints
    ends: Ints
    begins: Ints
    stops: Ints


class Frame(NamedTuple):
    """What stands around and behind the pieces of a window."""

    before: Ints
    behind: Ints
    pad_id: int

    @property
    def size(self) -> int:
        """Pieces that it takes in every window."""
        return len(self.before) + len(self.behind)


def windows(piece_offsets: Ints, document_offsets: Ints, *, room: int) -> Windows:
    """Cuts documents that are longer than `room` into windows that overlap by half.

    A token is asked for in the window where it is most central: in the half of the overlap that
    is nearer to the window's middle.

    Args:
        piece_offsets: where the pieces of each token begin, shape (tokens + 1,).
        document_offsets: where the tokens of each document begin, shape (documents + 1,).
        room: pieces of a window, at least twice those of any token.
    """
    pieces = np.diff(piece_offsets[document_offsets])
    begins, ends = document_offsets[:-1], document_offsets[1:]
    short = (pieces <= room) & (ends > begins)
    parts = [np.stack([begins, ends, begins, ends], 1)[short]]
    for document in np.flatnonzero(pieces > room):
        span = int(begins[document]), int(ends[document])
        parts.append(_overlapping(piece_offsets, *span, room=room))
    table = np.concatenate(parts)
    table = table[np.argsort(table[:, 2], kind="stable")]
    return Windows(*table.T)


def _overlapping(offsets: Ints, begin: int, end: int, *, room: int) -> Ints:
    bounds = []
    first = begin
    while True:
        last = int(np.searchsorted(offsets, offsets[first] + room, "right")) - 1
        bounds.append((first, min(last, end)))
        if last >= end:
            break
        first = max(int(np.searchsorted(offsets, offsets[first] + room // 2)), first + 1)
    halves = [
        int(np.searchsorted(offsets, (offsets[after[0]] + offsets[before[1]]) // 2))
        for before, after in itertools.pairwise(bounds)
    ]
    cores = zip([begin, *halves], [*halves, end], strict=True)
    return np.array([(*bound, *core) for bound, core in zip(bounds, cores, strict=True)])


class WindowTable:
    """The windows of all documents of a split, and the batches made of them.

    Args:
        pieces: of all tokens.
        document_offsets: where the tokens of each document begin, shape (documents + 1,).
        frame: what stands around the pieces.
        max_length: pieces of a window, frame included.
    """

    def __init__(
        self, pieces: Pieces, document_offsets: Ints, frame: Frame, *, max_length: int
    ) -> None:
        self.pieces, self.document_offsets, self.frame = pieces, document_offsets, frame
        room = max_length - frame.size
        self.windows = windows(pieces.offsets, document_offsets, room=room)
        offsets = pieces.offsets
        lengths = offsets[self.windows.ends] - offsets[self.windows.firsts] + frame.size
        self.lengths = lengths.astype(np.int32)

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def tokens(self) -> int:
        """How many tokens all documents have."""
        return len(self.pieces.offsets) - 1

    def batch(self, indices: Ints) -> dict[str, Tensor]:
        """Pads the chosen windows to the longest of them.

        Returns:
            `ids` (B, T) and `lengths` (B,) of the pieces; `places` (B, W), where the first pieces
            of the tokens are that the windows are asked for, `sizes` (B,), how many these are, and
            `tokens` (B, W), which ones of the split; padding repeats the last.
        """
        seen = Windows(*(column[indices] for column in self.windows))
        lengths = self.lengths[indices].astype(np.int64)
        offsets, before = self.pieces.offsets, self.frame.before
        ids = np.full((len(indices), int(lengths.max())), self.frame.pad_id, np.int64)
        at = np.arange(ids.shape[1]) - len(before)
        inner = (at >= 0) & (at < (lengths - self.frame.size)[:, None])
        ids[inner] = self.pieces.ids[(offsets[seen.firsts][:, None] + at)[inner]]
        ids[:, : len(before)] = before
        for place, one in enumerate(self.frame.behind):
            ids[np.arange(len(ids)), lengths - len(self.frame.behind) + place] = one
        sizes = seen.stops - seen.begins
        steps = np.arange(int(sizes.max()))
        tokens = seen.begins[:, None] + np.minimum(steps, (sizes - 1)[:, None])
        places = offsets[tokens] - offsets[seen.firsts][:, None] + len(before)
        named = {"ids": ids, "lengths": lengths, "places": places, "sizes": sizes, "tokens": tokens}
        return {name: torch.from_numpy(value.astype(np.int64)) for name, value in named.items()}


def window_table(
    tokenizer: Tokenizer, tokens: "pa.Array | list[str]", offsets: Ints, *, max_length: int
) -> WindowTable:
    """Cuts sentences of tokens into windows of pieces.

    Args:
        tokenizer: cuts tokens into pieces.
        tokens: of all sentences in a row.
        offsets: where sentences begin, shape (sentences + 1,).
        max_length: pieces of a window.
    """
    cutter = Cutter(tokenizer, most=max_length // 4)
    frame = Frame(*cutter.frame, tokenizer.pad_id)
    return WindowTable(cutter.cut(tokens), offsets, frame, max_length=max_length)

"""Tokens of a snapshot, cut once and read from a memory-mapped Arrow file ever after."""

import hashlib
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import pyarrow as pa

from xinzhi.data.replacing import once
from xinzhi.data.snapshot import Snapshot
from xinzhi.data.tokenizers import Tokenizer

_CHUNK_ROWS = 65_536
_FORM = 2  # raised when the file has another form than before


class TokenTable:
    """Token ids of all examples of a split.

    Args:
        ids: all ids, one example after the other, shape (tokens,).
        offsets: where each example begins and the last one ends, shape (examples + 1,).
        pad_id: fills short examples up.
    """

    def __init__(self, ids: np.ndarray, offsets: np.ndarray, *, pad_id: int) -> None:
        self.ids, self.offsets, self.pad_id = ids, offsets, pad_id
        self.lengths = np.diff(offsets).astype(np.int32)

    def __len__(self) -> int:
        return len(self.lengths)

    def batch(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pads the chosen examples to the longest of them.

        Returns:
            ids, shape (batch, time), int64, and lengths, shape (batch,), int64.
        """
        lengths = self.lengths[indices].astype(np.int64)
        places = np.arange(int(lengths.max()))
        inside = places < lengths[:, None]
        sources = self.offsets[indices][:, None] + places
        padded = np.full(inside.shape, self.pad_id, dtype=np.int64)
        padded[inside] = self.ids[sources[inside]]
        return padded, lengths


def cached_tokens(
    snapshot: Snapshot, split: str, tokenizer: Tokenizer, *, max_length: int, folder: Path
) -> TokenTable:
    """Opens the tokens of a split, cutting the texts first where no cache holds them.

    Args:
        snapshot: where the texts are.
        split: train, val or test.
        tokenizer: cuts the texts.
        max_length: tokens of an example, at most.
        folder: where caches are kept, one file per snapshot, split, tokenizer and length.
    """
    identity = f"{_FORM}/{snapshot.order(split)}/{split}/{tokenizer.identity}/{max_length}"
    path = folder / f"{hashlib.sha256(identity.encode()).hexdigest()[:24]}.arrow"
    once(path, partial(_write, snapshot, split, tokenizer, max_length))
    return _open(path, tokenizer.pad_id)


def _write(
    snapshot: Snapshot, split: str, tokenizer: Tokenizer, max_length: int, path: Path
) -> None:
    texts = snapshot.table(split)["text"]
    lengths = [np.zeros(1, np.int64)]
    with TemporaryFile(dir=path.parent) as flat:
        for start in range(0, len(texts), _CHUNK_ROWS):
            chunk = texts.slice(start, _CHUNK_ROWS).to_pylist()
            encoded = tokenizer.encode(chunk, max_length=max_length)
            flat.write(encoded.ids.tobytes())
            lengths.append(np.diff(encoded.offsets))
        offsets = np.cumsum(np.concatenate(lengths), dtype=np.int64)
        flat.flush()
        ids = np.memmap(flat, np.int32, "r") if offsets[-1] else np.zeros(0, np.int32)
        # one batch, so that what is mapped is one array however many texts there are
        column = pa.LargeListArray.from_arrays(offsets, pa.array(ids))
        schema = pa.schema({"ids": column.type})
        with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, schema) as writer:
            writer.write_batch(pa.record_batch([column], schema=schema))


def _open(path: Path, pad_id: int) -> TokenTable:
    (column,) = pa.ipc.open_file(pa.memory_map(str(path))).read_all()["ids"].chunks
    # no copy: views of the mapped file, shared by all processes that read it
    return TokenTable(column.values.to_numpy(), column.offsets.to_numpy(), pad_id=pad_id)

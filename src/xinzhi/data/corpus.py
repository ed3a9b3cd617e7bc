"""Many texts, in memory or beyond it, that can be hashed all and compared in pairs."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from xinzhi.data import minhash
from xinzhi.data.progress import after_a_while
from xinzhi.data.scratch import scratch_folder
from xinzhi.data.shingles import similarities, tidied

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Indices = NDArray[np.int64]

_HELD_BYTES = 1 << 28  # of text; what is more lies in a file that is mapped
_BLOCK_BYTES = 1 << 16  # of text: what is hashed at once stays in the processor's cache
_BATCH_BYTES = 1 << 22  # of text: what is compared at once


class Corpus:
    """Texts that can be hashed all and compared in pairs.

    Args:
        texts: strings, in their order.

    Attributes:
        sizes: the bytes of each text.
    """

    def __init__(self, texts: "Iterable[pa.Array | pa.ChunkedArray]") -> None:
        import numpy as np
        import pyarrow.compute as pc

        self._chunks = _held(texts)
        counts = [len(chunk) for chunk in self._chunks]
        self._offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)
        lengths = [pc.fill_null(pc.binary_length(c), 0).to_numpy() for c in self._chunks]
        self.sizes = np.concatenate([np.empty(0, np.int64), *lengths])

    def __len__(self) -> int:
        return int(self._offsets[-1])

    def take(self, indices: "Indices") -> list[str]:
        """Give texts, tidied.

        Args:
            indices: in ascending order.
        """
        import numpy as np

        found: list[str] = []
        cuts = np.searchsorted(indices, self._offsets)
        for chunk, offset, low, high in zip(
            self._chunks, self._offsets, cuts[:-1], cuts[1:], strict=False
        ):
            if low < high:
                found += map(tidied, chunk.take(indices[low:high] - offset).to_pylist())
        return found

    def text(self, index: int) -> str:
        """Give one text as it was.

        Args:
            index: of the text.
        """
        import numpy as np

        chunk = int(np.searchsorted(self._offsets, index, "right")) - 1
        return str(self._chunks[chunk][index - self._offsets[chunk]])

    def signed(self, bands: minhash.Bands) -> minhash.Signed:
        """Hash every text.

        Args:
            bands: how signatures are cut.
        """
        import numpy as np

        found = minhash.empty(len(self), bands)
        with after_a_while("reading texts for near-duplicates") as advance:
            for start, texts in self._blocks():
                there = [i for i, text in enumerate(texts) if text]
                if there:
                    places = start + np.array(there)
                    part = minhash.signed([texts[i] for i in there], bands)
                    found.keys[:, places], found.sketches[:, places] = part
                advance((start + len(texts)) / len(self))
        return found

    def _blocks(self) -> Iterator[tuple[int, list[str]]]:
        for chunk, offset in zip(self._chunks, self._offsets, strict=False):
            sizes = self.sizes[offset : offset + len(chunk)]
            for part in _batches(sizes, _BLOCK_BYTES):
                texts = chunk[part].to_pylist()
                yield int(offset) + part.start, [tidied(text or "") for text in texts]

    def alike(self, left: "Indices", right: "Indices", threshold: float) -> "NDArray[np.bool_]":
        """Compare pairs of texts that are not empty.

        Args:
            left: one text of each pair.
            right: the other.
            threshold: Jaccard similarity of shingle sets.
        """
        import numpy as np

        found = np.zeros(len(left), bool)
        for part in _batches(self.sizes[left] + self.sizes[right], _BATCH_BYTES):
            both = np.concatenate([left[part], right[part]])
            among, places = np.unique(both, return_inverse=True)
            pairs = places.reshape(2, -1)
            found[part] = similarities(self.take(among), *pairs) >= threshold
        return found


def _held(texts: "Iterable[pa.Array | pa.ChunkedArray]") -> "list[Any]":
    """Hold texts, in a file from some size on, which is gone when nobody reads it any more."""
    import pyarrow as pa

    held: list[Any] = []
    arriving = _chunks(texts)
    size = 0
    for chunk in arriving:
        held.append(chunk)
        size += chunk.nbytes
        if size > _HELD_BYTES:
            break
    else:
        return held
    with scratch_folder() as folder:
        schema = pa.schema([("text", pa.large_string())])
        with (
            pa.OSFile(str(folder / "texts.arrow"), "wb") as file,
            pa.ipc.new_file(file, schema) as out,
        ):
            for chunk in chain(held, arriving):
                out.write_batch(pa.record_batch([chunk], schema=schema))
        held.clear()
        mapped = pa.ipc.open_file(pa.memory_map(str(folder / "texts.arrow")))
        return [mapped.get_batch(i).column(0) for i in range(mapped.num_record_batches)]


def _chunks(texts: "Iterable[pa.Array | pa.ChunkedArray]") -> "Iterator[Any]":
    import pyarrow as pa

    for array in texts:
        for chunk in array.chunks if isinstance(array, pa.ChunkedArray) else [array]:
            if len(chunk):
                yield chunk.cast(pa.large_string())


def _batches(sizes: "Indices", limit: int) -> Iterator[slice]:
    """Cut a sequence where the sizes add up to a limit.

    Yields:
        The parts in their order.
    """
    import numpy as np

    reached = np.cumsum(sizes)
    start, before = 0, 0
    while start < len(reached):
        end = max(start + 1, int(np.searchsorted(reached, before + limit, "right")))
        yield slice(start, end)
        start, before = end, int(reached[end - 1])

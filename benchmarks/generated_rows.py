"""Generated text rows as a company has them: duplicates, white space, gaps; the same each time.

About 200 bytes each: words from a Zipf vocabulary in several scripts, 20 labels, a key that names
the row for ever and the moment at which it came to be. A tenth are exact duplicates, some of them
with other white space around; some texts are empty, some labels are missing.
"""

import json
import os
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

WORDS, LABELS, CHUNK_ROWS, FILE_ROWS = 50_000, 20, 100_000, 2_500_000
DUPLICATES, EMPTY, UNLABELLED = 0.1, 0.004, 0.006
ONSETS = [
    "b",
    "br",
    "d",
    "f",
    "g",
    "gr",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "st",
    "t",
    "v",
    "w",
]
VOWELS, CODAS = ["a", "e", "i", "o", "u", "é", "ö", "ai"], ["", "", "n", "r", "s", "l", "t", "ck"]
SPACES = ["", " ", "  ", "\t", "\n", "\u3000"]
LEAST_WORDS, MOST_WORDS = 8, 46  # of a text, evenly between
FIRST_MOMENT = 1_700_000_000_000_000  # µs: November 2023
_DRAWS = 1 << 20
_FORMAT = 3  # raised when other rows are generated


class Rows(NamedTuple):
    """Generated files.

    Attributes:
        files: Parquet with the columns key, created, text and label.
        rows: in all.
        text_bytes: of the texts.
    """

    files: list[Path]
    rows: int
    text_bytes: int


def generated(rows: int, folder: Path, *, seed: int = 0) -> Rows:
    """Gives the files, generating them chunk by chunk where the folder does not hold them yet.

    Args:
        rows: how many.
        folder: of a cache.
        seed: another seed gives other rows.
    """
    place = folder / f"rows-{rows}-{seed}-{_FORMAT}"
    summary = place / "summary.json"
    files = [place / f"part-{n}.parquet" for n in range(-(-rows // FILE_ROWS))]
    if not summary.exists():
        place.mkdir(parents=True, exist_ok=True)
        text_bytes = sum(
            _write(path, n * FILE_ROWS, min(rows - n * FILE_ROWS, FILE_ROWS), seed)
            for n, path in enumerate(files)
        )
        # written last, so its existence means that the files are complete
        summary.write_text(json.dumps({"text_bytes": text_bytes}))
    return Rows(files, rows, json.loads(summary.read_text())["text_bytes"])


def _write(path: Path, first: int, rows: int, seed: int) -> int:
    words, draws = vocabulary(seed)
    schema = pa.schema(
        {"key": pa.string(), "created": pa.timestamp("us", "UTC"), "text": pa.string()}
        | {"label": pa.string()}
    )
    text_bytes, before = 0, None
    unfinished = path.with_suffix(f".{os.getpid()}")
    with pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:
        for start in range(first, first + rows, CHUNK_ROWS):
            rng = np.random.default_rng((seed, start))
            chunk = _chunk(rng, start, min(CHUNK_ROWS, first + rows - start), words, draws, before)
            writer.write_table(chunk.cast(schema))
            text_bytes += pc.sum(pc.binary_length(chunk["text"])).as_py() or 0
            before = chunk.select(["text", "label"])
    unfinished.rename(path)
    return text_bytes


@cache
def vocabulary(seed: int) -> tuple[pa.Array, np.ndarray]:
    """Gives words, a few of them Chinese or accented, and a table of draws by Zipf's law.

    A word's place is drawn from the table by a uniform index: exact to a millionth, and fast.
    """
    rng = np.random.default_rng((seed, 2**32))
    syllables = ["".join(parts) for parts in product(ONSETS, VOWELS, CODAS)]
    signs = [chr(code) for code in range(0x4E00, 0x4E00 + 2_000)]
    words = []
    for n, (length, *places) in enumerate(rng.integers(0, 2_000, (WORDS, 5)).tolist()):
        some = signs if n % 12 == 11 else syllables
        words.append("".join(some[place % len(some)] for place in places[: 1 + length % 3]))
    weights = 1 / np.arange(1, WORDS + 1)
    places = np.searchsorted(np.cumsum(weights) / weights.sum(), (np.arange(_DRAWS) + 0.5) / _DRAWS)
    return pa.array(words), places.astype(np.int32)


def _chunk(
    rng: np.random.Generator,
    start: int,
    rows: int,
    words: pa.Array,
    draws: np.ndarray,
    before: pa.Table | None,
) -> pa.Table:
    lengths = rng.integers(LEAST_WORDS, MOST_WORDS, rows)
    drawn = draws[rng.integers(0, _DRAWS, int(lengths.sum()), dtype=np.uint32)]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    texts = pc.binary_join(pa.ListArray.from_arrays(offsets, words.take(pa.array(drawn))), " ")
    labels = pa.array([f"queue {n:02d}" for n in range(LABELS)])
    labels = labels.take(pa.array(np.minimum(rng.geometric(0.15, rows) - 1, LABELS - 1)))
    fresh = pa.table({"text": texts, "label": labels})
    pool = fresh if before is None else pa.concat_tables([before, fresh])
    own = len(pool) - rows  # the place of the first row of this chunk
    source = np.arange(own, own + rows)
    again = rng.random(rows) < DUPLICATES
    source[again] = rng.integers(0, len(pool), int(again.sum()))
    made = pool.take(pa.array(source))
    spaced = _spaced(rng, made["text"].combine_chunks(), again)
    gone = rng.random(rows)
    number = np.arange(start, start + rows)
    blank = pa.array([" "] * rows)
    unlabelled = pa.array((gone >= EMPTY) & (gone < EMPTY + UNLABELLED))
    return pa.table(
        {
            "key": pc.binary_join_element_wise("ticket", pa.array(number).cast(pa.string()), "-"),
            "created": pa.array(FIRST_MOMENT + number // 3 * 1_000_000).cast(
                pa.timestamp("us", "UTC")
            ),
            "text": pc.if_else(pa.array(gone < EMPTY), blank, spaced),
            "label": pc.if_else(unlabelled, pa.scalar(None, pa.string()), made["label"]),
        }
    )


def _spaced(rng: np.random.Generator, texts: pa.Array, where: np.ndarray) -> pa.Array:
    """Puts white space around half of the chosen texts, before them, after them, or both."""
    spaces = pa.array(SPACES)
    chosen = where & (rng.random(len(texts)) < 0.5)
    ends = [np.where(chosen, rng.integers(0, len(SPACES), len(texts)), 0) for _ in range(2)]
    front, back = (spaces.take(pa.array(end)) for end in ends)
    return pc.binary_join_element_wise(front, texts, back, "")

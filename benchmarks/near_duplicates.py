"""Near-duplicates per second and recall, against datasketch's own loop in the same run.

    python benchmarks/near_duplicates.py [ROWS]

Generated texts, half English-like and half Chinese, a tenth of them a changed copy of another one.
The peers compute the same signatures and the same bands with datasketch alone: text by text, and
with its bulk signatures; they call every candidate a near-duplicate, we compare each. Recall is
against Python's sets over all pairs of a sample.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
from datasketch import MinHash, MinHashLSH

from xinzhi.data.minhash import bands
from xinzhi.data.near_duplicates import representatives
from xinzhi.data.shingles import tidied

THRESHOLD = 0.9
PEER_ROWS = 4000  # what a loop in Python does in a few seconds
SAMPLE_ROWS = 2000
CHUNK_ROWS = 100_000


def generated(rows: int, seed: int = 0) -> list[str]:
    """Texts of 20 to 200 characters; changed copies stand after what they copy."""
    dice = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = ["".join(dice.choice(letters, size)) for size in dice.integers(2, 10, 5000)]
    popular = 1 / np.arange(1, len(words) + 1)
    drawn = dice.choice(len(words), rows * 20, p=popular / popular.sum())
    han = dice.integers(0x4E00, 0x4E00 + 3000, rows * 100)
    lengths = dice.integers(4, 31, rows)
    texts: list[str] = []
    for row, length in enumerate(lengths.tolist()):
        if row % 10 == 9:
            source = texts[int(dice.integers(row))]
            cut = int(dice.integers(len(source)))
            texts.append(source[:cut] + "x" + source[cut + 1 :])
        elif row % 2:
            texts.append("".join(map(chr, han[row * 100 : row * 100 + 3 * length])))
        else:
            texts.append(" ".join(words[i] for i in drawn[row * 20 : row * 20 + length]))
    return texts


def pieces(text: str) -> set[bytes]:
    """The shingles of a text, as datasketch takes them."""
    text = tidied(text)
    return {text[i : i + 3].encode() for i in range(max(1, len(text) - 2))}


def one_by_one(texts: Sequence[str]) -> int:
    """Datasketch as its documentation shows it."""
    count, rows = bands(THRESHOLD)
    lsh = MinHashLSH(num_perm=count * rows, params=(count, rows))
    found = 0
    for number, text in enumerate(texts):
        signature = MinHash(num_perm=count * rows)
        for piece in pieces(text):
            signature.update(piece)
        found += bool(lsh.query(signature))
        lsh.insert(number, signature)
    return found


def in_bulk(texts: Sequence[str]) -> int:
    """Datasketch with the signatures of all texts at once."""
    count, rows = bands(THRESHOLD)
    lsh = MinHashLSH(num_perm=count * rows, params=(count, rows))
    found = 0
    signatures = MinHash.generator(map(pieces, texts), num_perm=count * rows)
    for number, signature in enumerate(signatures):
        found += bool(lsh.query(signature))
        lsh.insert(number, signature, check_duplication=False)
    return found


def ours(texts: Sequence[str] | Iterator[pa.Array]) -> int:
    """Vectorised, and every candidate compared."""
    arrays = [pa.array(texts, pa.large_string())] if isinstance(texts, list) else texts
    found = representatives(arrays, THRESHOLD)
    return int((found != np.arange(len(found))).sum())


def written(rows: int, path: Path) -> None:
    """Generates rows into an Arrow file."""
    schema = pa.schema([("text", pa.string())])
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as out:
        for seed in range(-(-rows // CHUNK_ROWS)):
            texts = generated(min(CHUNK_ROWS, rows - seed * CHUNK_ROWS), seed)
            out.write_batch(pa.record_batch([pa.array(texts)], schema=schema))


def arriving(path: Path) -> Iterator[pa.Array]:
    """Reads a file batch by batch.

    Yields:
        The texts of each.
    """
    reader = pa.ipc.open_file(pa.OSFile(str(path)))
    for number in range(reader.num_record_batches):
        yield reader.get_batch(number).column(0)


def peak_gib() -> float:
    """The most memory that this process ever had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak / (2**30 if sys.platform == "darwin" else 2**20))


def recall(texts: Sequence[str], threshold: float) -> tuple[int, float]:
    """Pairs at or above a threshold, and the share of them that share a representative."""
    sets = [pieces(text) for text in texts]
    found = representatives([pa.array(texts)], THRESHOLD)
    together = []
    for i, j in combinations(range(len(texts)), 2):
        least, most = sorted((len(sets[i]), len(sets[j])))
        if least >= threshold * most:
            shared = len(sets[i] & sets[j])
            if shared >= threshold * (least + most - shared):
                together.append(found[i] == found[j])
    return len(together), float(np.mean(together))


def main() -> None:
    """Prints the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    few = generated(PEER_ROWS)
    ours(few[:100])  # imports
    contenders = {
        "datasketch in bulk": in_bulk,
        "datasketch one by one": one_by_one,
        "xinzhi": ours,
    }
    speeds = {}
    for name, search in contenders.items():
        start = time.perf_counter()
        found = search(few)
        speeds[name] = PEER_ROWS / (time.perf_counter() - start)
        print(f"{PEER_ROWS:>12,} rows  {name:<22} {speeds[name]:>10,.0f} rows/s {found:>10,} found")
    for peer in ("datasketch in bulk", "datasketch one by one"):
        print(f"xinzhi is {speeds['xinzhi'] / speeds[peer]:.1f} × as fast as {peer}")
    for threshold in (THRESHOLD, THRESHOLD + 0.05):
        pairs, share = recall(few[:SAMPLE_ROWS], threshold)
        print(f"recall of pairs at {threshold:.2f} and above: {share:.4f} of {pairs:,}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "texts.arrow")
        written(rows, path)
        before, start = peak_gib(), time.perf_counter()
        found = ours(arriving(path))
        seconds, size = time.perf_counter() - start, path.stat().st_size / 2**30
        print(
            f"{rows:>12,} rows  {'xinzhi':<22} {rows / seconds:>10,.0f} rows/s {found:>10,} found"
        )
        print(
            f"{size:.2f} GiB of text in {seconds:.0f} s; peak memory {peak_gib():.2f} GiB", end=" "
        )
        print(f"({before:.2f} before)")


if __name__ == "__main__":
    main()

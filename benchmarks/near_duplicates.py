"""Near-duplicates per second and recall, against datasketch's own loop in the same run.

    python benchmarks/near_duplicates.py [ROWS]

Generated texts, half English-like and half Chinese, a tenth of them a changed copy of another one.
The peers compute the same signatures and the same bands with datasketch alone: text by text, and
with its bulk signatures; they call every candidate a near-duplicate, we compare each. Recall is
against Python's sets over all pairs of a sample.
"""

import resource
import sys
import time
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pyarrow as pa
from datasketch import MinHash, MinHashLSH

from xinzhi.data.near_duplicates import bands, representatives
from xinzhi.data.shingles import tidied

THRESHOLD = 0.9
PEER_ROWS = 4000  # what a loop in Python does in a few seconds
SAMPLE_ROWS = 2000


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


def ours(texts: Sequence[str]) -> int:
    """Vectorised, and every candidate compared."""
    found = representatives([pa.array(texts, pa.large_string())], THRESHOLD)
    return int((found != np.arange(len(found))).sum())


def speed(search: Callable[[Sequence[str]], int], texts: Sequence[str]) -> tuple[float, int]:
    """Rows per second, and how many near-duplicates were found."""
    start = time.perf_counter()
    found = search(texts)
    return len(texts) / (time.perf_counter() - start), found


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
    texts = generated(rows)
    ours(texts[:100])  # imports
    print(f"{rows:,} rows, {sum(map(len, texts)) / rows:.0f} characters on average")
    print(f"threshold {THRESHOLD}, {bands(THRESHOLD)}")
    few = texts[:PEER_ROWS]
    told: list[tuple[str, Callable[[Sequence[str]], int], Sequence[str]]] = [
        ("xinzhi", ours, texts),
        ("xinzhi, the peers' rows", ours, few),
        ("datasketch in bulk", in_bulk, few),
        ("datasketch one by one", one_by_one, few),
    ]
    speeds = {}
    for name, search, given in told:
        speeds[name], found = speed(search, given)
        print(f"{name:<26} {len(given):>10,} rows {speeds[name]:>10,.0f} rows/s {found:>8,} found")
    for peer in ("datasketch in bulk", "datasketch one by one"):
        print(f"xinzhi is {speeds['xinzhi'] / speeds[peer]:.1f} × as fast as {peer}")
    for threshold in (THRESHOLD, THRESHOLD + 0.05):
        pairs, share = recall(texts[:SAMPLE_ROWS], threshold)
        print(f"recall of pairs at {threshold:.2f} and above: {share:.4f} of {pairs:,}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory {peak / (2**30 if sys.platform == 'darwin' else 2**20):.2f} GiB")


if __name__ == "__main__":
    main()
